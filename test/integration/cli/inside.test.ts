import { spawnSync } from 'node:child_process';
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { isWindows } from '../../../src/disk/system.ts';
import { commandLine } from '../../helpers/cairn.ts';
import { makesLinks, writeTree } from '../../helpers/fileTree.ts';
import { inTree } from '../../helpers/paths.ts';
import { createWorld, snapshotIds } from './world.ts';

const world = createWorld();
const source = join(world.root, 'source');
/** What the snapshots call it. */
const tree = inTree(source);
/** How many links are in it. */
const links = makesLinks ? 1 : 0;
let first = '';
let second = '';

beforeAll(() => {
  writeTree(source, { 'a.txt': 'one\n', 'sub/b.txt': 'bb', 'sub/deep/c.md': 'c', 'gone.txt': 'g' });
  writeTree(source, { link: { link: 'a.txt' } });
  utimesSync(join(source, 'a.txt'), 1e9, 1e9);
  world.json(['backup', source, '--tag', 'first']);
  writeFileSync(join(source, 'a.txt'), 'two\n');
  writeFileSync(join(source, 'sub/new.txt'), 'n');
  rmSync(join(source, 'gone.txt'));
  world.json(['backup', source, '--tag', 'second']);
  [first = '', second = ''] = snapshotIds(world);
});

test('snapshots', () => {
  const { stdout } = world.run(['snapshots']);
  expect(stdout).toMatch(/^ID +Time +Host +Tags +Size +Paths\n/);
  expect(stdout).toContain(`${first.slice(0, 8)}  `);
  expect(stdout).toMatch(/\n2 snapshots\n$/);
  expect(world.json(['snapshots', '--tag', 'first']).map(({ id }) => id)).toEqual([first]);
  expect(world.json(['snapshots', '--latest', '1']).map(({ id }) => id)).toEqual([second]);
  expect(world.json(['snapshots', first.slice(0, 10)])).toMatchObject([
    { message_type: 'snapshot', id: first, short_id: first.slice(0, 8), tags: ['cairn', 'manual', 'first'] },
  ]);
  expect(world.json(['snapshots', '--host', 'nobody'])).toEqual([]);
});

test('snapshots say who changed things, and are found by that', () => {
  const place = createWorld();
  const folder = join(place.root, 'project');
  writeTree(folder, { 'a.txt': 'one' });
  place.json(['backup', folder]);
  expect(place.run(['snapshots']).stdout).toMatch(/^ID +Time +Host +Tags +Size +Paths\n/);
  writeFileSync(join(folder, 'a.txt'), 'three');
  place.json(['backup', folder, '--actor', 'agent:claude', '--session', '12345678-9abc', '--turn', '3']);
  writeFileSync(join(folder, 'a.txt'), 'fourth');
  place.json(['backup', folder, '--actor', 'git:reset', '--tag', 'mine']);
  const who = (...args: string[]) => place.json(['snapshots', ...args]).map(({ actor }) => actor);
  const claude = { kind: 'agent', name: 'claude', session: '12345678-9abc', turn: '3' };
  const git = { kind: 'git', name: 'reset' };
  expect(who()).toEqual([undefined, claude, git]);
  expect(who('--actor', 'agent')).toEqual([claude]);
  expect(who('--actor', 'agent:codex', '--actor', 'git')).toEqual([git]);
  expect(who('--actor', 'unknown')).toEqual([undefined]);
  expect(who('--actor', 'git', '--tag', 'nobody')).toEqual([]);
  const { stdout } = place.run(['snapshots', '--actor', 'agent', '--actor', 'git']);
  expect(stdout).toMatch(/^ID +Time +Host +Who +Tags +Size +Paths\n/);
  expect(stdout).toMatch(/ agent claude, session 12345678, turn 3 +cairn,manual +\d/);
  expect(stdout).toMatch(/ git reset +cairn,manual,mine +\d/);
  expect(place.run(['snapshots', '--actor', 'me']).stderr).toContain('agent:claude');
  expect(place.run(['backup', folder, '--turn', '3']).stderr).toContain('give --actor');
});

