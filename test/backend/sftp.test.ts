import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Backend, FileHandle } from '../../src/backend/backend.ts';
import { openBare } from '../helpers/openBare.ts';
import { Sshd, type SshdOptions } from '../servers/sshd.ts';
import { nameOf } from './names.ts';
import { checkBackend } from './suite.ts';

const kinds: [string, SshdOptions][] = [
  ['OpenSSH', {}],
  ['a server that can do nothing but the protocol itself', { deny: 'posix-rename,hardlink,fsync,statvfs,limits' }],
];

const content = Buffer.from('content');
const pack: FileHandle = { type: 'pack', name: nameOf(content) };
const packFile = `data/${pack.name.slice(0, 2)}/${pack.name}`;
const config: FileHandle = { type: 'config', name: '' };
const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);
const isRoot = process.getuid!() === 0;

describe.each(kinds)('on %s', (name, options) => {
  let server: Sshd;
  let root: string;
  let backend: Backend;
  let count = 0;
  beforeAll(async () => (server = await Sshd.start(options)));

  checkBackend(`SftpBackend on ${name}`, async () => ({
    backend: openBare(server.storage('not/there/yet')),
    dispose: async () => rmSync(join(server.data, 'not'), { recursive: true }),
  }));

  describe('what lies on the disk', () => {
    beforeEach(async () => {
      const folder = `repository${count++}`;
      root = join(server.data, folder);
      backend = openBare(server.storage(folder));
      await backend.create();
      await backend.save(config, [Buffer.from('config')]);
      await backend.save(pack, [content]);
    });
    afterEach(() => backend.close());

    test('has the layout and the modes of restic', () => {
      expect(readdirSync(root).sort()).toEqual(['config', 'data', 'index', 'keys', 'locks', 'snapshots']);
      expect(readdirSync(join(root, 'data'))).toHaveLength(256);
      for (const folder of ['', 'data', 'data/00', 'locks']) expect(modeOf(join(root, folder))).toBe('700');
      for (const file of ['config', packFile]) expect(modeOf(join(root, file))).toBe('400');
    });

    test('can be shared with a group', async () => {
      chmodSync(join(root, 'config'), 0o440);
      rmSync(join(root, packFile, '..'), { recursive: true });
      const other = openBare(backend.settings);
      await other.save(pack, [content]);
      await other.close();
      expect(modeOf(join(root, packFile))).toBe('440');
      expect(modeOf(join(root, packFile, '..'))).toBe('770');
    });

    test('is replaced where it is not as long as it has to be', async () => {
      chmodSync(join(root, packFile), 0o600);
      writeFileSync(join(root, packFile), 'part');
      await backend.save(pack, [content]);
      expect(await backend.load(pack)).toEqual(content);
      expect(await backend.leftovers()).toEqual([]);
    });

    test('is a leftover if Cairn or restic did not come to its end, or a full disk', async () => {
      const nonce = '0123456789abcdef';
      const left = [`${packFile}-tmp-${nonce}`, `index/${pack.name}-restic-temp-${nonce}${nonce}`, 'config-tmp-0a'];
      for (const path of left) writeFileSync(join(root, path), 'part');
      writeFileSync(join(root, 'locks', pack.name), '');
      writeFileSync(join(root, 'index', 'notes'), '');
      const found = await backend.leftovers();
      expect(found.map(({ path, size }) => `${path} ${size}`).sort()).toEqual(
        [...left.map((path) => `${path} 4`), `locks/${pack.name} 0`].sort(),
      );
      expect(found.every(({ modified }) => Math.abs(Date.now() - modified) < 60_000)).toBe(true);
      for (const leftover of [...found, found[0]!]) await backend.removeLeftover(leftover);
      expect(await backend.leftovers()).toEqual([]);
    });

    test('is listed only where it belongs, links to files, too', async () => {
      const other = pack.name.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
      writeFileSync(join(root, 'data', pack.name), '');
      writeFileSync(join(root, 'data', pack.name.startsWith('00') ? '01' : '00', pack.name), '');
      mkdirSync(join(root, 'snapshots', pack.name));
      symlinkSync('nowhere', join(root, 'locks', pack.name));
      symlinkSync(pack.name, join(root, packFile, '..', other));
      expect((await backend.list('pack')).map((file) => `${file.name} ${file.size}`).sort()).toEqual(
        [`${pack.name} 7`, `${other} 7`].sort(),
      );
      expect(await backend.list('snapshot')).toEqual([]);
      expect(await backend.list('lock')).toEqual([]);
      const snapshot: FileHandle = { type: 'snapshot', name: pack.name };
      await expect(backend.load(snapshot)).rejects.toMatchObject({ code: 'repository-damaged' });
      await expect(backend.stat(snapshot)).rejects.toMatchObject({ code: 'repository-damaged' });
    });

    test('may lack folders of the layout', async () => {
      rmSync(join(root, 'data'), { recursive: true });
      rmSync(join(root, 'locks'), { recursive: true });
      expect(await backend.list('pack')).toEqual([]);
      expect(await backend.list('lock')).toEqual([]);
      expect(await backend.leftovers()).toEqual([]);
      await backend.save(pack, [content]);
      expect(await backend.list('pack')).toMatchObject([{ name: pack.name, size: 7 }]);
    });

    test.each([
      ['folder', 'folder-missing'],
      ['place', 'place-missing'],
    ])('may be away: its %s is not there', async (what, reason) => {
      const storage = server.storage(what === 'folder' ? 'away' : 'away/or/so');
      const other = openBare(storage);
      const gone: unknown = expect.objectContaining({
        code: 'target-unavailable',
        details: expect.objectContaining({ reason }) as unknown,
      });
      await expect(other.load(pack)).rejects.toEqual(gone);
      await expect(other.stat(config)).rejects.toEqual(gone);
      await expect(other.remove(pack)).rejects.toEqual(gone);
      await expect(other.list('pack')).rejects.toEqual(gone);
      await expect(other.list('key')).rejects.toEqual(gone);
      await expect(other.leftovers()).rejects.toEqual(gone);
      await expect(other.save(pack, [content])).rejects.toEqual(gone);
      await other.close();
      expect(existsSync(join(server.data, 'away'))).toBe(false);
    });

    test('is not written where only a mount point is left', async () => {
      renameSync(root, `${root}-elsewhere`);
      mkdirSync(root);
      if (isRoot) chownSync(root, statSync(`${root}-elsewhere`).uid, statSync(`${root}-elsewhere`).gid);
      await expect(backend.save(pack, [content])).rejects.toMatchObject({
        code: 'target-unavailable',
        details: { reason: 'config-missing' },
      });
      expect(readdirSync(root)).toEqual([]);
    });
  });
});

