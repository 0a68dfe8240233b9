/** `cairn watch`: the engine of the editor in a terminal, with real git and real files. */
import { execFileSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { writeTree } from '../../helpers/fileTree.ts';
import { createWorld, jsonLines, type JsonLine, type World } from './world.ts';

interface Watch {
  readonly child: ChildProcess;
  readonly folder: string;
  /** What it printed. */
  stdout(): string;
  stderr(): string;
  /** The snapshots that it told of. */
  snapshots(): JsonLine[];
  /** Asks it to end, and gives the exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
}

const waits = { timeout: 60_000, interval: 100 };
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function createProject(): { world: World; folder: string } {
  const world = createWorld();
  const folder = join(world.root, 'project');
  writeTree(folder, { 'src/a.txt': 'one', '.gitignore': 'ignored/\n' });
  return { world, folder };
}

/** Starts it with `--json`, and waits until it watches. */
async function watch(world: World, folder: string, args: readonly string[] = []): Promise<Watch> {
  const child = world.start(['watch', folder, '--json', '--outside-delay', '1', ...args]);
  running.push(child);
  let [stdout, stderr] = ['', ''];
  child.stdout!.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr!.on('data', (data: Buffer) => (stderr += data.toString()));
  const ended = once(child, 'close') as Promise<[number | null]>;
  const lines = (type: string) => jsonLines(stdout).filter(({ message_type }) => message_type === type);
  await expect.poll(() => lines('watching').length + (child.exitCode ?? 0), waits).toBe(1);
  return {
    child,
    folder,
    stdout: () => stdout,
    stderr: () => stderr,
    snapshots: () => lines('snapshot'),
    end: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return (await ended)[0];
    },
  };
}

const git = (folder: string, ...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], { cwd: folder });
/** Waits for so many snapshots, and gives the last one. */
async function nth(one: Watch, count: number): Promise<JsonLine | undefined> {
  await expect.poll(() => one.snapshots().length, waits).toBe(count);
  return one.snapshots().at(-1);
}
const names = (world: World) => world.json(['ls', 'latest', '-R']).map(({ path }) => String(path));

test('makes snapshots of what changes, and ends without leaving a lock', async () => {
  const { world, folder } = createProject();
  const one = await watch(world, folder);
  expect(await nth(one, 1)).toMatchObject({ trigger: 'schedule', files_new: 2, folder });
  writeFileSync(join(folder, 'src/a.txt'), 'two');
  expect(await nth(one, 2)).toMatchObject({ trigger: 'outside', files_new: 0, files_changed: 1 });
  // In folders that are new, too, before and after they are watched.
  writeTree(folder, { 'new/deep/b.txt': 'b' });
  expect(await nth(one, 3)).toMatchObject({ trigger: 'outside', files_new: 1 });
  writeFileSync(join(folder, 'new/deep/c.txt'), 'c');
  expect(await nth(one, 4)).toMatchObject({ trigger: 'outside', files_new: 1 });
  expect(await one.end('SIGTERM')).toBe(0);
  expect(one.stderr()).toBe('');
  expect(readdirSync(join(world.repository, 'locks'))).toEqual([]);
  expect(world.restic('check', '--read-data')).toContain('no errors were found');
  expect(world.json(['snapshots'])).toHaveLength(4);
});

test('what is left out makes no snapshot, until it is left out no more', async () => {
  const { world, folder } = createProject();
  mkdirSync(join(folder, 'node_modules/x'), { recursive: true });
  writeTree(folder, { 'ignored/old.txt': 'old' });
  const one = await watch(world, folder);
  await nth(one, 1);
  writeFileSync(join(folder, 'ignored/new.txt'), 'new');
  writeFileSync(join(folder, 'node_modules/x/index.js'), 'x');
  writeFileSync(join(folder, 'src/b.txt'), 'b');
  expect(await nth(one, 2)).toMatchObject({ files_new: 1 });
  expect(names(world).filter((name) => /ignored\/|node_modules/.test(name))).toEqual([]);
  writeFileSync(join(folder, '.gitignore'), '');
  expect(await nth(one, 3)).toMatchObject({ files_new: 2, files_changed: 1 });
  writeFileSync(join(folder, 'ignored/new.txt'), 'newer');
  expect(await nth(one, 4)).toMatchObject({ files_changed: 1 });
});

test('a commit has a snapshot of its own, and so has what git does to files', async () => {
  const { world, folder } = createProject();
  git(folder, 'init', '-q');
  git(folder, 'add', '.');
  git(folder, 'commit', '-qm', 'First');
  const one = await watch(world, folder, ['--no-outside-changes']);
  await nth(one, 1);
  writeFileSync(join(folder, 'src/a.txt'), 'two');
  git(folder, 'commit', '-qam', 'Second');
  expect(await nth(one, 2)).toMatchObject({ trigger: 'commit', label: 'Second' });
  const [, last] = world.json(['snapshots']) as unknown as { tags: string[]; actor: unknown }[];
  expect(last!.tags.find((tag) => tag.startsWith('commit-'))).toBe(
    `commit-${git(folder, 'rev-parse', 'HEAD').toString().slice(0, 7)}`,
  );
  expect(last!.actor).toEqual({ kind: 'git', name: 'commit' });
});

