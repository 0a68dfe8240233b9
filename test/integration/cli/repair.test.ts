import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { writeTree } from '../../helpers/fileTree.ts';
import { randomBytes } from '../../helpers/random.ts';
import { flipBit } from '../../helpers/stage.ts';
import { createWorld, snapshotIds } from './world.ts';

const world = createWorld();
const source = join(world.root, 'source');

const files = (folder: string) =>
  readdirSync(join(world.repository, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /[0-9a-f]{64}$/.test(name))
    .map((name) => join(world.repository, folder, name));

function largestPack(): string {
  return files('data').sort((a, b) => readFileSync(b).length - readFileSync(a).length)[0]!;
}

beforeEach(() => {
  // Its guard would bring it back.
  for (const folder of [world.repository, join(world.root, '.cairn-guard')])
    rmSync(folder, { recursive: true, force: true });
  writeTree(source, { 'large.bin': randomBytes('large', 400_000), 'small.txt': 'small', 'folder/deep.txt': 'deep' });
  world.json(['backup', source]);
});

test('what is whole is left alone', () => {
  const before = files('.').sort();
  expect(world.run(['repair', 'index'])).toMatchObject({ status: 0, stdout: 'the index is as it should be\n' });
  expect(world.run(['repair', 'files'])).toMatchObject({
    status: 0,
    stdout: 'nothing is damaged; nothing was done\n',
  });
  expect(files('.').sort()).toEqual(before);
});

test('the index is rebuilt: first said, then done', () => {
  for (const file of files('index')) flipBit(file, 40);
  expect(world.run(['snapshots']).status).toBe(0);
  expect(world.run(['ls', 'latest'])).toMatchObject({ status: 1 });
  expect(world.run(['verify']).stdout).toMatch(/"cairn repair index" rebuilds/);
  const before = files('index');
  expect(world.run(['repair', 'index', '--dry-run']).stdout).toMatch(/would be written anew/);
  expect(files('index')).toEqual(before);
  expect(world.run(['repair', 'index'])).toMatchObject({ status: 0 });
  expect(world.run(['verify', '--read-data'])).toMatchObject({ status: 0 });
  expect(world.restic('check', '--read-data')).toContain('no errors were found');
});

test('a damaged file comes back from the disk', () => {
  flipBit(largestPack(), 5000);
  expect(world.run(['repair', 'files'])).toMatchObject({ status: 0 });
  expect(world.run(['prune', '--grace', '0'])).toMatchObject({ status: 0 });
  expect(world.run(['verify', '--read-data'])).toMatchObject({ status: 0 });
  expect(world.restic('check', '--read-data')).toContain('no errors were found');
});

test('a lost list of a folder comes back by a new snapshot, unless that is not wanted', () => {
  const [snapshot] = snapshotIds(world) as [string];
  const listed = world.run(['ls', snapshot]).stdout;
  expect(listed).toContain('deep.txt');
  // The first list in the pack is that of the innermost folder.
  flipBit(
    files('data').find((path) => path !== largestPack())!,
    60,
  );
  expect(world.run(['verify'])).toMatchObject({
    status: 1,
    stdout: expect.stringMatching(/^CORRUPT +.*folder\//m) as string,
  });
  expect(world.run(['repair', 'files', '--no-backup'])).toMatchObject({ status: 1 });
  expect(snapshotIds(world)).toEqual([snapshot]);
  const result = world.json(['repair', 'files']).at(-1)!;
  expect(result).toMatchObject({ message_type: 'repaired_files', affected_before: 1 });
  expect(snapshotIds(world)).toEqual([snapshot, ...(result['newSnapshots'] as string[])]);
  expect(world.run(['ls', snapshot]).stdout).toBe(listed);
});

test('what stays lost is named, with exit code 1', () => {
  flipBit(largestPack(), 5000);
  rmSync(join(source, 'large.bin'));
  const run = world.run(['repair', 'files']);
  expect(run.status).toBe(1);
  expect(run.stdout).toMatch(/^MISSING +.*large\.bin +\(in [0-9a-f]{8}\)$/m);
  expect(run.stdout).toMatch(/forget/);
  expect(world.run(['prune'])).toMatchObject({ status: 1 });
});

test('what is lost for good goes from the snapshots, and prune does its work again', () => {
  const [snapshot] = snapshotIds(world) as [string];
  flipBit(largestPack(), 5000);
  rmSync(join(source, 'large.bin'));
  expect(world.run(['verify', '--read-data']).stdout).toMatch(/"cairn repair snapshots --forget"/);
  // The index lists what is damaged still.
  expect(world.run(['repair', 'snapshots'])).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^no snapshot lacks anything/) as string,
  });
  expect(world.run(['repair', 'files']).stdout).toMatch(/"cairn repair snapshots --forget"/);
  expect(world.run(['prune']).stderr).toMatch(/"cairn repair snapshots --forget"/);
  const planned = world.run(['repair', 'snapshots', '--dry-run']);
  expect(planned.stdout).toMatch(/^shortened +.*large\.bin +\(in [0-9a-f]{8}, 0 B of 390\.6 KiB\)$/m);
  expect(planned.stdout).toMatch(/^dry run: nothing was changed$/m);
  expect(snapshotIds(world)).toEqual([snapshot]);
  expect(world.run(['repair', 'snapshots', '--tag', 'none such']).stdout).toMatch(/^no snapshot lacks anything/);
  const lines = world.json(['repair', 'snapshots', 'latest', '--forget']);
  expect(lines.slice(-3)).toMatchObject([
    { message_type: 'repaired_path', repair: 'shortened', size_before: 400_000, size_after: 0, snapshot_id: snapshot },
    { message_type: 'repaired_snapshot', old_snapshot_id: snapshot, removed: true, nothing_left: false },
    { message_type: 'summary', repaired_snapshots: 1, dry_run: false },
  ]);
  expect(snapshotIds(world)).toEqual([lines.at(-2)!['new_snapshot_id']]);
  expect(world.run(['prune'])).toMatchObject({ status: 0 });
  expect(world.run(['verify', '--read-data'])).toMatchObject({ status: 0 });
  expect(world.restic('check', '--read-data')).toContain('no errors were found');
});

test.each([
  [['repair', 'everything'], /repair/],
  [['repair', 'index', 'more'], /argument/],
  [['repair', 'files', '--read-all-packs'], /unknown option/i],
])('refuses %j in one line', (args, message) => {
  const run = world.run(args);
  expect(run.status).toBe(1);
  expect(run.stderr).toMatch(message);
  expect(run.stderr.trim().split('\n')).toHaveLength(1);
});