describe('ls', () => {
  test('lists everything, or a folder, or a folder and all below', () => {
    expect(world.run(['ls', 'latest', 'source']).stdout.split('\n')).toEqual(
      ['', '/a.txt', ...(makesLinks ? ['/link'] : []), '/sub'].map((path) => tree + path).concat(''),
    );
    expect(world.run(['ls', 'latest', source, '-R']).stdout).toContain(`${tree}/sub/deep/c.md\n`);
    expect(world.run(['ls', `${first}:${join(source, 'sub')}`]).stdout).toBe(
      `${tree}/sub\n${tree}/sub/b.txt\n${tree}/sub/deep\n`,
    );
    expect(world.run(['ls', 'latest']).stdout).toContain(`${tree}/sub/deep/c.md\n`);
    expect(world.run(['ls', 'latest', '--tag', 'first']).stdout).toContain('gone.txt\n');
  });

  test('-l shows what ls -l shows', () => {
    const { stdout } = world.run(['ls', '-l', first, source]);
    // On Windows the modes are those that restic records there.
    const [file, folder] = isWindows ? ['-rw-rw-rw-', 'drwxrwxrwx'] : ['-rw-r--r--', 'drwxr-xr-x'];
    expect(stdout).toMatch(new RegExp(`^${file} \\S+ +\\S+ +4 B 2001-09-09 01:46:40 .*/a\\.txt$`, 'm'));
    if (makesLinks) expect(stdout).toMatch(/^lrwxrwxrwx .*\/link -> a\.txt$/m);
    expect(stdout).toMatch(new RegExp(`^${folder} .*/sub$`, 'm'));
  });

  test('--json has the fields of restic', () => {
    const [snapshot, folder, file] = world.json(['ls', first, source]);
    expect(snapshot).toMatchObject({ message_type: 'snapshot', id: first });
    expect(folder).toMatchObject({ message_type: 'node', type: 'dir', path: tree });
    const mode = isWindows ? 0o666 : 0o644;
    expect(file).toMatchObject({ type: 'file', name: 'a.txt', size: 4, mode, mtime: '2001-09-09T01:46:40Z' });
  });
});

test('cat', () => {
  expect(world.run(['cat', `${first}:${join(source, 'a.txt')}`]).stdout).toBe('one\n');
  expect(world.run(['cat', 'latest:source/a.txt']).stdout).toBe('two\n');
  expect(world.run(['cat', 'latest:source/sub']).stderr).toMatch(/^cairn: .* is a folder\. .*\n$/);
  if (makesLinks) expect(world.run(['cat', 'latest:source/link']).stderr).toContain('is a symbolic link to "a.txt"');
  expect(world.run(['cat', 'latest:source/nothing']).status).toBe(1);
});

describe('diff', () => {
  test('of two snapshots', () => {
    const { stdout } = world.run(['diff', first, second]);
    expect(stdout).toContain(`M   ${tree}/a.txt\n-   ${tree}/gone.txt\n+   ${tree}/sub/new.txt\nchanged:  1 file\n`);
    const lines = world.json(['diff', `${first}:${source}`, `${second}:${source}`]);
    expect(lines.slice(0, -1)).toEqual([
      { message_type: 'change', path: `${tree}/a.txt`, modifier: 'M' },
      { message_type: 'change', path: `${tree}/gone.txt`, modifier: '-' },
      { message_type: 'change', path: `${tree}/sub/new.txt`, modifier: '+' },
    ]);
    expect(lines.at(-1)).toMatchObject({
      message_type: 'statistics',
      source_snapshot: first,
      target_snapshot: second,
      changed_files: 1,
      added: { files: 1, dirs: 0, others: 0 },
      removed: { files: 1 },
    });
  });

  test('with the disk', () => {
    expect(world.run(['diff', 'latest']).stdout).toBe(`0 new, 0 gone, 0 changed, ${4 + links} unchanged\n`);
    const [a, gone, added] = ['a.txt', 'gone.txt', 'sub/new.txt'].map((path) => join(source, path));
    expect(world.run(['diff', first]).stdout).toBe(
      `M   ${a}\n-   ${gone}\n+   ${added}\n1 new, 1 gone, 1 changed, ${2 + links} unchanged\n`,
    );
    expect(world.json(['diff', first, '--only', 'source/sub', '--exclude', '*.md']).at(-1)).toMatchObject({
      added: 1,
      removed: 0,
      changed: 0,
    });
  });
});

