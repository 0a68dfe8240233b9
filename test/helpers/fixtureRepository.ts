import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { tempFolder } from './tempFolder.ts';

const fixtures = join(import.meta.dirname, '../fixtures/restic');

/** Unpacks a repository that restic made (see the README beside it) and returns its folder. */
export function unpackFixture(version: 'v1' | 'v2'): string {
  const folder = tempFolder();
  untar(gunzipSync(readFileSync(join(fixtures, `${version}-repo.tar.gz`))), folder);
  return join(folder, `${version}-repo`);
}

/** Unpacks folders and files with names of up to 100 bytes, which is all that these repositories have. */
function untar(archive: Buffer, folder: string): void {
  const field = (start: number, length: number) => archive.toString('latin1', start, start + length).split('\0')[0]!;
  for (let at = 0; archive[at] !== 0;) {
    const [path, type] = [join(folder, field(at, 100)), field(at + 156, 1)];
    const [mode, size] = [parseInt(field(at + 100, 8), 8), parseInt(field(at + 124, 12), 8)];
    if (type === '5') mkdirSync(path, { recursive: true });
    else if (type === '0') writeFileSync(path, archive.subarray(at + 512, at + 512 + size), { mode });
    else throw new Error(`${path} is of type ${type}`);
    at += 512 * (1 + Math.ceil(size / 512));
  }
}

/** What restic said about a fixture: the lines of a `.jsonl`, the value of a `.json`. */
export function readExpected<T>(version: 'v1' | 'v2', name: string): T {
  const text = readFileSync(join(fixtures, 'expected', version, name), 'utf8');
  return (name.endsWith('.jsonl') ? parseLines(text) : JSON.parse(text)) as T;
}

/** The values of JSON lines. */
export function parseLines(text: string): unknown[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as unknown);
}
