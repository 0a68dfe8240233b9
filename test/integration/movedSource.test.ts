/** The folder itself that is backed up goes away, or turns out to be empty. */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Repository } from '../../src/repository/repository.ts';
import { cairn, cairnOk } from '../helpers/cairn.ts';
import { expectFailure } from '../helpers/failure.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { backUp, createLocalRepository } from '../helpers/localRepository.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const files = { 'a.txt': 'a', 'b.txt': 'b', 'c/d.txt': 'd', 'c/e.txt': 'e' };
let count = 0;
let place: string;
let repository: Repository;
let source: string;

beforeEach(async () => {
  const world = join(root, String(count++));
  place = join(world, 'repository');
  source = join(world, 'source');
  mkdirSync(world);
  repository = await createLocalRepository(place);
  writeTree(source, files);
});

const snapshots = () => readdirSync(join(place, 'snapshots'));

describe('a folder that is away at the end of its backup makes no snapshot', () => {
  const ways: readonly (readonly [string, () => void])[] = [
    ['renamed', () => renameSync(source, `${source}.old`)],
    ['removed', () => rmSync(source, { recursive: true })],
    [
      'replaced by another one',
      () => {
        renameSync(source, `${source}.old`);
        writeTree(source, files);
      },
    ],
    [
      'replaced by a file',
      () => {
        renameSync(source, `${source}.old`);
        writeFileSync(source, '');
      },
    ],
  ];

  test.each(ways)('%s', async (_how, act) => {
    let isDone = false;
    const onEntry = () => {
      if (!isDone) act();
      isDone = true;
    };
    await expect(backUp(repository, [source], { onEntry })).rejects.toMatchObject({
      code: 'source-not-found',
      message: expect.stringContaining('was moved or removed while it was backed up') as string,
    });
    expect(snapshots()).toEqual([]);
  });

  test('on the command line, with its exit code and a sentence', () => {
    // Where the third file is opened, the folder is not there any more.
    const moves = join(root, 'moves.cjs');
    writeFileSync(
      moves,
      `const fs = require('node:fs'), open = fs.openSync, source = process.env.SOURCE;
       let count = 0;
       fs.openSync = (file, ...rest) => {
         if (/[abde]\\.txt$/.test(String(file)) && ++count === 3) fs.renameSync(source, source + '.old');
         return open(file, ...rest);
       };`,
    );
    const env = { NODE_OPTIONS: `--require "${moves.replaceAll('\\', '/')}"`, SOURCE: source };
    const run = cairn(['backup', '-r', place, source], { env });
    expectFailure(run, 1, /source was moved or removed while it was backed up, so no snapshot was made/);
    expect(snapshots()).toEqual([]);
    renameSync(`${source}.old`, source);
    cairnOk(['backup', '-r', place, source]);
    expect(snapshots()).toHaveLength(1);
  });
});

test('files may come and go at the top of a folder that stays', async () => {
  let next = 0;
  const onEntry = () => writeFileSync(join(source, `new ${next++}`), '');
  const { snapshotId } = await backUp(repository, [source], { onEntry });
  expect(snapshots()).toEqual([snapshotId]);
});

test('a folder that has no files any more is named', async () => {
  const other = join(source, '../other');
  writeTree(other, { 'f.txt': 'f' });
  mkdirSync(join(source, '../never'));
  const sources = [source, other, join(source, '../never')];
  expect((await backUp(repository, sources)).emptied).toEqual([]);
  rmSync(source, { recursive: true });
  mkdirSync(join(source, 'c'), { recursive: true });
  expect((await backUp(repository, sources, { dryRun: true })).emptied).toEqual([source]);
  const run = cairn(['backup', '-r', place, '--host', 'test-host', ...sources]);
  expect(run).toMatchObject({
    status: 0,
    stderr: `warning: There is no file of ${source} any more, though the snapshot before this one has some, and still does. If nobody meant that, see whether its disk is mounted.\n`,
  });
  // What was said once is so from then on.
  expect((await backUp(repository, sources)).emptied).toEqual([]);
});