test('find', () => {
  const { stdout } = world.run(['find', '*.txt', '-s', first]);
  expect(stdout).toMatch(/^snapshot [0-9a-f]{8} of .*:\n {2}/);
  expect(stdout.split('\n')).toHaveLength(5);
  expect(world.json(['find', 'NEW.*', '-i'])).toMatchObject([
    { snapshot: second, hits: 1, matches: [{ path: `${tree}/sub/new.txt`, name: 'new.txt', type: 'file' }] },
  ]);
  const found = world.json(['find', '*', '--type', 'symlink', '-s', 'latest']);
  expect(found.map(({ hits }) => hits)).toEqual(links > 0 ? [links] : []);
  expect(world.json(['find', 'a.txt', '--newest', '2001-09-09'])).toMatchObject([{ snapshot: first }]);
  expect(world.json(['find', 'a.txt', '--oldest', '2001-09-10'])).toMatchObject([{ snapshot: second }]);
  expect(world.json(['find', 'nothing'])).toEqual([]);
});

test('history', () => {
  const { stdout } = world.run(['history', 'source/a.txt']);
  expect(stdout).toMatch(
    /^ID +Since +Size +Change +Snapshots\n[0-9a-f]{8} .* changed +1\n[0-9a-f]{8} .* new +1\n2 versions of /,
  );
  expect(world.json(['history', join(source, 'gone.txt')])).toMatchObject([
    { message_type: 'version', change: 'deleted', first: { id: second } },
    { change: 'added', first: { id: first }, snapshots: 1, node: { size: 1 } },
  ]);
});

test('stats', () => {
  expect(world.json(['stats', first])).toEqual([
    {
      message_type: 'stats',
      mode: 'restore-size',
      snapshots_count: 1,
      total_size: 8,
      total_file_count: 6 + links + tree.split('/').length - 1,
    },
  ]);
  const ours = world.json(['stats', '--mode', 'raw-data'])[0]!;
  const theirs = JSON.parse(world.restic('stats', '--mode', 'raw-data', '--json')) as Record<string, number>;
  expect(ours['total_size']).toBe(theirs['total_size']);
  expect(world.run(['stats', '--mode', 'raw-data']).stdout).toMatch(/^Snapshots: +2\nBlobs: +\d+\nSize: /);
});

test.each(['ls latest --json', 'diff latest --json', '--help'])(
  'a reader who leaves early is no failure: %s',
  (args) => {
    const script = `set -o pipefail; "$0" "$1" ${args} | head -n 1 >/dev/null`;
    const run = spawnSync('bash', ['-c', script, process.execPath, commandLine], {
      env: { ...process.env, ...world.env },
      encoding: 'utf8',
    });
    expect(run).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(join(world.repository, 'locks'))).toEqual([]);
  },
);

test('output that cannot be written is a failure', () => {
  const run = spawnSync('sh', ['-c', '"$0" "$1" ls latest > /dev/full', process.execPath, commandLine], {
    env: { ...process.env, ...world.env },
    encoding: 'utf8',
  });
  expect(run.status).toBe(1);
  expect(run.stderr).toMatch(/^cairn: The output cannot be written: ENOSPC.*\n$/);
});
