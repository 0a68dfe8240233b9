/** What a backup cannot read is not in the snapshot, and the snapshot says so, so that no restore deletes it. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { cairn, cairnOk, shareProgram, type CairnOptions } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createLocalRepository } from '../helpers/localRepository.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

shareProgram();
const isRoot = process.getuid?.() === 0;
const reader: CairnOptions = isRoot ? { uid: 65_534, env: { HOME: '/' } } : {};
let source: string;
let repository: string;

beforeEach(async () => {
  const root = tempFolder();
  [source, repository] = [join(root, 'source'), join(root, 'repository')];
  await createLocalRepository(repository);
  writeTree(source, {
    'open.txt': 'o',
    'closed.txt': 'c',
    'closed/a.txt': 'a',
    'closed/deep/b.txt': 'b',
    'part/listed.txt': 'l',
    'part/closed/c.txt': 'c',
  });
  chmodSync(root, 0o755);
  if (isRoot) execFileSync('chown', ['-R', '65534', repository]);
  setModes(0);
});

function setModes(mode: number): void {
  for (const name of ['closed.txt', 'closed', 'part/closed']) chmodSync(join(source, name), mode);
}

function backUp(...options: string[]): Record<string, unknown> {
  const run = cairn(['backup', '-r', repository, '--json', source, ...options], reader);
  expect(run.status).toBe(3);
  return JSON.parse(run.stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
}

function namesIn(snapshot: string): string[] {
  return restic(repository, ['ls', '-q', snapshot])
    .split('\n')
    .filter((path) => path.startsWith(`${source}/`))
    .map((path) => path.slice(source.length + 1))
    .sort();
}

test.each([['first'], ['second, by a walk ahead of it']])(
  'a folder is left out as restic leaves it out, in the %s backup',
  (which) => {
    let { snapshot_id: id } = backUp();
    if (which !== 'first') ({ snapshot_id: id } = backUp());
    expect(namesIn(String(id))).toEqual(['open.txt', 'part', 'part/listed.txt']);
    restic(repository, ['check', '--read-data']);
  },
);

test('a restore in place deletes what came later, but nothing that the backup could not read', () => {
  backUp();
  setModes(0o755);
  writeTree(source, { 'later.txt': 'later', 'part/later.txt': 'later', 'open.txt': 'edited' });
  cairnOk(['restore', 'latest', source, '-r', repository, '--in-place', '--delete', '--yes']);
  const left = execFileSync('find', ['.', '-type', 'f'], { cwd: source, encoding: 'utf8' }).trim().split('\n').sort();
  expect(left).toEqual([
    './closed.txt',
    './closed/a.txt',
    './closed/deep/b.txt',
    './open.txt',
    './part/closed/c.txt',
    './part/listed.txt',
  ]);
  expect(readFileSync(join(source, 'open.txt'), 'utf8')).toBe('o');
});

test('a later backup that could read all knows all again', () => {
  backUp();
  setModes(0o755);
  cairnOk(['backup', '-r', repository, source]);
  mkdirSync(join(source, 'closed/new'));
  cairnOk(['restore', 'latest', source, '-r', repository, '--in-place', '--delete', '--yes']);
  expect(execFileSync('find', ['closed'], { cwd: source, encoding: 'utf8' }).trim().split('\n').sort()).toEqual([
    'closed',
    'closed/a.txt',
    'closed/deep',
    'closed/deep/b.txt',
  ]);
});

test('other programs keep what they do not know, or drop it, and tags keep it', () => {
  const { snapshot_id: id } = backUp();
  cairnOk(['tag', '--add', 'mine', String(id), '-r', repository]);
  expect(JSON.parse(restic(repository, ['snapshots', '--json']))).toMatchObject([
    { tags: expect.arrayContaining(['mine']) as unknown },
  ]);
  setModes(0o755);
  cairnOk(['restore', 'latest', source, '-r', repository, '--in-place', '--delete', '--yes']);
  expect(readFileSync(join(source, 'closed/deep/b.txt'), 'utf8')).toBe('b');
});

test('it does not count as deleted', () => {
  setModes(0o755);
  expect(cairn(['backup', '-r', repository, source], reader).status).toBe(0);
  setModes(0);
  expect(backUp()).not.toHaveProperty('files_removed');
});
