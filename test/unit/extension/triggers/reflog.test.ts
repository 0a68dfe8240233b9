import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findGitFolder, findGitFolderAbove } from '../../../../src/extension/triggers/gitFolder.ts';
import { findCommit } from '../../../../src/extension/triggers/reflog.ts';
import { tempFolder } from '../../../helpers/tempFolder.ts';

let folder: string;

beforeEach(() => {
  folder = tempFolder();
  git('init', '-q', '-b', 'main');
  writeFileSync(join(folder, 'f'), 'one\n');
  git('add', '.');
  git('commit', '-q', '-m', 'First', '-m', 'And more.');
});

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=A <b>', '-c', 'user.email=a@example.org', '-c', 'core.editor=true'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function commit(subject: string): void {
  appendFileSync(join(folder, 'f'), `${subject}\n`);
  git('commit', '-q', '-a', '-m', subject);
}

/** What the reflog says of what git does. */
function after(action: () => unknown): string | undefined {
  const file = join(folder, '.git/logs/HEAD');
  const { size } = statSync(file);
  action();
  return findCommit(readFileSync(file).subarray(size).toString())?.subject;
}

/** Leaves a branch with a commit of its own beside that of main. */
function branchOff(): void {
  git('checkout', '-q', '-b', 'side');
  writeFileSync(join(folder, 'g'), 'g\n');
  git('add', '.');
  git('commit', '-q', '-m', 'Beside');
  git('checkout', '-q', 'main');
  commit('Onwards');
}

test('the first commit of a repository', () => {
  const log = readFileSync(join(folder, '.git/logs/HEAD'), 'utf8');
  expect(findCommit(log)).toEqual({ id: git('rev-parse', 'HEAD').slice(0, 7), subject: 'First' });
  expect(findCommit(log, Date.now() / 1000 - 60)).toBeDefined();
  expect(findCommit(log, Date.now() / 1000 + 60)).toBeUndefined();
});

describe('is a commit:', () => {
  test.each<[string, string, () => unknown]>([
    ['one', 'Say why: tab and > and 2 +0', () => commit('Say why: tab and > and 2 +0')],
    ['the last of several', 'B', () => ['A', 'B'].forEach(commit)],
    ['one that is amended', 'Better', () => git('commit', '-q', '--amend', '-m', 'Better')],
    ['one on a new branch', 'New', () => (git('checkout', '-q', '-b', 'new'), commit('New'))],
    ['one that gets a branch', 'New', () => (commit('New'), git('checkout', '-q', '-b', 'new'))],
    ['one that is taken from elsewhere', 'Beside', () => git('cherry-pick', 'side')],
    ['one that takes another back', 'Revert "Onwards"', () => git('revert', '--no-edit', 'HEAD')],
    [
      'a merge that a person ended',
      'Joined',
      () => (git('merge', '-q', '--no-commit', '--no-ff', 'side'), git('commit', '-q', '-m', 'Joined')),
    ],
  ])('%s', (_, subject, action) => {
    branchOff();
    expect(after(action)).toBe(subject);
  });
});

describe('is none:', () => {
  test.each<[string, () => unknown]>([
    ['checking out', () => git('checkout', '-q', 'side')],
    ['resetting', () => git('reset', '-q', '--hard', 'HEAD~1')],
    ['committing and going elsewhere', () => (commit('Lost'), git('checkout', '-q', 'side'))],
    ['committing and resetting', () => (commit('Lost'), git('reset', '-q', '--hard', 'HEAD~1'))],
    ['merging', () => git('merge', '-q', '--no-edit', 'side')],
    ['rebasing', () => git('rebase', '-q', 'side')],
    ['pulling', () => git('pull', '-q', '--rebase', '.', 'side')],
    ['stashing', () => (appendFileSync(join(folder, 'f'), 'x'), git('stash', '-q'))],
    ['nothing', () => {}],
  ])('%s', (_, action) => {
    branchOff();
    expect(after(action)).toBeUndefined();
  });
});

test('lines that are no reflog say nothing', () => {
  expect(findCommit('nonsense\n\ncommit: x')).toBeUndefined();
});

test('a worktree has its reflog elsewhere', async () => {
  const other = join(tempFolder(), 'other');
  git('worktree', 'add', '-q', other);
  const gitFolder = join(folder, '.git/worktrees/other');
  expect(await findGitFolder(other)).toBe(gitFolder);
  expect(readFileSync(join(gitFolder, 'logs/HEAD'), 'utf8')).toContain('\n');
  expect(await findGitFolderAbove(join(other, 'deep/er'))).toEqual({ root: other, gitFolder });
  expect(await findGitFolderAbove(folder)).toEqual({ root: folder, gitFolder: join(folder, '.git') });
  expect(await findGitFolderAbove(tempFolder())).toBeUndefined();
});
