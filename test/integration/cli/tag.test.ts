import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { writeTree } from '../../helpers/fileTree.ts';
import { createWorld, snapshotIds } from './world.ts';

const world = createWorld();

beforeAll(() => {
  const source = join(world.root, 'source');
  writeTree(source, { 'a.txt': 'alpha' });
  for (let at = 0; at < 2; at++) world.json(['backup', source]);
});

test('says which snapshot became which', () => {
  const [first, second] = snapshotIds(world);
  const { status, stdout } = world.run(['tag', 'latest', '--label', 'a, b', '--add', 'keep']);
  const after = snapshotIds(world)[1]!;
  expect([status, stdout]).toEqual([
    0,
    `${second!.slice(0, 8)} is now ${after.slice(0, 8)}: cairn,manual,keep,label-a%2C b\n1 snapshot changed\n`,
  ]);
  expect(snapshotIds(world)[0]).toBe(first);
});

test('prints JSON', () => {
  const [first] = snapshotIds(world);
  const lines = world.json(['tag', first!, '--set', 'x,y']);
  expect(lines).toEqual([
    { message_type: 'changed', old_snapshot_id: first, new_snapshot_id: snapshotIds(world)[0], tags: ['x', 'y'] },
    { message_type: 'summary', changed_snapshots: 1 },
  ]);
  expect(world.json(['tag', 'latest', '--add', 'keep'])).toEqual([{ message_type: 'summary', changed_snapshots: 0 }]);
});

test.each([[[]], [['--add', 'a', '--set', 'b']], [['ffffffff', '--add', 'a']]])('refuses %j in one line', (args) => {
  const before = snapshotIds(world);
  const { status, stderr } = world.run(['tag', ...args]);
  expect([status, stderr.trim().split('\n').length]).toEqual([1, 1]);
  expect(snapshotIds(world)).toEqual(before);
});
