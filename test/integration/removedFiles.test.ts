/** How many files a backup finds deleted since its parent, and what of that a person should hear of. */
import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { describeMassChange, isMassDeletion } from '../../src/engine/backup/massDeletion.ts';
import type { BackupOptions } from '../../src/engine/backup/backupOptions.ts';
import type { SnapshotSummary } from '../../src/repository/format/snapshot.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { loadSnapshot } from '../../src/repository/snapshots.ts';
import { cairn } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { backUp, createLocalRepository } from '../helpers/localRepository.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
let count = 0;
let place: string;
let repository: Repository;
let source: string;
const at = (name: string) => join(source, name);

beforeEach(async () => {
  const world = join(root, String(count++));
  place = join(world, 'repository');
  source = join(world, 'source');
  mkdirSync(world);
  repository = await createLocalRepository(place);
  writeTree(source, { 'a.txt': 'a', 'b.txt': 'b', 'c/d.txt': 'd', 'c/e/f.txt': 'f', 'c/e/g.txt': 'g', 'h/i.txt': 'i' });
  await backUp(repository, [source]);
});

/** What its snapshot says of a backup. */
async function counts(options: Partial<BackupOptions> = {}) {
  const { snapshotId } = await backUp(repository, [source], options);
  const { summary } = await loadSnapshot(repository, snapshotId!);
  const { filesNew, filesChanged, filesRemoved, filesTotal } = summary!;
  return { filesNew, filesChanged, filesRemoved, filesTotal };
}

const none = { filesNew: 0, filesChanged: 0, filesRemoved: undefined, filesTotal: undefined };

test("what is git's own is counted by itself, too", async () => {
  writeTree(source, {
    '.git/HEAD': '1',
    '.git/refs/x': '1',
    '.git/refs/y': '1',
    'sub/.git/HEAD': '1',
    '.gitignore': '',
  });
  const summaryOf = async () => {
    const { snapshotId } = await backUp(repository, [source]);
    return (await loadSnapshot(repository, snapshotId!)).summary!;
  };
  expect(await summaryOf()).toMatchObject({ filesNew: 5, gitFiles: { new: 4, changed: 0, removed: 0 } });
  writeFileSync(at('.git/HEAD'), 'another');
  unlinkSync(at('sub/.git/HEAD'));
  rmSync(at('.git/refs'), { recursive: true });
  unlinkSync(at('a.txt'));
  expect(await summaryOf()).toMatchObject({ filesRemoved: 4, gitFiles: { new: 0, changed: 1, removed: 3 } });
  unlinkSync(at('b.txt'));
  expect(await summaryOf()).not.toHaveProperty('gitFiles');
});

describe('where files differ is noted: ', () => {
  test.each<[string, () => void, string | undefined]>([
    ['one file', () => writeFileSync(at('c/d.txt'), 'other'), 'c/d.txt'],
    ['a file that is gone', () => unlinkSync(at('c/e/f.txt')), 'c/e/f.txt'],
    ['a folder that is gone', () => rmSync(at('c/e'), { recursive: true }), 'c/e'],
    ['files of one folder', () => writeTree(source, { 'c/d.txt': 'other', 'c/e/new/x.txt': '' }), 'c'],
    ['files of all', () => writeTree(source, { 'a.txt': 'other', 'c/d.txt': 'other' }), ''],
    ['git data', () => writeTree(source, { '.git/HEAD': '' }), undefined],
    [
      'a file beside git data and an empty folder',
      () => {
        writeTree(source, { '.git/HEAD': '', 'h/i.txt': 'other' });
        mkdirSync(at('empty'));
      },
      'h/i.txt',
    ],
  ])('%s', async (_what, change, place) => {
    change();
    const { snapshotId } = await backUp(repository, [source]);
    const { changedAt } = (await loadSnapshot(repository, snapshotId!)).summary!;
    expect(changedAt).toBe(place === undefined ? undefined : join(source, place));
  });
});

