import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { describeTree } from '../../helpers/describeTree.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { inTree } from '../../helpers/paths.ts';
import { createWorld } from './world.ts';

const world = createWorld();
const source = join(world.root, 'source');
const path = (name: string) => join(source, name);
const read = (name: string) => readFileSync(path(name), 'utf8');

beforeEach(() => {
  rmSync(source, { recursive: true, force: true });
  writeTree(source, { 'a.txt': 'one', 'sub/b.txt': 'bb', 'sub/c.log': 'c', '.gitignore': 'build\n' });
  // Node sets times as doubles, which hold whole seconds exactly.
  for (const name of ['a.txt', 'sub/b.txt', 'sub/c.log', '.gitignore', 'sub']) utimesSync(path(name), 1e9, 1e9);
  world.json(['backup', source, '--exclude', '*.tmp']);
});

/** A folder that is not there yet. */
let count = 0;
const newFolder = () => join(world.root, `out-${count++}`);

describe('to a folder', () => {
  test('everything, with its metadata', () => {
    const out = newFolder();
    const run = world.run(['restore', 'latest', '--target', out, '--verify']);
    expect(run.status).toBe(0);
    expect(run.stdout).toMatch(/^restored 4 files \(12 B\), .*\n.*\nread again and found right: 4 files\n$/);
    expect(describeTree(join(out, inTree(source)))).toEqual(describeTree(source));
    expect(world.json(['restore', 'latest', '--target', out])).toMatchObject([
      { message_type: 'summary', files_restored: 0, files_unchanged: 4, problems: 0 },
    ]);
  });

  test('the content of one folder', () => {
    const out = newFolder();
    world.json(['restore', `latest:${path('sub')}`, '-t', out]);
    expect(describeTree(out)).toEqual(describeTree(path('sub')));
  });

  test('chosen paths, wherever the person is, and globs', () => {
    const out = newFolder();
    world.json(['restore', 'latest', 'sub/b.txt', '--target', out], { cwd: source });
    expect(describeTree(join(out, inTree(source))).filter((line) => line.includes('.'))).toHaveLength(1);
    const other = newFolder();
    world.json(['restore', 'latest', '--target', other, '--include', 'sub', '--exclude', '*.log']);
    expect(existsSync(join(other, inTree(source), 'sub/b.txt'))).toBe(true);
    expect(existsSync(join(other, inTree(source), 'sub/c.log'))).toBe(false);
    expect(existsSync(join(other, inTree(source), 'a.txt'))).toBe(false);
  });

  test('by patterns, of which those that match nothing are told', () => {
    const out = newFolder();
    writeFileSync(join(world.root, 'some.txt'), 'B.TXT\n');
    const some = ['--iinclude-file', 'some.txt', '--include', '*.log', '-i', 'gone', '--iexclude', 'NONE'];
    const run = world.run(['restore', 'latest', '--target', out, ...some], { cwd: world.root });
    expect(run).toMatchObject({ status: 0, stderr: 'nothing matched 2 patterns: ‘gone’, ‘NONE’\n' });
    expect(describeTree(out).filter((line) => /\.(txt|log)/.test(line))).toHaveLength(2);
    const again = world.json(['restore', 'latest', '--target', out, '--dry-run', '-e', '*.md', '-e', '*.log']);
    expect(again.at(-1)).toMatchObject({ message_type: 'summary', unmatched_patterns: ['*.md'] });
    const nothing = newFolder();
    const failed = world.run(['restore', 'latest', '--target', nothing, '--include', 'gone']);
    expect(failed.status).toBe(1);
    expect(failed.stderr).toMatch(/^cairn: The snapshot has nothing that the patterns include\./);
    expect(existsSync(nothing)).toBe(false);
  });

  test('a path that is not in the snapshot', () => {
    const run = world.run(['restore', 'latest', 'nothing', '--target', newFolder()]);
    expect(run).toMatchObject({ status: 1, stdout: '' });
    expect(run.stderr).toMatch(/^cairn: There is no "nothing" in snapshot/);
  });
});

describe('in place', () => {
  test('what is missing comes back without a question', () => {
    rmSync(path('sub/b.txt'));
    const run = world.run(['restore', 'latest', '--in-place']);
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(read('sub/b.txt')).toBe('bb');
    expect(statSync(path('sub/b.txt')).mtimeMs).toBe(1e12);
  });

  test.each([['--in-place'], ['--target', '/']])('overwriting needs consent: %s %s', (...where) => {
    writeFileSync(path('a.txt'), 'changed');
    const refused = world.run(['restore', 'latest', 'source/a.txt', ...where]);
    expect(refused).toMatchObject({ status: 1, stdout: '' });
    expect(refused.stderr).toBe(
      'cairn: This would overwrite 1 file. Nothing was changed. --dry-run lists them, --yes does it without asking.\n',
    );
    expect(read('a.txt')).toBe('changed');
    expect(world.run(['restore', 'latest', 'source/a.txt', ...where, '--yes']).status).toBe(0);
    expect(read('a.txt')).toBe('one');
  });

  test('a dry run says what would happen', () => {
    writeFileSync(path('a.txt'), 'changed');
    writeFileSync(path('extra.txt'), 'x');
    rmSync(path('sub/c.log'));
    const before = describeTree(source);
    const run = world.run(['restore', 'latest', '--in-place', '--delete', '--dry-run']);
    expect(run.stdout.split('\n').sort()).toEqual(
      [
        '',
        `create     ${path('sub/c.log')}`,
        `delete     ${path('extra.txt')}`,
        `overwrite  ${path('a.txt')}`,
        'dry run: nothing was written',
        'would create 1, overwrite 1, delete 1, leave 2; write 4 B',
      ].sort(),
    );
    expect(describeTree(source)).toEqual(before);
    expect(world.json(['restore', 'latest', '--in-place', '--delete', '--dry-run']).at(-1)).toMatchObject({
      message_type: 'summary',
      dry_run: true,
      files_created: 1,
      files_overwritten: 1,
      files_deleted: 1,
    });
  });

  test('--delete leaves what the rules left out, unless it is told otherwise', () => {
    writeTree(source, { 'extra/file': 'x', 'build/out.o': 'o', 'node_modules/m/x.js': 'x', 'work.tmp': 't' });
    const args = ['restore', 'latest', '--in-place', '--delete'];
    expect(world.run(args).stderr).toContain('This would delete 2 entries.');
    expect(world.run([...args, '--yes']).status).toBe(0);
    expect([existsSync(path('extra')), existsSync(path('build/out.o')), existsSync(path('node_modules/m'))]).toEqual([
      false,
      true,
      true,
    ]);
    world.json([...args, '--yes', '--delete-ignored']);
    expect([existsSync(path('build')), existsSync(path('node_modules')), existsSync(path('work.tmp'))]).toEqual([
      false,
      false,
      true,
    ]);
    expect(world.run(['diff', 'latest', '--exclude', '*.tmp']).stdout).toContain('0 new, 0 gone, 0 changed');
  });
});

test('--delete to a folder heeds the rules there', () => {
  const out = newFolder();
  world.json(['restore', 'latest', '--target', out]);
  const restored = join(out, inTree(source));
  writeTree(restored, { 'extra.txt': 'x', 'build/out.o': 'o' });
  world.json(['restore', 'latest', '--target', out, '--delete', '--yes']);
  expect([existsSync(join(restored, 'extra.txt')), existsSync(join(restored, 'build/out.o'))]).toEqual([false, true]);
});
