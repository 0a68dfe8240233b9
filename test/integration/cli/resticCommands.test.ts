import { appendFileSync, chmodSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { version } from '../../../package.json';
import { writeTree } from '../../helpers/fileTree.ts';
import { join } from 'node:path';
import { createWorld } from './world.ts';

const world = createWorld();

beforeAll(() => {
  writeTree(join(world.root, 'source'), { 'a.txt': 'alpha\n' });
  world.json(['backup', 'source']);
});

test('check is another name of verify', () => {
  const { stdout, status } = world.run(['check', '--read-data']);
  expect({ stdout, status }).toEqual({ stdout: world.run(['verify', '--read-data']).stdout, status: 0 });
});

test('version says what Cairn runs on', () => {
  expect(world.run(['version']).stdout).toMatch(
    new RegExp(`^cairn ${version} on Node \\d+\\.\\d+\\.\\d+, \\w+ \\w+\\n$`),
  );
  expect(world.json(['version'])).toMatchObject([{ message_type: 'version', version, arch: process.arch }]);
});

test('a command of restic that is missing here is answered with what to do', () => {
  const { status, stderr } = world.run(['mount', '/mnt']);
  expect(status).toBe(1);
  expect(stderr).toBe(
    'cairn: Cairn has no command "mount". "cairn ls", "cairn find" and "cairn dump" look inside; "restic mount" works on the same repository.\n',
  );
  expect(world.run(['mountain']).stderr).toContain('Unknown command');
});

test.each(['tar', 'zip'])('dump sends a folder to a program as %s', (format) => {
  const { status, stdout, stderr } = world.run(['dump', '-a', format, 'latest', 'source']);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('a.txt');
});

test('dump prints a file', () => {
  expect(world.run(['dump', 'latest', 'source/a.txt']).stdout).toBe('alpha\n');
  expect(world.run(['dump', 'latest:source', '/a.txt']).stdout).toBe('alpha\n');
});

test.each([
  [['cat', 'blob', '0'.repeat(64)], /There is no blob 0{64} .*"cairn list blobs" prints their ids/],
  [['cat', 'pack', '0'.repeat(64)], /There is no pack 0{64} /],
  [['cat', 'index', 'abc'], /"abc" is no full id of 64 digits/],
  [['cat', 'key'], /Which key\? "cairn list keys" prints their ids/],
  [['cat', 'tree', 'latest:source/a.txt'], /is no folder/],
  [['cat', 'bogus', 'abc'], /"bogus" is no type of an object/],
  [['list', 'bogus'], /Allowed choices are blobs, packs/],
])('%j says what is wrong', (args, message) => {
  const { status, stdout, stderr } = world.run(args);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(message);
});

test('a damaged pack is printed, and called so', () => {
  const [pack = ''] = world.run(['list', 'packs']).stdout.split('\n');
  const file = join(world.repository, 'data', pack.slice(0, 2), pack);
  chmodSync(file, 0o600);
  appendFileSync(file, 'more');
  const { status, stdout, stderr } = world.run(['cat', 'pack', pack]);
  expect([status, stdout.endsWith('more')]).toEqual([0, true]);
  expect(stderr).toContain(`The pack ${pack.slice(0, 8)} is damaged`);
});

test('features, options and self-update say how it is here', () => {
  expect(world.run(['features']).stdout).toBe('Cairn has no features that can be switched on or off.\n');
  expect(world.run(['options']).stdout).toMatch(/^ {2}sftp\.command {2,}the whole command line/m);
  expect(world.run(['self-update']).stdout).toMatch(
    new RegExp(`^cairn ${version} runs from .*\\. Whoever put it there`),
  );
});
