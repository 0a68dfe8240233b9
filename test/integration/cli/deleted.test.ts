import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { writeTree } from '../../helpers/fileTree.ts';
import { inTree } from '../../helpers/paths.ts';
import { createWorld, snapshotIds } from './world.ts';

const world = createWorld();
const source = join(world.root, 'source');
const at = (...names: string[]) => join(source, ...names);
let ids: string[] = [];

beforeAll(() => {
  writeTree(source, { 'a.txt': 'one\n', 'sub/b.txt': 'bb', 'sub/moved.txt': 'm', 'late.txt': 'l', 'now.txt': 'n' });
  world.json(['backup', source]);
  rmSync(at('a.txt'));
  renameSync(at('sub', 'moved.txt'), at('elsewhere.txt'));
  world.json(['backup', source]);
  rmSync(at('late.txt'));
  world.json(['backup', source]);
  rmSync(at('now.txt'));
  ids = snapshotIds(world);
});

test('lists what is gone, newest first', () => {
  const { stdout, stderr, status } = world.run(['deleted', 'source']);
  expect([status, stderr]).toEqual([0, '']);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^ID +Gone by +Size +Path$/);
  expect(lines[1]).toBe(`${ids[2]!.slice(0, 8)}  now                  1 B        ${at('now.txt')}`);
  expect(lines[2]).toMatch(/^[0-9a-f]{8} {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}1 B {8}/);
  expect(lines[2]).toContain(at('late.txt'));
  expect(lines[3]).toContain(at('a.txt'));
  expect(lines[4]).toBe(`3 deleted files in ${source}, 1 renamed; --renamed lists them`);
  expect(lines).toHaveLength(5);
});

test('with --renamed, where it went', () => {
  const { stdout } = world.run(['deleted', '--renamed'], { cwd: source });
  expect(stdout).toContain(`${at('sub', 'moved.txt')} -> ${at('elsewhere.txt')}\n`);
  expect(stdout).toMatch(/\n3 deleted files in .*, 1 renamed\n$/);
});

test('--json', () => {
  const rows = world.json(['deleted', 'source', '--renamed']);
  expect(rows.map(({ path }) => path)).toEqual([at('now.txt'), at('late.txt'), at('a.txt'), at('sub', 'moved.txt')]);
  expect(rows[0]).toMatchObject({ message_type: 'deleted', type: 'file', size: 1, last: { id: ids[2] } });
  expect(rows[0]).not.toHaveProperty('gone');
  expect(rows[1]).toMatchObject({
    last: { id: ids[1] },
    gone: { id: ids[2] },
    path_in_snapshot: `${inTree(source)}/late.txt`,
  });
  expect(rows[3]).toMatchObject({ renamed_to: at('elsewhere.txt') });
});

test('in a part, and since a time', () => {
  // It went to another folder, which is not looked at.
  expect(world.json(['deleted', 'source/sub'])).toMatchObject([{ path: at('sub', 'moved.txt') }]);
  expect(world.run(['deleted', at('elsewhere.txt')]).stdout).toBe(`0 deleted files in ${at('elsewhere.txt')}\n`);
  expect(world.json(['deleted', 'source', '--since', '1d'])).toHaveLength(3);
  // What is gone since the newest snapshot went just now.
  expect(world.json(['deleted', 'source', '--since', '2999-01-01'])).toMatchObject([{ path: at('now.txt') }]);
});

test('the row says how to bring it back', () => {
  const [row] = world.json(['deleted', 'source']) as unknown as [{ path: string; last: { id: string } }];
  expect(world.run(['cat', `${row.last.id}:${row.path}`]).stdout).toBe('n');
  expect(world.run(['restore', row.last.id, row.path, '--in-place']).status).toBe(0);
  expect(world.json(['deleted', 'source'])).toHaveLength(2);
  rmSync(at('now.txt'));
});

test('of another host, the disk says nothing', () => {
  world.json(['backup', 'source', '--host', 'other']);
  writeFileSync(at('only here'), '');
  expect(world.json(['deleted', 'source', '--host', 'other'])).toEqual([]);
  expect(world.run(['deleted', 'source', '--host', 'nobody'])).toMatchObject({
    status: 1,
    stderr: `cairn: No snapshot that was looked at is of ${source}. "cairn snapshots" lists them all, with their hosts and paths.\n`,
  });
});

test('what is no time is refused', () => {
  const { status, stderr } = world.run(['deleted', '--since', 'yesterday']);
  expect(status).toBe(1);
  expect(stderr).toContain('Give a local time');
});
