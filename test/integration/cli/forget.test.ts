import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeTree } from '../../helpers/fileTree.ts';
import { randomBytes } from '../../helpers/random.ts';
import { createWorld, jsonLines } from './world.ts';

const world = createWorld();
const source = join(world.root, 'source');
const ids: string[] = [];

function backUp(seed: string, ...options: string[]): string {
  writeFileSync(join(source, 'data.bin'), randomBytes(seed, 2_000_000));
  const lines = world.json(['backup', source, ...options]);
  return lines.find((line) => line.message_type === 'summary')!['snapshot_id'] as string;
}

const snapshots = () => world.json(['snapshots']).map((line) => line['id']);

beforeAll(() => {
  writeTree(source, { 'stays.txt': 'stays' });
  for (const seed of ['a', 'b', 'c', 'd']) ids.push(backUp(seed, ...(seed === 'a' ? ['--tag', 'keep'] : [])));
});

describe('forget', () => {
  test('shows what would go, with reasons for what stays, and removes nothing', () => {
    const { status, stdout } = world.run(['forget', '--keep-last', '2', '--dry-run']);
    expect(status).toBe(0);
    const shown = stdout.split('\n').filter((line) => line.startsWith('  '));
    expect(shown.map((line) => line.trim().split(/ {2,}/)).map(([what, id]) => [what, id])).toEqual([
      ['keep', ids[3]!.slice(0, 8)],
      ['keep', ids[2]!.slice(0, 8)],
      ['WOULD REMOVE', ids[1]!.slice(0, 8)],
      ['keep', ids[0]!.slice(0, 8)],
    ]);
    expect(shown[0]).toMatch(/last snapshot/);
    expect(shown[3]).toMatch(/keep/);
    expect(snapshots()).toEqual(ids);
  });

  test('says in JSON what prune would free before anything is removed', () => {
    const lines = world.json(['forget', '--keep-last', '2', '--dry-run', '--prune', '--grace', '0']);
    expect(lines.map((line) => line.message_type)).toEqual([undefined, 'prune_plan']);
    expect(lines[0]).toMatchObject({ remove: [{ id: ids[1] }] });
    expect(lines[1]).toMatchObject({ dry_run: true });
    const { freedBytes } = lines[1] as unknown as { freedBytes: number };
    expect(freedBytes).toBeGreaterThan(2_000_000);
    expect(freedBytes).toBeLessThan(2_010_000);
    expect(snapshots()).toEqual(ids);
  });

  test('removes what a policy does not keep, and its content with --prune', () => {
    const before = Number(world.json(['stats', '--mode', 'raw-data']).at(-1)!['total_size']);
    const lines = world.json(['forget', '--keep-last', '2', '--prune', '--grace', '0']);
    expect(lines.at(-1)).toMatchObject({ message_type: 'pruned' });
    expect(snapshots()).toEqual([ids[0], ids[2], ids[3]]);
    expect(before - Number(world.json(['stats', '--mode', 'raw-data']).at(-1)!['total_size'])).toBeGreaterThan(
      2_000_000,
    );
    expect(world.restic('check', '--read-data')).toContain('no errors were found');
  });

  test.each([
    ['without a rule', [], /keep/],
    ['a rule that is none', ['--keep-last', 'x'], /number/],
    ['names and rules', ['latest', '--keep-last', '1'], /not both/],
    ['a name that is none', ['ffffffff'], /no snapshot/i],
    ['a snapshot tagged keep', [() => ids[0]!.slice(0, 8)], /--force/],
    ['a grouping that is none', ['--keep-last', '1', '--group-by', 'size'], /group/],
  ] as const)('refuses %s in one line, and removes nothing', (_what, args, message) => {
    const before = snapshots();
    const run = world.run(['forget', ...args.map((arg) => (typeof arg === 'string' ? arg : arg()))]);
    expect(run.status).toBe(1);
    expect(run.stderr).toMatch(message);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
    expect(snapshots()).toEqual(before);
  });

  test('forgets by name, with --force also what is tagged keep', () => {
    expect(world.run(['forget', ids[2]!.slice(0, 8)]).status).toBe(0);
    expect(world.run(['forget', ids[0]!.slice(0, 8), '--force']).status).toBe(0);
    expect(snapshots()).toEqual([ids[3]]);
  });
});

describe('backup --keep-…', () => {
  test('forgets after a backup that is whole', () => {
    const id = backUp('e', '--keep-last', '1');
    expect(snapshots()).toEqual([id]);
  });

  test('forgets nothing after one that is not', () => {
    const before = snapshots();
    const run = world.run(['backup', source, join(world.root, 'missing'), '--keep-last', '1']);
    expect(run.status).toBe(3);
    expect(run.stderr).toMatch(/no snapshot is forgotten/);
    expect(snapshots()).toHaveLength(before.length + 1);
  });
});

describe('prune', () => {
  test('says what it would do, does it, and then has nothing to do', () => {
    world.json(['forget', '--keep-last', '1', '--group-by', '']);
    const prune = ['prune', '--max-unused', '0', '--grace', '0'];
    const [plan] = world.json([...prune, '--dry-run']);
    expect(plan).toMatchObject({ message_type: 'prune_plan', dry_run: true });
    expect(plan!['freedBytes']).toBeGreaterThan(0);
    expect(world.json(prune).at(-1)).toMatchObject({ message_type: 'pruned' });
    expect(world.json(prune)).toMatchObject([
      { message_type: 'prune_plan', freedBytes: 0 },
      { message_type: 'pruned', packsRemoved: 0, bytesWritten: 0, indexFilesWritten: 0 },
    ]);
    expect(world.restic('check', '--read-data')).toContain('no errors were found');
  });

  test('refuses to empty a repository without snapshots, unless that is wanted', () => {
    const last = snapshots().map(String);
    world.json(['forget', ...last]);
    const run = world.run(['prune']);
    expect([run.status, run.stderr]).toEqual([
      1,
      expect.stringMatching(/^cairn: There is no snapshot .*--allow-empty\.\n$/),
    ]);
    expect(world.json(['prune', '--allow-empty', '--grace', '0']).at(-1)).toMatchObject({ message_type: 'pruned' });
    expect(Number(world.json(['stats', '--mode', 'raw-data']).at(-1)!['total_size'])).toBe(0);
  });

  test.each([
    [['--max-unused', 'much']],
    [['--max-unused', '100%']],
    [['--max-repack-size', '-1']],
    [['--grace', '1m']],
  ])('refuses %j', (args) => {
    const run = world.run(['prune', ...args]);
    expect([run.status, jsonLines('')]).toEqual([1, []]);
    expect(run.stderr.trim().split('\n')).toHaveLength(1);
  });
});