const cases: readonly (readonly [string, () => void, object])[] = [
  ['nothing', () => {}, {}],
  ['a file', () => unlinkSync(at('a.txt')), { filesRemoved: 1 }],
  ['a folder with all in it', () => rmSync(at('c'), { recursive: true }), { filesRemoved: 3 }],
  [
    'a file that moved is deleted here and new there',
    () => renameSync(at('a.txt'), at('h/a.txt')),
    { filesRemoved: 1, filesNew: 1 },
  ],
  [
    'a folder that became a file',
    () => {
      rmSync(at('c'), { recursive: true });
      writeFileSync(at('c'), '');
    },
    { filesRemoved: 3, filesNew: 0, filesChanged: 1 },
  ],
  [
    'everything',
    () => {
      for (const name of ['a.txt', 'b.txt', 'c', 'h']) rmSync(at(name), { recursive: true });
    },
    { filesRemoved: 6 },
  ],
];

describe('what is deleted is counted', () => {
  test.each(cases)('%s', async (_what, act, expected) => {
    act();
    expect(await counts()).toEqual({ ...none, ...expected });
    // Of what was deleted before, the next one says nothing.
    expect(await counts()).toEqual(none);
  });

  test('where only what changed is looked at, too, and then all files of the snapshot as well', async () => {
    const { snapshotId: snapshot } = await backUp(repository, [source]);
    rmSync(at('c/e'), { recursive: true });
    writeFileSync(at('h/new.txt'), '');
    const changes = { snapshot: snapshot!, paths: [at('c/e'), at('h/new.txt')] };
    expect(await counts({ changes })).toEqual({ ...none, filesNew: 1, filesRemoved: 2, filesTotal: 5 });
  });

  test('the command line says so, and restic reads the snapshot', async () => {
    rmSync(at('c'), { recursive: true });
    const run = cairn(['backup', '-r', place, '--host', 'test-host', source]);
    expect(run.stdout).toContain('0 new, 0 changed, 3 unchanged, 3 deleted\n');
    const [, newest] = JSON.parse(restic(place, ['snapshots', '--json'])) as Record<string, unknown>[];
    expect(newest).toMatchObject({ paths: [source] });
    restic(place, ['check']);
  });
});

const summary = (filesRemoved: number, left: number, filesNew = 0, filesChanged = 0) =>
  ({ filesRemoved, filesNew, filesChanged, totalFilesProcessed: left }) as SnapshotSummary;

describe('a mass deletion', () => {
  test.each<readonly [string, SnapshotSummary, boolean]>([
    ['nothing is deleted', summary(0, 100), false],
    ['a third of many', summary(500, 1000), true],
    ['less than a third', summary(499, 1000), false],
    ['most of a few', summary(19, 1), false],
    ['all of a few', summary(5, 0), true],
    ['all of less', summary(4, 0), false],
    ['all moved to another place', summary(1000, 1000, 1000), false],
    ['of a snapshot of what changed, all files count', { ...summary(100, 3), filesTotal: 10_000 }, false],
  ])('%s', (_what, found, expected) => {
    expect(isMassDeletion(found)).toBe(expected);
  });
});

describe('what a person may want to go back for has a name:', () => {
  test.each<readonly [string, SnapshotSummary, string | undefined]>([
    ['a mass deletion', summary(500, 1000), '500 files deleted'],
    [
      'one that took git’s own',
      { ...summary(500, 1000), gitFiles: { new: 0, changed: 0, removed: 400 } },
      '100 files deleted',
    ],
    ['much written anew', summary(0, 60, 0, 20), '20 files changed'],
    ['less than a third', summary(0, 61, 0, 20), undefined],
    ['a few', summary(0, 19, 0, 19), undefined],
    ['of a snapshot of what changed, all files count', { ...summary(0, 20, 0, 20), filesTotal: 900 }, undefined],
    ['git’s own', { ...summary(0, 40, 0, 30), gitFiles: { new: 0, changed: 30, removed: 0 } }, undefined],
  ])('%s', (_what, found, expected) => {
    expect(describeMassChange(found)).toBe(expected);
  });
});
