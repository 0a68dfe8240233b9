import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend } from '../../../src/backend/backend.ts';
import { LocalBackend } from '../../../src/backend/local/localBackend.ts';
import { MemoryBackend } from '../../helpers/memoryBackend.ts';
import { checkBackend } from '../suite.ts';

/** The promises of a backend, for a wrapper around two that keep them. */
export function checkAround(name: string, wrap: (inner: Backend) => Backend): void {
  checkBackend(`${name} around memory`, async () => ({
    backend: wrap(new MemoryBackend()),
    dispose: async () => {},
  }));
  checkBackend(`${name} around a folder`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cairn-wrap-'));
    return { backend: wrap(new LocalBackend(folder)), dispose: async () => rmSync(folder, { recursive: true }) };
  });
}
