import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { expectFailure } from '../../helpers/failure.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { randomBytes } from '../../helpers/random.ts';
import { createWorld, snapshotIds } from './world.ts';

const world = createWorld();
const to = (name: string) => join(world.root, name);

/** The lines that a run prints. */
function lines(...args: string[]): string[] {
  const run = world.run(['replicate', ...args]);
  expect(run).toMatchObject({ status: 0, stderr: '' });
  return run.stdout.trimEnd().split('\n');
}

function firstFile(folder: string): string {
  const [name] = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.length > 60);
  return join(folder, name!);
}

beforeAll(() => {
  writeTree(to('source'), { a: 'a', 'b/c': randomBytes('c', 100_000) });
  world.run(['backup', 'source']);
});

describe('cairn replicate', () => {
  test('makes a replica, and says what it did', () => {
    expect(lines('--to', 'replica', '--dry-run')).toEqual([
      'would make a new replica',
      expect.stringMatching(/^would copy 2 packs, 1 index file, 1 snapshot, 1 key, \S+ KiB$/),
    ]);
    expect(existsSync(to('replica'))).toBe(false);
    expect(lines('--to', 'replica')).toEqual([
      'made a new replica',
      expect.stringMatching(/^copied 2 packs, 1 index file, 1 snapshot, \S+ KiB$/),
    ]);
    expect(lines('--to', 'replica')).toEqual(['copied nothing, 0 B']);
    expect(lines('--to', 'replica', '-q')).toEqual(['']);
    const { status, stdout } = world.run(['snapshots', '-r', 'replica', '-p', world.passwordFile, '--json']);
    expect([status, stdout]).toEqual([0, world.run(['snapshots', '--json']).stdout]);
  });

  test('says what waits, and removes it after the delay', () => {
    writeTree(to('source'), { d: 'd' });
    world.run(['backup', 'source']);
    lines('--to', 'replica');
    world.run(['forget', snapshotIds(world)[0]!]);
    expect(lines('--to', 'replica', '--dry-run')).toEqual([
      'would copy nothing, 0 B',
      expect.stringMatching(/^kept, though gone here: 1 snapshot, \d+ B; due from 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d on$/),
    ]);
    expect(lines('--to', 'replica', '--delay', 'never')[1]).toMatch(/1 snapshot, \d+ B; for good$/);
    expect(world.json(['replicate', '--to', 'replica'])).toMatchObject([
      {
        message_type: 'summary',
        files_copied: { pack: 0, index: 0, snapshot: 0, key: 0 },
        removal: 'wait',
        files_waiting: { pack: 0, index: 0, snapshot: 1, key: 0 },
        next_due: expect.stringMatching(/Z$/) as string,
      },
    ]);
    expect(lines('--to', 'replica', '--check')).toEqual([
      '8 files equal, 1 waiting for removal',
      'no differences were found',
    ]);
    expect(lines('--to', 'replica', '--delay', '0')[1]).toMatch(/^removed 1 snapshot, \d+ B$/);
    expect(readdirSync(join(to('replica'), 'locks'))).toEqual([]);
  });

  test('prints progress and the result as JSON', () => {
    const run = world.run(['replicate', '--to', 'other', '--json']);
    const printed = run.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(printed.at(0)).toMatchObject({ message_type: 'status', phase: 'Copying files' });
    expect(printed.at(-1)).toMatchObject({ message_type: 'summary', created: true, errors: 0, removal: 'none' });
  });

  test('--check names what differs, and exits with 1', () => {
    lines('--to', 'checked');
    rmSync(firstFile(join(to('checked'), 'snapshots')));
    const cut = firstFile(join(to('checked'), 'data'));
    const content = readFileSync(cut);
    rmSync(cut);
    writeFileSync(cut, content.subarray(1));
    const run = world.run(['replicate', '--to', 'checked', '--check']);
    expect(run).toMatchObject({ status: 1, stderr: '' });
    expect(run.stdout.trimEnd().split('\n').sort()).toEqual([
      '2 differences found',
      expect.stringMatching(/^6 files equal$/),
      expect.stringMatching(/^The pack \w{8} has \d+ bytes in the replica and \d+ in the repository\.$/),
      expect.stringMatching(/^The snapshot \w{8} is not in the replica\.$/),
    ]);
    expect(lines('--to', 'checked')).toContain('of these, 1 file there had another size');
    const bad = Buffer.from(content);
    bad[5]! ^= 1;
    rmSync(cut);
    writeFileSync(cut, bad);
    expect(lines('--to', 'checked', '--check').at(-1)).toBe('no differences were found');
    expect(world.json(['replicate', '--to', 'checked', '--check', '--read-data'], { status: 1 })).toMatchObject([
      { message_type: 'difference', kind: 'damaged', type: 'pack' },
      { message_type: 'summary', equal: 8, different: 1, waiting: 0, files_read: 8 },
    ]);
  });

  test('a damaged source is named, and the exit code is 3', () => {
    const path = firstFile(join(world.repository, 'snapshots'));
    const content = readFileSync(path);
    rmSync(path);
    writeFileSync(path, 'damaged');
    const run = world.run(['replicate', '--to', 'incomplete']);
    expect(run).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(/^warning: The snapshot \w{8} in .* damaged\.\n$/) as string,
    });
    rmSync(path);
    writeFileSync(path, content);
    expect(lines('--to', 'incomplete')[0]).toMatch(/^copied 1 snapshot/);
  });

  test('what makes no sense is refused', () => {
    const fail = (args: string[], status: number, message: RegExp) =>
      expectFailure(world.run(['replicate', ...args]), status, message);
    fail([], 1, /required option '--to <location>' not specified/i);
    fail(['--to', ''], 1, /--to is empty/);
    fail(['--to', 'x', '--read-data'], 1, /goes with --check only/);
    fail(['--to', 'x', '--check', '-n'], 1, /--check changes nothing/);
    fail(['--to', 'x', '--delay', 'soon'], 1, /--delay.*"soon" is not a duration/);
    fail(['--to', 'x', '--check'], 10, /There is no replica at .*x\./);
    fail(['--to', world.repository], 1, /would be the repository/);
    fail(['--to', join(world.repository, 'inside')], 1, /would be the repository/);
    fail(['--to', 'ftp://host/path'], 1, /reached through rclone/);
    rmSync(to('other'), { recursive: true });
    fail(['--to', 'other'], 10, /that was at .*other is not there.*--init/);
    expect(lines('--to', 'other', '--init')[0]).toBe('made a new replica');
    world.run(['init', '-r', 'stranger'], { env: { RESTIC_PASSWORD: 'other' } });
    fail(['--to', 'stranger'], 1, /There is another repository at .*stranger/);
  });
});
