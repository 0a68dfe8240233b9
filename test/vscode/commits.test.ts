import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { runCommand } from './helpers/quickInput.ts';
import { openWorkbench } from './helpers/workbench.ts';

function git(cwd: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org', '-c', 'protocol.file.allow=always'];
  return execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8', stdio: 'pipe' });
}

/** A repository with a worktree beside it; both have a file. */
function createRepository(): { readonly main: string; readonly worktree: string } {
  const main = join(tempFolder(), 'main');
  mkdirSync(join(main, 'deep'), { recursive: true });
  writeFileSync(join(main, 'deep/a.txt'), 'a\n');
  git(main, 'init', '-q', '-b', 'main');
  git(main, 'add', '.');
  git(main, 'commit', '-q', '-m', 'First');
  const worktree = join(tempFolder(), 'worktree');
  git(main, 'worktree', 'add', '-q', worktree);
  return { main, worktree };
}

test.each([
  ['without the git extension', { 'git.enabled': false }, 'main'],
  ['without events from .git', { 'files.watcherExclude': { '**/.git/**': true } }, 'main'],
  ['in a worktree without the git extension', { 'git.enabled': false }, 'worktree'],
] as const)('a commit %s is a snapshot', async (_, settings, place) => {
  const repository = createRepository();
  const workbench = await openWorkbench({
    folder: repository[place],
    settings: { ...settings, 'cairn.automatic.outsideChanges': false, 'cairn.automatic.worktrees': false },
  });
  const data = join(workbench.home, '.local/share/cairn');
  const readTags = () => {
    const password = readFileSync(join(data, 'password'), 'utf8').trim();
    const json = restic(join(data, 'repository'), ['snapshots', '--json'], { password });
    return (JSON.parse(json) as { tags: string[] }[]).map(({ tags }) => tags.join(' '));
  };
  await runCommand(workbench.page, 'Cairn: Back Up Workspace');
  await expect.poll(readTags, { interval: 500 }).toHaveLength(1);
  git(repository[place], 'commit', '-q', '--allow-empty', '-m', 'Say why');
  const id = git(repository[place], 'rev-parse', 'HEAD').slice(0, 7);
  await expect
    .poll(() => readTags().join('\n'), { interval: 500 })
    .toMatch(new RegExp(`^cairn commit commit-${id} workspace-[0-9a-f]+ label-Say why actor-git git-commit$`, 'm'));
  await workbench.close();
});
