/** Extended attributes and access control lists are in a snapshot as restic stores them, and come back. */
import { execFileSync } from 'node:child_process';
import { chmodSync, lstatSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { backup } from '../../src/engine/backup/backup.ts';
import type { BackupOptions, BackupResult } from '../../src/engine/backup/backupOptions.ts';
import type { Session } from '../../src/engine/session.ts';
import type { Node } from '../../src/repository/format/node.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { loadSnapshot } from '../../src/repository/snapshots.ts';
import { cairn } from '../helpers/cairn.ts';
import { createResticRepository, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { inTree } from '../helpers/paths.ts';
import { restic } from '../helpers/restic.ts';
import { restore } from '../helpers/restoring.ts';
import { diskFolder } from '../helpers/tempFolder.ts';

const searchPath = process.env['PATH'];
const odd = 'od d\n\\012=ä\udcff';

let source: string;
let location: string;
let repository: Repository;
let session: Session;

beforeEach(async () => {
  const root = diskFolder();
  source = join(root, 'source');
  location = join(root, 'repository');
  mkdirSync(source);
  repository = await createResticRepository(location);
  session = await unlockedSession(repository);
});

afterEach(() => {
  process.env['PATH'] = searchPath;
});

function run(options: Partial<BackupOptions> = {}): Promise<BackupResult> {
  return backup(session, testCodecs(1), {
    targets: [source],
    workingFolder: source,
    rules: {},
    programVersion: 'cairn test',
    ...options,
  });
}

const place = (name: string) => join(source, name);
const write = (...names: string[]) =>
  names.forEach((name) => writeFileSync(toFsPath(place(name)), name.toWellFormed()));
const setAcl = (path: string, ...args: string[]) => execFileSync('setfacl', [...args, path]);
const attributes = (path: string) =>
  execFileSync('getfattr', ['--absolute-names', '-d', '-m-', '-e', 'base64', path], { encoding: 'utf8' })
    .split('\n')
    .slice(1);
const setAttribute = (path: string, name: string, value: string) =>
  execFileSync('setfattr', ['-n', name, '-v', value, path]);

async function treeOf(id: string): Promise<string> {
  let { tree } = await loadSnapshot(repository, id as NonNullable<BackupResult['snapshotId']>);
  for (const name of inTree(source).split('/').filter(Boolean)) {
    const { nodes } = await session.reader.loadTree(tree);
    tree = nodes.find((node) => node.name === name)!.subtree!;
  }
  return tree;
}

async function nodeOf({ snapshotId }: BackupResult, name: string): Promise<Node> {
  const { nodes } = await session.reader.loadTree((await treeOf(snapshotId!)) as NonNullable<Node['subtree']>);
  return nodes.find((node) => node.name === name)!;
}

/** Names and values of what an entry has in a snapshot. */
async function stored(result: BackupResult, name: string): Promise<[string, string][] | undefined> {
  const { extendedAttributes } = await nodeOf(result, name);
  return extendedAttributes?.map((each) => [each.name, Buffer.from(each.value, 'base64').toString()]);
}

async function readUntil({ snapshotId }: BackupResult): Promise<string | undefined> {
  return (await loadSnapshot(repository, snapshotId!)).attributesUntil;
}

const timeOf = async ({ snapshotId }: BackupResult) => (await loadSnapshot(repository, snapshotId!)).time;

/** Long enough for the times of entries to tell what was before from what is after. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

function makeScene(): void {
  write('plain', 'user', 'acl', odd);
  symlinkSync('acl', place('link'));
  execFileSync('mkfifo', [place('pipe')]);
  setAttribute(place('user'), 'user.note', 'a=b');
  chmodSync(place('acl'), 0o640);
  setAcl(place('acl'), '-m', 'u:12345:rwx,g::r');
  mkdirSync(place('shared'));
  setAcl(place('shared'), '-d', '-m', 'g:54321:rwx');
  mkdirSync(place('shared/inherits'));
  write('shared/inherits/file');
  setAcl(place('pipe'), '-m', 'u:12345:rw');
  // The program takes its paths as they are, even these.
  execFileSync('sh', ['-c', 'for f in od*; do setfattr -n user.odd -v "" "$f"; done'], { cwd: source });
}

test('the trees are those of restic', async () => {
  makeScene();
  const result = await run();
  expect(await readUntil(result)).toBe(await timeOf(result));
  expect(await stored(result, odd)).toEqual([['user.odd', '']]);
  restic(location, ['backup', '--force', source]);
  const [, theirs] = JSON.parse(restic(location, ['snapshots', '--json'])) as { id: string }[];
  expect(await treeOf(result.snapshotId!)).toBe(await treeOf(theirs!.id));
});

test('a restore gives them back, and the group has what it had', async () => {
  makeScene();
  await run();
  const destination = join(source, '../destination');
  const { result } = await restore(repository, { destination, folder: inTree(source) });
  expect(result).toMatchObject({ problems: [], warnings: [] });
  for (const name of ['plain', 'user', 'acl', 'pipe', 'shared', 'shared/inherits', 'shared/inherits/file']) {
    expect(attributes(join(destination, name))).toEqual(attributes(place(name)));
    expect(lstatSync(join(destination, name)).mode).toBe(lstatSync(place(name)).mode);
  }
});

test('what is unchanged is found again, what was set or removed meanwhile is seen', async () => {
  makeScene();
  write('later', 'no more');
  setAttribute(place('no more'), 'user.note', 'x');
  await settle();
  const first = await run();
  const second = await run({ skipIfUnchanged: true });
  expect(second.snapshotId).toBeUndefined();
  setAttribute(place('later'), 'user.note', 'y');
  execFileSync('setfattr', ['-x', 'user.note', place('no more')]);
  const third = await run();
  expect(await stored(third, 'later')).toEqual([['user.note', 'y']]);
  expect(await stored(third, 'no more')).toBeUndefined();
  expect(await stored(third, 'acl')).toEqual(await stored(first, 'acl'));
});

test('without the programs that is said, and the next backup reads them', async () => {
  makeScene();
  await settle();
  process.env['PATH'] = place('shared');
  const first = await run();
  expect(first.unreadAttributes).toBe('no-program');
  expect(await stored(first, 'acl')).toBeUndefined();
  expect(await readUntil(first)).toBeUndefined();
  process.env['PATH'] = searchPath;
  const second = await run();
  expect(second.unreadAttributes).toBeUndefined();
  expect(second.summary).toMatchObject({ filesNew: 0, filesChanged: 0 });
  expect((await stored(second, 'acl'))?.map(([name]) => name)).toEqual(['system.posix_acl_access']);
  // Gone again, they are taken over.
  process.env['PATH'] = place('shared');
  const third = await run({ forceHash: true });
  expect(await stored(third, 'acl')).toEqual(await stored(second, 'acl'));
});

test('those that restic has stored are taken over without a look', async () => {
  makeScene();
  await settle();
  restic(location, ['backup', source]);
  const [theirs] = JSON.parse(restic(location, ['snapshots', '--json'])) as { id: string }[];
  session = await unlockedSession(repository);
  process.env['PATH'] = place('shared');
  const result = await run({ parent: theirs!.id });
  process.env['PATH'] = searchPath;
  expect(await treeOf(result.snapshotId!)).toBe(await treeOf(theirs!.id));
});

const save = (before: BackupResult, ...names: string[]) =>
  run({ changes: { snapshot: before.snapshotId!, paths: names.map(place) } });

test('a save reads them among others that have some, and leaves the rest to the next look at everything', async () => {
  write('a', 'b');
  await settle();
  const first = await run();
  write('new');
  setAttribute(place('new'), 'user.note', 'x');
  const second = await save(first, 'new');
  expect(await stored(second, 'new')).toBeUndefined();
  expect(await readUntil(second)).toBe(await timeOf(first));
  await settle();
  const third = await run();
  expect(await stored(third, 'new')).toEqual([['user.note', 'x']]);
  expect(await readUntil(third)).toBe(await timeOf(third));
  setAttribute(place('a'), 'user.note', 'y');
  const fourth = await save(third, 'a');
  expect(await stored(fourth, 'a')).toEqual([['user.note', 'y']]);
  expect(await stored(fourth, 'new')).toEqual([['user.note', 'x']]);
});

test('a save reads those of what is older than the last look at everything', async () => {
  write('a');
  const elsewhere = join(source, '../elsewhere');
  mkdirSync(elsewhere);
  writeFileSync(join(elsewhere, 'file'), 'x');
  setAttribute(join(elsewhere, 'file'), 'user.note', 'x');
  await settle();
  const first = await run();
  renameSync(elsewhere, place('moved'));
  const second = await save(first, 'moved');
  const [file] = (await session.reader.loadTree((await nodeOf(second, 'moved')).subtree!)).nodes;
  expect(file!.extendedAttributes).toEqual([{ name: 'user.note', value: 'eA==' }]);
});

test('a repository of many entries, some of which have attributes', async () => {
  const names = Array.from({ length: 10_000 }, (_, at) => `${Math.floor(at / 200)}/${at}`);
  for (let at = 0; at < 50; at++) mkdirSync(place(String(at)));
  write(...names);
  for (const name of names.filter((_, at) => at % 777 === 0)) setAttribute(place(name), 'user.name', name);
  const { snapshotId } = await run();
  restic(location, ['backup', '--force', source]);
  const [, theirs] = JSON.parse(restic(location, ['snapshots', '--json'])) as { id: string }[];
  expect(await treeOf(snapshotId!)).toBe(await treeOf(theirs!.id));
});

test('the command line says that they lack', () => {
  makeScene();
  const args = ['backup', '-r', location, source];
  const without = cairn(args, { env: { PATH: place('shared') } });
  expect(without).toMatchObject({ status: 0 });
  expect(without.stdout).toMatch(/^Lacking: {2}extended attributes and ACLs; .* install the package "attr"/m);
  expect(cairn(args).stdout).not.toContain('Lacking');
});
