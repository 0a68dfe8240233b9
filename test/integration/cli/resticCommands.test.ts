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
