import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { probeLocation, type ProbedLocation } from '../../src/engine/probeLocation.ts';
import { saveSnapshot } from '../../src/repository/snapshots.ts';
import { asId } from '../../src/repository/format/ids.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { cairnOk } from '../helpers/cairn.ts';
import { createLocalRepository } from '../helpers/localRepository.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const top = tempFolder();

async function makeRepository(path: string): Promise<void> {
  const repository = await createLocalRepository(path);
  const tree = asId<never>('0'.repeat(64));
  for (let at = 0; at < 2; at++) await saveSnapshot(repository, { time: '2024-05-06T07:08:09Z', tree, paths: [] });
}

test.each<[string, (path: string) => unknown, Partial<ProbedLocation>]>([
  ['a repository', makeRepository, { kind: 'repository', snapshots: 2 }],
  [
    'a link to one',
    async (path) => {
      await makeRepository(`${path}-real`);
      symlinkSync(`${path}-real`, path);
    },
    { kind: 'repository' },
  ],
  ['a mirror', (path) => cairnOk(['mirror', writeSource(), path, '--apply']), { kind: 'mirror' }],
  ['dated copies', (path) => cairnOk(['mirror', writeSource(), path, '--apply', '--dated']), { kind: 'mirror' }],
  ['an empty folder', (path) => mkdirSync(path), { kind: 'empty' }],
  ['other files', (path) => writeTree(path, { a: '' }), { kind: 'other-files' }],
  ['half a repository', (path) => writeTree(path, { config: 'x', 'keys/readme': '' }), { kind: 'other-files' }],
  ['a file', (path) => writeFileSync(path, ''), { kind: 'not-a-folder' }],
  ['nothing', () => {}, { kind: 'missing', parentExists: true }],
])('%s', async (what, make, expected) => {
  const path = join(top, what);
  await make(path);
  const before = existsSync(path) && readdirSync(top);
  expect(probeLocation(path)).toMatchObject({ folder: path, mayVanish: isInMemory(top), ...expected });
  expect(existsSync(path) && readdirSync(top)).toEqual(before);
});

function writeSource(): string {
  writeTree(join(top, 'source'), { 'a.txt': 'alpha' });
  return join(top, 'source');
}

const isInMemory = (path: string) => [0x01021994, 0x794c7630].includes(statfsSync(path).type);

test('nothing, and nothing above it', () => {
  const probed = probeLocation(join(top, 'no/such/folder'));
  expect(probed).toMatchObject({ kind: 'missing', parentExists: false });
  expect(probed.freeBytes).toBeGreaterThan(0);
});

test('a path through a file', () => {
  writeFileSync(join(top, 'through'), '');
  expect(probeLocation(join(top, 'through/file')).kind).toBe('not-a-folder');
});

test('a path that cannot be looked at', () => {
  symlinkSync('loop', join(top, 'loop'));
  expect(probeLocation(join(top, 'loop')).kind).toBe('unreadable');
});

test('a file system in memory, where there is one', () => {
  const shared = '/dev/shm';
  const folder = mkdtempSync(join(existsSync(shared) ? shared : top, 'cairn-test-'));
  try {
    expect(probeLocation(folder).mayVanish).toBe(isInMemory(folder));
    expect(probeLocation(join(folder, 'not/yet')).mayVanish).toBe(isInMemory(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
