import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { openBackend } from '../../src/backend/openBackend.ts';
import { Sshd, type SshdOptions } from '../servers/sshd.ts';
import { checkBackend } from './suite.ts';

const kinds: [string, SshdOptions][] = [
  ['OpenSSH', {}],
  ['a server that knows nothing but the protocol itself', { deny: 'posix-rename,hardlink,fsync,statvfs,limits' }],
];

for (const [name, options] of kinds) {
  let server: Sshd;
  beforeAll(async () => (server = await Sshd.start(options)));
  checkBackend(`SftpBackend on ${name}`, async () => ({
    backend: openBackend(server.storage('not/there/yet')),
    dispose: async () => rmSync(join(server.data, 'not'), { recursive: true }),
  }));
}
