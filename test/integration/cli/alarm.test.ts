/** What `cairn backup` says of changes that nobody makes every day, and that it is quiet where real programs make many. */
import { execFileSync } from 'node:child_process';
import { createCipheriv } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { writeTree } from '../../helpers/fileTree.ts';
import { createWorld } from './world.ts';

const world = createWorld();
let count = 0;
let project: string;

function git(...args: string[]): void {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
  execFileSync('git', [...identity, ...args], { cwd: project, stdio: 'pipe' });
}

/** Text that differs from file to file, and is long enough to be judged. */
const textOf = (name: string) => Array.from({ length: 40 }, (_, at) => `${name} has a line ${at * 31}\n`).join('');
const files = (folder: string, number: number, ending: string) =>
  Object.fromEntries(
    Array.from({ length: number }, (_, at) => [`${folder}/${at}${ending}`, textOf(`${folder} ${at}`)]),
  );

/** The alarm of the next backup, as its summary has it. */
function alarm(...options: string[]): unknown {
  const lines = world.json(['backup', project, ...options]);
  return lines.find(({ message_type }) => message_type === 'summary')!['alarm'];
}

/** As what encrypts files without being asked does it. */
function encrypt(folder: string, ending = ''): void {
  const cipher = createCipheriv('aes-256-ctr', Buffer.alloc(32, 1), Buffer.alloc(16));
  for (const name of readdirSync(join(project, folder))) {
    const path = join(project, folder, name);
    writeFileSync(path, cipher.update(readFileSync(path)));
    if (ending !== '') renameSync(path, path + ending);
  }
}

beforeEach(() => {
  project = join(world.root, `project${count++}`);
  writeTree(project, { ...files('src', 50, '.ts'), ...files('docs', 10, '.md'), 'readme.md': 'read me' });
});

test('many deleted files are named with the way back, and nothing is forgotten then', () => {
  expect(alarm()).toBeUndefined();
  rmSync(join(project, 'src'), { recursive: true });
  const { stderr, stdout, status } = world.run(['backup', project, '--keep-last', '1']);
  expect(status).toBe(0);
  expect(stderr).toMatch(
    /50 files of the snapshot before this one are gone\..*"cairn restore [0-9a-f]{8} --in-place --dry-run"/,
  );
  expect(stderr + stdout).toContain('no snapshot is forgotten');
  const before = /cairn restore ([0-9a-f]{8})/.exec(stderr)![1]!;
  expect(world.run(['restore', before, '--in-place']).status).toBe(0);
  expect(readdirSync(join(project, 'src'))).toHaveLength(50);
  expect(alarm()).toBeUndefined();
});

test.each([
  ['in their place', ''],
  ['and renamed', '.locked'],
])('files that are encrypted %s are told, and restic reads the snapshot', (_, ending) => {
  alarm();
  encrypt('src', ending);
  expect(alarm()).toEqual({ kind: 'scrambled', files: 50 });
  expect(world.restic('snapshots', '--json')).toContain(JSON.stringify(project));
  expect(alarm()).toBeUndefined();
});

test('an alarm says so in words', () => {
  alarm();
  encrypt('src');
  expect(world.run(['backup', project]).stderr).toMatch(/50 files of the snapshot before this one have random bytes/);
});

test('where nothing is compressed, names tell what was text', () => {
  const repository = join(world.root, 'plain');
  const back = (...args: string[]) =>
    world.json(['-r', repository, 'backup', project, '--compression', 'off', ...args], {
      env: { RESTIC_PASSWORD: 'x' },
    });
  world.run(['-r', repository, 'init'], { env: { RESTIC_PASSWORD: 'x' } });
  back();
  encrypt('src');
  expect(back().at(-1)).toMatchObject({ alarm: { kind: 'scrambled', files: 50 } });
});

test('git that switches branches, stashes, collects garbage and cleans up is quiet; rm beside it is not', () => {
  git('init', '-q', '-b', 'main');
  writeFileSync(join(project, '.gitignore'), 'dist\n');
  git('add', '.');
  git('commit', '-q', '-m', 'First');
  for (let at = 0; at < 30; at++) {
    writeFileSync(join(project, 'src/0.ts'), textOf(`edit ${at}`));
    git('commit', '-q', '-am', `Edit ${at}`);
  }
  git('switch', '-q', '--orphan', 'pages');
  writeTree(project, { 'index.html': 'pages' });
  git('add', 'index.html');
  git('commit', '-q', '-m', 'Pages');
  git('switch', '-q', 'main');
  writeTree(project, files('dist', 200, '.js'));
  expect(alarm()).toBeUndefined();
  git('switch', '-q', 'pages');
  expect(alarm()).toBeUndefined();
  git('switch', '-q', 'main');
  expect(alarm()).toBeUndefined();
  git('gc', '-q', '--prune=now');
  expect(alarm()).toBeUndefined();
  rmSync(join(project, 'dist'), { recursive: true });
  expect(alarm()).toBeUndefined();
  writeTree(project, files('new', 90, '.ts'));
  expect(alarm()).toBeUndefined();
  git('stash', '-q', '--include-untracked');
  expect(alarm()).toBeUndefined();
  git('stash', 'pop', '-q');
  expect(alarm()).toBeUndefined();
  git('commit', '-q', '--allow-empty', '-m', 'Something git did since');
  rmSync(join(project, 'src'), { recursive: true });
  rmSync(join(project, 'docs'), { recursive: true });
  expect(alarm()).toEqual({ kind: 'deleted', files: 60 });
});

test('packages that are not left out may come and go', () => {
  writeTree(project, files('node_modules/a/lib', 500, '.js'));
  alarm();
  rmSync(join(project, 'node_modules'), { recursive: true });
  expect(alarm()).toBeUndefined();
  writeTree(project, files('node_modules/b/lib', 400, '.js'));
  expect(alarm()).toBeUndefined();
  // They are many, and hide no loss of what is not theirs.
  rmSync(join(project, 'src'), { recursive: true });
  expect(alarm()).toEqual({ kind: 'deleted', files: 50 });
});

test('the alarm for 10,000 deleted files comes with the first backup after', () => {
  writeTree(project, files('many', 10_000, '.txt'));
  alarm();
  rmSync(join(project, 'many'), { recursive: true });
  expect(alarm()).toEqual({ kind: 'deleted', files: 10_000 });
});
