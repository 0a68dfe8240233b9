import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findCommit, findOperation, type GitOperation } from '../../../src/base/reflog.ts';
import { findGitFolder, findGitFolderAbove, findWorkTree } from '../../../src/triggers/gitFolder.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

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

/** What the reflogs say of what git does. */
function news(action: () => unknown): { readonly head: string; readonly stash: string } {
  const files = ['HEAD', 'refs/stash'].map((name) => join(folder, '.git/logs', name));
  const sizes = files.map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  action();
  const [head = '', stash = ''] = files.map((file, index) =>
    existsSync(file) ? readFileSync(file).subarray(sizes[index]).toString() : '',
  );
  return { head, stash };
}

function after(action: () => unknown): string | undefined {
  return findCommit(news(action).head)?.subject;
}

function operationOf(action: () => unknown): GitOperation | undefined {
  const { head, stash } = news(action);
  return findOperation(head, stash);
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

describe('is an operation:', () => {
  const write = () => appendFileSync(join(folder, 'f'), 'x');
  const conflict = (...args: string[]) => {
    git('checkout', '-q', 'side');
    commit('Against it');
    expect(() => git(...args)).toThrow();
  };
  test.each<[string, string, () => unknown]>([
    ['reset', 'git reset to HEAD~1', () => git('reset', '-q', '--hard', 'HEAD~1')],
    ['reset', 'git reset to HEAD', () => (write(), git('reset', '-q', '--hard'))],
    ['reset', 'git reset to side', () => git('reset', '-q', '--keep', 'side')],
    ['checkout', 'git checkout of side', () => git('checkout', '-q', 'side')],
    ['checkout', 'git checkout of side', () => git('switch', '-q', 'side')],
    ['checkout', 'git checkout of main', () => (write(), git('checkout', '-q', '-f', 'main'))],
    ['checkout', 'git checkout of HEAD~1', () => git('checkout', '-q', '--detach', 'HEAD~1')],
    ['merge', 'git merge of side', () => git('merge', '-q', '--no-edit', 'side')],
    ['rebase', 'git rebase onto side', () => git('rebase', '-q', 'side')],
    ['rebase', 'git rebase', () => (conflict('rebase', 'main'), git('rebase', '--abort'))],
    ['pull', 'git pull', () => git('pull', '-q', '--rebase', '.', 'side')],
    ['stash', 'git stash', () => (write(), git('stash', '-q'))],
    ['stash', 'git stash of my words', () => (write(), git('stash', 'push', '-q', '-m', 'my words'))],
    [
      'reset',
      'git stash, git reset to HEAD',
      () => (write(), git('stash', '-q'), write(), git('reset', '-q', '--hard')),
    ],
    [
      'checkout',
      'git reset to HEAD~1, git checkout of side',
      () => (git('reset', '-q', '--hard', 'HEAD~1'), git('checkout', '-q', 'side')),
    ],
    ['revert', 'git revert', () => git('revert', '--no-edit', 'HEAD')],
    ['cherry-pick', 'git cherry-pick', () => git('cherry-pick', 'side')],
  ])('%s: %s', (name, words, action) => {
    branchOff();
    const found = operationOf(action);
    if (words === 'git rebase') expect(found).toMatchObject({ name });
    else expect(found).toEqual({ name, words });
  });
  test.each<[string, () => unknown]>([
    ['committing', () => commit('One')],
    ['beginning a branch, with all that is not committed', () => (write(), git('checkout', '-q', '-b', 'new'))],
    ['nothing', () => {}],
  ])('not %s', (_, action) => {
    branchOff();
    expect(operationOf(action)).toBeUndefined();
  });
  test('what is told is short, and no news if it is old', () => {
    branchOff();
    const { head } = news(() => ['side', 'HEAD~1', 'main', 'main~1'].forEach((at) => git('checkout', '-q', at)));
    const words = 'git checkout of side, git checkout of HEAD~1, git checkout of main, …';
    expect(findOperation(head)?.words).toBe(words);
    expect(findOperation(head, '', Date.now() / 1000 + 60)).toBeUndefined();
  });
});

test('lines that are no reflog say nothing', () => {
  expect(findCommit('nonsense\n\ncommit: x')).toBeUndefined();
  expect(findOperation('nonsense\n\nreset: moving to HEAD', 'more of it')).toBeUndefined();
});

test('a worktree has its reflog elsewhere', async () => {
  const other = join(tempFolder(), 'other');
  git('worktree', 'add', '-q', other);
  const gitFolder = join(folder, '.git/worktrees/other');
  expect(await findGitFolder(other)).toBe(gitFolder);
  const log = () => readFileSync(join(gitFolder, 'logs/HEAD'), 'utf8');
  expect(findOperation(log())).toEqual({ name: 'worktree', words: 'git worktree add' });
  git('-C', other, 'checkout', '-q', '-f', 'other');
  expect(findOperation(log())?.words).toBe('git worktree add, git checkout of other');
  expect(await findWorkTree(gitFolder)).toBe(other);
  expect(await findWorkTree(join(folder, '.git'))).toBe(folder);
  expect(await findWorkTree(join(folder, '.git/worktrees/none'))).toBeUndefined();
  expect(await findGitFolderAbove(join(other, 'deep/er'))).toEqual({ root: other, gitFolder });
  expect(await findGitFolderAbove(folder)).toEqual({ root: folder, gitFolder: join(folder, '.git') });
  expect(await findGitFolderAbove(tempFolder())).toBeUndefined();
});
