import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tempFolder } from './tempFolder.ts';

const fixtures = join(import.meta.dirname, '../fixtures/restic');

/** Unpacks a repository that restic made (see the README beside it) and returns its folder. */
export function unpackFixture(version: 'v1' | 'v2'): string {
  const folder = tempFolder();
  execFileSync('tar', ['-xzf', join(fixtures, `${version}-repo.tar.gz`), '-C', folder]);
  return join(folder, `${version}-repo`);
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
