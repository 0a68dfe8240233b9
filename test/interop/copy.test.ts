/** Snapshots copied by Cairn and by the real restic, from and to repositories of both. */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cairn, cairnOk } from '../helpers/cairn.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createLocalRepository, createResticRepository } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const top = tempFolder();
const source = join(top, 'source');
const folder = join(top, 'folder');
const from = { RESTIC_FROM_PASSWORD: TEST_PASSWORD };

type Listed = Record<string, unknown> & { id: string; tree: string; original?: string };
const list = (repository: string) => JSON.parse(restic(repository, ['snapshots', '--json'])) as Listed[];
const treesOf = (repository: string) => list(repository).map(({ tree }) => tree);
const resticCopy = (source: string, target: string, ...args: string[]) =>
  restic(target, ['copy', '--from-repo', source, ...args], { env: from });
const copy = (target: string, ...args: string[]) =>
  cairnOk(['copy', '--from-repo', source, '-r', target, ...args], { env: from });

/** Below `data`; those that the last snapshot brought. */
let newest: string[] = [];
const packsOf = (repository: string) =>
  readdirSync(join(repository, 'data'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /[0-9a-f]{64}$/.test(name),
  );

beforeAll(async () => {
  await createLocalRepository(source);
  mkdirSync(folder);
  for (const [at, tags] of ['a', 'b', 'a,b'].entries()) {
    const before = packsOf(source);
    writeTree(folder, { [`file ${at}`]: randomBytes(`${at}`, 200_000), [`sub/small ${at}`]: `content ${at}` });
    cairnOk(['backup', '-r', source, '--tag', tags, folder]);
    newest = packsOf(source).filter((pack) => !before.includes(pack));
  }
});

describe.each<[string, 1 | 2]>([
  ['of version 2', 2],
  ['of version 1', 1],
])('into a repository %s that restic made', (name, version) => {
  const target = join(top, name);

  beforeAll(() => createResticRepository(target, version));

  test('all snapshots come, and restic finds them whole', () => {
    copy(target);
    restic(target, ['check', '--read-data']);
    expect(treesOf(target)).toEqual(treesOf(source));
    expect(list(target).map(({ original }) => original)).toEqual(list(source).map(({ id }) => id));
    restic(target, ['restore', 'latest', '--target', join(top, `restored ${version}`)]);
    expect(describeTree(join(top, `restored ${version}`, folder))).toEqual(describeTree(folder));
  });

  test('neither program copies again what is there', () => {
    copy(target);
    resticCopy(source, target);
    expect(list(target)).toHaveLength(3);
  });
});

test('what restic copied is not copied again, and what it did not is', async () => {
  const target = join(top, 'by restic');
  await createResticRepository(target);
  resticCopy(source, target, '--tag', 'a');
  expect(list(target)).toHaveLength(2);
  copy(target);
  expect(treesOf(target).toSorted()).toEqual(treesOf(source).toSorted());
  expect(list(target)).toHaveLength(3);
  restic(target, ['check', '--read-data']);
});

test('restic copies from what was copied here', async () => {
  const [middle, target] = [join(top, 'middle'), join(top, 'end')];
  await createLocalRepository(middle);
  await createResticRepository(target);
  copy(middle, 'latest');
  resticCopy(middle, target);
  expect(treesOf(target)).toEqual(treesOf(middle));
  restic(target, ['check', '--read-data']);
  // It came from the same snapshot.
  copy(target, 'latest');
  expect(list(target)).toHaveLength(1);
});

test('with the cuts of the source the same content is stored once', () => {
  const target = join(top, 'same cuts');
  cairnOk(['init', '-r', target, '--from-repo', source, '--copy-chunker-params'], { env: from });
  copy(target);
  const run = cairnOk(['backup', '-r', target, '--json', folder]);
  const summary = run
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(summary.at(-1)).toMatchObject({ message_type: 'summary', data_blobs: 0 });
});

test('a dry run says what it would do and does nothing', async () => {
  const target = join(top, 'dry');
  await createLocalRepository(target);
  expect(copy(target, '--dry-run')).toMatch(/^3 snapshots would be copied \(/m);
  expect(list(target)).toEqual([]);
  expect(readdirSync(join(target, 'index'))).toEqual([]);
});

test('of damaged packs what is whole is copied, and restic finds it so', async () => {
  const [damaged, target] = [join(top, 'damaged'), join(top, 'from damaged')];
  cpSync(source, damaged, { recursive: true });
  await createLocalRepository(target);
  // Of its two packs, that of the folders is needed to know what the snapshot needs, too.
  for (const pack of newest) writeFileSync(join(damaged, 'data', pack), randomBytes('damage', 1000));
  const run = cairn(['copy', '--from-repo', damaged, '-r', target, '--json'], { env: from });
  expect(run.status).toBe(1);
  const outcomes = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const kinds = outcomes.map(({ message_type: kind }) => kind).filter((kind) => kind === 'copied' || kind === 'failed');
  expect(kinds.toSorted()).toEqual(['copied', 'copied', 'failed']);
  expect(run.stderr).toMatch(/damaged/);
  restic(target, ['check', '--read-data']);
  expect(list(target)).toHaveLength(2);
});

test('the source and the target have to be two', () => {
  const same = cairn(['copy', '--from-repo', source, '-r', source], { env: from });
  expect([same.status, same.stderr]).toEqual([1, expect.stringContaining('Nothing was copied') as string]);
  const wrong = cairn(['copy', '--from-repo', source, '-r', source], { env: { RESTIC_FROM_PASSWORD: 'wrong' } });
  expect(wrong.status).toBe(12);
  const nothing = cairn(['copy', '--from-repo', join(top, 'nowhere'), '-r', source], { env: from });
  expect(nothing.status).toBe(10);
});
