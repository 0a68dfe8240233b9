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
