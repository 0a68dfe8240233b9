/** Linked work trees of a git repository are protected once that is, wherever they lie. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { findLinkedWorktree } from '../../../src/workspace/gitRepository.ts';
import { commandLine } from '../../helpers/cairn.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { createWorld } from './world.ts';

const world = createWorld();
const project = join(world.root, 'project');
const elsewhere = join(world.root, 'elsewhere/tree');
const inside = join(project, '.worktrees/tree');

function git(...args: string[]): void {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
  execFileSync('git', [...identity, ...args], { cwd: project, stdio: 'pipe' });
}

/** What an agent at work in a folder tells its hook. */
function hook(cwd: string, hook_event_name: string): void {
  const input = JSON.stringify({ session_id: 's1', transcript_path: '/t', cwd, hook_event_name });
  const options = { cwd: world.root, env: { ...process.env, ...world.env }, input, encoding: 'utf8' } as const;
  expect(spawnSync(process.execPath, [commandLine, 'hook', 'claude'], options).status).toBe(0);
}
const snapshotsOf = (path: string) => world.json(['snapshots', '--path', path]);

beforeAll(() => {
  writeTree(project, { 'src/a.txt': 'a', '.gitignore': '.worktrees\n*.o\n' });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'First');
  world.json(['backup', 'project', '--use-ignore-files']);
  for (const path of [elsewhere, inside]) {
    git('worktree', 'add', '-q', '--detach', path);
    writeTree(path, { 'only here.txt': 'in no commit', 'ignored.o': 'x' });
  }
});

test.each([
  ['elsewhere', elsewhere],
  ['in a folder that is left out', inside],
])('one that is %s is backed up for an agent, comes back when it is removed, and is listed', async (_, path) => {
  // On a busy machine a hook may give up before it has begun, and the next one does it.
  const hear = () => (hook(join(path, 'src'), 'UserPromptSubmit'), snapshotsOf(path).length);
  await expect.poll(hear, { interval: 2000 }).toBe(1);
  expect(world.run(['ls', 'latest', '--path', path]).stdout).not.toContain('ignored.o');
  expect(world.run(['deleted', 'project']).stdout).not.toContain(`the worktree ${path} `);
  git('worktree', 'remove', '--force', path);
  expect(world.run(['deleted', 'project']).stdout).toContain(`\nthe worktree ${path} is gone: "cairn restore latest `);
  expect(world.json(['deleted', 'project'])).toContainEqual({ message_type: 'deleted_worktree', path });
  expect(world.run(['deleted', path]).stdout).toContain(join(path, 'only here.txt'));
  expect(world.run(['restore', 'latest', '--path', path, '--in-place']).status).toBe(0);
  expect(readFileSync(join(path, 'only here.txt'), 'utf8')).toBe('in no commit');
  expect(world.json(['deleted', 'project']).map(({ path: each }) => each)).not.toContain(path);
  rmSync(path, { recursive: true });
});

test('those of a repository that is backed up by hand are backed up along with it, each by itself', () => {
  const own = join(world.root, 'own');
  const paths = ['one', 'two', 'three'].map((name) => join(world.root, `beside/${name}`));
  const [one, two, three] = paths as [string, string, string];
  writeTree(own, { 'a.txt': 'a', '.gitignore': '*.o\n' });
  const ownGit = (...args: string[]) => git('-C', own, ...args);
  ownGit('init', '-q', '-b', 'main');
  ownGit('add', '.');
  ownGit('commit', '-q', '-m', 'First');
  for (const path of paths) {
    ownGit('worktree', 'add', '-q', '--detach', path);
    writeTree(path, { 'only here.txt': path, 'ignored.o': 'x' });
  }
  const backUp = (...options: string[]) => {
    const lines = world.json(['backup', own, '--use-ignore-files', ...options]);
    expect(lines.at(-1)).toMatchObject({ message_type: 'summary' });
    return lines.filter(({ message_type }) => message_type === 'worktree');
  };
  expect(backUp('--no-worktrees')).toEqual([]);
  expect(backUp('--dry-run').map(({ path }) => path)).toEqual([one, three, two]);
  expect(world.json(['deleted', own])).toEqual([]);
  expect(backUp()).toMatchObject([one, three, two].map((path) => ({ path, files_new: 4 })));
  // The same once more makes no snapshot of them.
  expect(backUp().some(({ snapshot_id }) => snapshot_id !== undefined)).toBe(false);
  writeFileSync(join(two, 'only here.txt'), 'changed');
  expect(backUp()[2]).toMatchObject({ path: two, files_new: 0, files_changed: 1 });
  expect(world.run(['ls', 'latest', '--path', own]).stdout).not.toContain('only here');
  ownGit('worktree', 'remove', '--force', one);
  rmSync(two, { recursive: true });
  expect(backUp().map(({ path }) => path)).toEqual([three]);
  const gone = world.json(['deleted', own]).filter(({ message_type }) => message_type === 'deleted_worktree');
  expect(gone.map(({ path }) => path).sort()).toEqual([one, two]);
  expect(world.run(['restore', 'latest', '--path', two, '--in-place']).status).toBe(0);
  expect(readFileSync(join(two, 'only here.txt'), 'utf8')).toBe('changed');
  // One that a person backs up goes by what that person said.
  world.json(['backup', three]);
  expect(backUp().map(({ path }) => path)).toEqual([two]);
});

test('a folder that only says so is no work tree', () => {
  const path = join(world.root, 'claims');
  mkdirSync(path);
  const real = join(world.root, 'real');
  git('worktree', 'add', '-q', '--detach', real);
  writeFileSync(join(path, '.git'), readFileSync(join(real, '.git')));
  expect(findLinkedWorktree(join(real, 'src'))).toEqual({ top: real, main: project });
  expect(findLinkedWorktree(path)).toBeUndefined();
  expect(findLinkedWorktree(join(project, 'src'))).toBeUndefined();
});