describe('a server that refuses', () => {
  test('everything but reading', async () => {
    const writable = await Sshd.start();
    const backend = openBare(writable.storage('repository'));
    await backend.create();
    await backend.save(pack, [content]);
    await backend.close();
    const readOnly = await Sshd.start({ isReadOnly: true, data: writable.data });
    const reader = openBare(readOnly.storage('repository'));
    expect(await reader.load(pack)).toEqual(content);
    const other: FileHandle = { type: 'index', name: pack.name };
    const refused: unknown = expect.objectContaining({ code: 'permission-denied' });
    await expect(reader.save(other, [content])).rejects.toEqual(refused);
    await expect(reader.remove(pack)).rejects.toEqual(refused);
    await reader.close();
    expect(await openAndLoad(writable)).toEqual(content);
  });

  async function openAndLoad(server: Sshd): Promise<Buffer> {
    const backend = openBare(server.storage('repository'));
    return backend.load(pack).finally(() => backend.close());
  }

  test('to write in a folder of somebody else', async () => {
    const server = await Sshd.start();
    const backend = openBare(server.storage('repository'));
    await backend.create();
    chmodSync(join(server.data, 'repository/index'), 0o500);
    await expect(backend.save({ type: 'index', name: pack.name }, [content])).rejects.toMatchObject({
      code: 'permission-denied',
      message: expect.stringContaining(`index/${pack.name}`) as unknown,
    });
    await backend.close();
  });

  // Needs root.
  test.each([
    ['the disk is full', 'size=3m', 'disk-full'],
    ['its disk may only be read', 'ro', 'read-only'],
  ])('since %s', async (_, options, code) => {
    const server = await Sshd.start();
    const repository = join(server.data, 'repository');
    const backend = openBare(server.storage('repository'));
    await backend.create();
    await backend.save(config, [content]);
    execFileSync('cp', ['-a', repository, `${repository}.copy`]);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', repository]);
    try {
      execFileSync('cp', ['-a', `${repository}.copy/.`, repository]);
      execFileSync('mount', ['-o', `remount,${options}`, repository]);
      const big = Buffer.alloc(4_000_000);
      await expect(backend.save({ type: 'pack', name: nameOf(big) }, [big])).rejects.toMatchObject({ code });
      expect(await backend.leftovers()).toEqual([]);
      expect(await backend.list('pack')).toEqual([]);
    } finally {
      await backend.close();
      execFileSync('umount', [repository]);
    }
  });
});
