/** Linked work trees of git are backed up after a look at all of the folder that they belong to. */
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { DeletedRow } from '../../../src/worker/engineProtocol/past.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

let client: EngineClient;
let folder: string;
let beside: string;

function git(...args: string[]): void {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
  execFileSync('git', ['-C', folder, ...identity, ...args], { stdio: 'pipe' });
}

beforeEach(() => {
  const home = tempFolder();
  useDataHome(join(home, 'data'));
  folder = join(home, 'project');
  beside = join(home, 'elsewhere/beside');
  writeTree(folder, { 'a.txt': 'a', '.gitignore': '*.o\n' });
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'First');
  git('worktree', 'add', '-q', '--detach', beside);
  writeTree(beside, { 'only here.txt': 'in no commit', 'ignored.o': 'x' });
  client = newEngineClient();
});
afterEach(() => client.close());

function backUp(scan: 'full' | 'journal', worktrees = true) {
  const source = sourceOf(folder);
  const how = { trigger: 'manual', programVersion: 'cairn test' } as const;
  return client.call('backup', { repository: {}, source, scan, worktrees, ...how });
}

async function countOf(path: string): Promise<number> {
  const { total } = await client.call('listSnapshots', { repository: {}, folder: path, limit: 10 });
  return total;
}

test('a look at everything backs them up, nothing less does, and what is gone stays', async () => {
  await backUp('full', false);
  await backUp('full');
  await expect.poll(() => countOf(beside), { timeout: 20_000 }).toBe(1);
  writeFileSync(join(beside, 'only here.txt'), 'changed');
  writeFileSync(join(folder, 'a.txt'), 'changed');
  await client.call('noteChanges', { folder, paths: [join(folder, 'a.txt')] });
  expect((await backUp('journal')).scan).toBe('journal');
  await backUp('full');
  await expect.poll(() => countOf(beside), { timeout: 20_000 }).toBe(2);
  git('worktree', 'remove', '--force', beside);
  await backUp('full');
  rmSync(join(folder, 'a.txt'));
  await backUp('full');
  expect(await countOf(beside)).toBe(2);
  const rows: DeletedRow[] = [];
  await client.call('deletedFiles', { repository: {}, folder, limit: 10 }, { onPart: (part) => rows.push(...part) });
  expect(rows[0]).toMatchObject({ path: beside, isWorktree: true, snapshot: { counts: { filesChanged: 1 } } });
  expect(rows.map(({ path }) => path)).toContain(join(folder, 'a.txt'));
});
