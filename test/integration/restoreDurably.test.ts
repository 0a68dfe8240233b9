/** No power cut during a restore leaves an empty file where an older one stood: what the system is asked for, in order. */
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { cairn, cairnBackup, cairnOk, shareProgram } from '../helpers/cairn.ts';
import { createLocalRepository } from '../helpers/localRepository.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

/** Notes each fsync and rename by its path, in every thread. */
const NOTES_CALLS = `
const fs = require('node:fs');
const { appendFileSync, fsync, readlinkSync, realpathSync, renameSync } = fs;
const { basename, dirname, join } = require('node:path');
const note = (...words) => appendFileSync(process.env.CALLS, words.join(' ') + '\\n');
const pathOf = (fd) => readlinkSync('/proc/self/fd/' + fd);
fs.fsync = (fd, done) => { note('fsync', pathOf(fd)); fsync(fd, done); };
fs.renameSync = (from, to) => {
  note('rename', join(realpathSync(dirname(String(from))), basename(String(from))), basename(String(to)));
  renameSync(from, to);
};
require('node:module').syncBuiltinESMExports();
`;

const UID = 65_534;
let root: string;
let repository: string;
let source: string;

beforeAll(shareProgram);

beforeEach(async () => {
  root = tempFolder();
  [repository, source] = [join(root, 'repository'), join(root, 'source')];
  mkdirSync(join(source, 'sub'), { recursive: true });
  for (let n = 0; n < 150; n++) writeFileSync(join(source, n % 2 ? 'sub' : '.', `file${n}`), `old ${n}`);
  await createLocalRepository(repository);
  cairnBackup(repository, [source]);
});

/** Restores over the source, and returns the calls for it: a word, a path, and the new name of a rename. */
function restoreCalls(): string[][] {
  const preload = join(root, 'notesCalls.cjs');
  const calls = join(root, 'calls');
  writeFileSync(preload, NOTES_CALLS);
  cairnOk(['restore', '-r', repository, `latest:${source}`, '--target', source, '--yes'], {
    env: { NODE_OPTIONS: `--require=${preload}`, CALLS: calls },
  });
  const lines = readFileSync(calls, 'utf8').trim().split('\n');
  return lines.map((line) => line.split(' ')).filter(([, path]) => path!.startsWith(source));
}

test('what replaces a file is durable before, and the folders at the end', () => {
  for (let n = 0; n < 150; n++) writeFileSync(join(source, n % 2 ? 'sub' : '.', `file${n}`), `changed ${n}`);
  rmSync(join(source, 'file0'));
  const calls = restoreCalls();
  const renames = calls.filter(([word]) => word === 'rename');
  expect(renames).toHaveLength(150);
  for (const [, temporary, name] of renames) {
    const at = calls.findIndex(([word, path]) => word === 'rename' && path === temporary);
    const synced = calls.findIndex(([word, path]) => word === 'fsync' && path === temporary);
    // A new file has nothing to lose.
    if (name === 'file0') expect(synced).toBe(-1);
    else expect([name, synced >= 0 && synced < at]).toEqual([name, true]);
    expect(basename(temporary!)).toContain(name);
  }
  const folders = calls.slice(calls.findLastIndex(([word]) => word === 'rename') + 1);
  expect(folders.sort()).toEqual([
    ['fsync', source],
    ['fsync', join(source, 'sub')],
  ]);
  expect(dirname(renames[0]![1]!).startsWith(source)).toBe(true);
});

test('nothing is made durable where nothing is done', () => {
  expect(restoreCalls()).toEqual([]);
});

test('folders that their owner may not enter are restored without a complaint', () => {
  chmodSync(root, 0o777);
  const theirs = join(root, 'theirs');
  // More than are kept open at once.
  for (let n = 0; n < 80; n++) mkdirSync(join(theirs, `folder${n}`, 'sub'), { recursive: true });
  for (const path of [theirs, ...readdirSync(theirs).map((name) => join(theirs, name))]) chownSync(path, UID, UID);
  const [at, target] = [join(root, 'theirRepository'), join(root, 'target')];
  const run = (...args: string[]) => cairn([...args, '-r', at], { uid: UID });
  expect(run('init').status).toBe(0);
  expect(run('backup', theirs).status).toBe(0);
  for (const name of readdirSync(theirs)) chmodSync(join(theirs, name), 0o600);
  // As root, who may enter them.
  expect(cairn(['backup', theirs, '-r', at])).toMatchObject({ status: 0 });
  for (const path of readdirSync(at, { recursive: true, encoding: 'utf8' })) chownSync(join(at, path), UID, UID);
  const restored = run('restore', `latest:${theirs}`, '--target', target);
  expect(restored).toMatchObject({ status: 0, stderr: '' });
  expect(readdirSync(target)).toHaveLength(80);
});
