import { linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isWindows } from '../../src/disk/system.ts';
import { cairnBackup, cairnOk } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createLocalRepository } from '../helpers/localRepository.ts';
import { inTree } from '../helpers/paths.ts';
import { randomBytes } from '../helpers/random.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const repository = join(root, 'repository');
const tree = join(root, 'tree');
const large = randomBytes('large', 3_000_000);

function duplicates(...args: string[]): Record<string, unknown>[] {
  const lines = cairnOk(['duplicates', '--json', '-r', repository, ...args])
    .trim()
    .split('\n');
  return lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => line['message_type'] !== 'status');
}

/** Sets as they are on the disk and in a snapshot, less what only one of them knows; with paths as snapshots have them. */
function setsOf(lines: Record<string, unknown>[]): unknown[] {
  return lines
    .slice(0, -1)
    .map(({ size, paths, wasted }) => ({ size, paths: (paths as string[]).map(inTree), wasted }));
}

const named = (...names: string[]) => names.map((name) => inTree(join(tree, name)));

test('a snapshot has the duplicates that the disk had', async () => {
  writeTree(tree, {
    'a/one.bin': large,
    'b/two.bin': large,
    'b/other.bin': randomBytes('other', 3_000_000),
    'small 1': 'same',
    'small 2': 'same',
    'c/small 3': 'same',
    alone: 'alone',
    'empty 1': '',
    'empty 2': '',
  });
  // On Windows snapshots do not know that two names are those of one file.
  if (!isWindows) linkSync(join(tree, 'small 1'), join(tree, 'another name'));
  await createLocalRepository(repository);
  cairnBackup(repository, [tree]);
  const onDisk = duplicates(tree);
  expect(onDisk[0]).toMatchObject({ paths: [join(tree, 'a/one.bin'), join(tree, 'b/two.bin')] });
  expect(setsOf(onDisk)).toMatchObject([
    { size: 3_000_000, paths: named('a/one.bin', 'b/two.bin'), wasted: 3_000_000 },
    {
      size: 4,
      paths: isWindows ? named('c/small 3', 'small 1', 'small 2') : named('another name', 'c/small 3', 'small 2'),
      wasted: 8,
    },
  ]);
  rmSync(join(tree, 'b'), { recursive: true });
  const inSnapshot = duplicates(tree, '--snapshot', 'latest');
  expect(inSnapshot[0]).toMatchObject({ paths: named('a/one.bin', 'b/two.bin') });
  expect(setsOf(inSnapshot)).toEqual(setsOf(onDisk));
  expect(inSnapshot.at(-1)).toEqual(onDisk.at(-1));
});

test('places may overlap, and one of them alone is looked at', () => {
  expect(setsOf(duplicates(tree, join(tree, 'a'), '--snapshot', 'latest'))).toHaveLength(2);
  expect(setsOf(duplicates(join(tree, 'b'), '--snapshot', 'latest'))).toEqual([]);
});

test('empty files count when they are asked for', () => {
  const sets = setsOf(duplicates(tree, '--snapshot', 'latest', '--min-size', '0'));
  expect(sets).toHaveLength(3);
  expect(sets.at(-1)).toMatchObject({ size: 0, wasted: 0, paths: named('empty 1', 'empty 2') });
});