test('a reset has a snapshot that says so', async () => {
  const { world, folder } = createProject();
  git(folder, 'init', '-q');
  for (const message of ['First', 'Second']) {
    writeFileSync(join(folder, 'src/a.txt'), message);
    git(folder, 'add', '.');
    git(folder, 'commit', '-qm', message);
  }
  const one = await watch(world, folder, ['--outside-delay', '60']);
  await nth(one, 1);
  git(folder, 'reset', '-q', '--hard', 'HEAD~1');
  expect(await nth(one, 2)).toMatchObject({ trigger: 'outside', label: 'git reset to HEAD~1' });
});

test('goes by the rules of the last backup, and by others that are given', async () => {
  const { world, folder } = createProject();
  writeTree(folder, { 'src/a.iso': 'iso', 'src/a.log': 'log', 'ignored/x': 'x' });
  world.json(['backup', folder, '-e', '*.iso']);
  const before = names(world);
  const one = await watch(world, folder);
  writeFileSync(join(folder, 'src/a.txt'), 'two');
  expect(await nth(one, 1)).toMatchObject({ files_new: 0, files_changed: 1, files_removed: 0 });
  expect(names(world)).toEqual(before);
  await one.end();
  const other = await watch(world, folder, ['-e', '*.log']);
  await nth(other, 1);
  expect(
    names(world)
      .filter((name) => /\.(log|iso)$|ignored\//.test(name))
      .map((name) => name.slice(-5)),
  ).toEqual(['a.iso']);
});

test('two of them make one snapshot of a change', async () => {
  const { world, folder } = createProject();
  const one = await watch(world, folder);
  await nth(one, 1);
  const two = await watch(world, folder);
  writeFileSync(join(folder, 'src/a.txt'), 'two');
  await expect.poll(() => one.snapshots().length + two.snapshots().length, waits).toBe(2);
  writeFileSync(join(folder, 'src/a.txt'), 'three');
  await expect.poll(() => one.snapshots().length + two.snapshots().length, waits).toBe(3);
  expect([await one.end(), await two.end()]).toEqual([0, 0]);
  expect([one.stderr(), two.stderr()]).toEqual(['', '']);
  expect(world.json(['snapshots'])).toHaveLength(3);
});

test('a folder that goes away is watched again when it is back', async () => {
  const { world, folder } = createProject();
  const one = await watch(world, folder);
  await nth(one, 1);
  renameSync(folder, `${folder}-away`);
  await expect.poll(() => one.stderr(), waits).toContain('is not there any more');
  writeFileSync(join(`${folder}-away`, 'src/a.txt'), 'changed elsewhere');
  renameSync(`${folder}-away`, folder);
  expect(await nth(one, 2)).toMatchObject({ files_changed: 1 });
  writeFileSync(join(folder, 'src/a.txt'), 'changed here');
  expect(await nth(one, 3)).toMatchObject({ trigger: 'outside', files_changed: 1 });
  expect(await one.end('SIGINT')).toBe(0);
});

test('one that was killed leaves nothing that stops the next', async () => {
  const { world, folder } = createProject();
  const one = await watch(world, folder);
  await nth(one, 1);
  writeFileSync(join(folder, 'src/a.txt'), 'two');
  await one.end('SIGKILL');
  const two = await watch(world, folder);
  expect(await nth(two, 1)).toMatchObject({ trigger: 'schedule', files_changed: 1 });
  expect(await two.end()).toBe(0);
});

test('a repository that is gone is not made again', async () => {
  const { world, folder } = createProject();
  world.json(['backup', folder, '--no-guard']);
  rmSync(world.repository, { recursive: true });
  const one = await watch(world, folder, ['--no-guard']);
  await expect.poll(() => one.stderr(), waits).toContain('There is no repository at');
  expect(readdirSync(join(world.repository, '..'))).not.toContain('repository');
  expect(await one.end()).toBe(0);
});

test('--quiet prints nothing, and without --json a line tells what happened', async () => {
  const { world, folder } = createProject();
  const lines: string[] = [];
  for (const args of [['--quiet'], []]) {
    const child = world.start(['watch', folder, ...args]);
    running.push(child);
    let out = '';
    child.stdout!.on('data', (data: Buffer) => (out += data.toString()));
    const count = lines.length + 1;
    writeFileSync(join(folder, 'src/a.txt'), `change ${count}`);
    const snapshots = () => world.run(['snapshots', '--json']).stdout.match(/"short_id"/g)?.length ?? 0;
    await expect.poll(snapshots, { ...waits, interval: 500 }).toBe(count);
    if (args.length === 0) await expect.poll(() => out, waits).not.toBe('');
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([0, null]);
    lines.push(out.trim());
  }
  expect(lines[0]).toBe('');
  expect(lines[1]).toMatch(/^\d\d:\d\d:\d\d {2}[0-9a-f]{8} {2}.*project {2}0 new, 1 changed {2}\(schedule\)$/);
});

test('says what it cannot watch', () => {
  const { world, folder } = createProject();
  world.json(['backup', folder]);
  const fails = (...args: string[]) => world.run(['watch', ...args]);
  expect(fails(join(folder, 'nowhere'))).toMatchObject({ status: 1, stdout: '' });
  expect(fails(join(world.repository, 'data')).stderr).toContain('repository');
  expect(fails(folder, '--interval', '-1').stderr).toContain('from 0 to 10080');
  const args = ['watch', folder, '-r', join(world.root, 'none')];
  expect(world.run(args, { env: { RESTIC_PASSWORD: 'x' } })).toMatchObject({ status: 10 });
});
