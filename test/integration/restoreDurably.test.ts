/** No power cut during a restore leaves an empty file where an older one stood: what the system is asked for, in order. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { cairnBackup, cairnOk } from '../helpers/cairn.ts';
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

let root: string;
let repository: string;
let source: string;

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
