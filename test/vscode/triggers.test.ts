import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { saveFile, typeText } from './helpers/editors.ts';
import { answerNotification, readNotifications, readStatusBar } from './helpers/messages.ts';
import { openFile, pick, quickInput, readPicks, runCommand } from './helpers/quickInput.ts';
import { openContainer } from './helpers/views.ts';
import { actUntil, appears } from './helpers/waiting.ts';
import { openWorkbench, type Workbench } from './helpers/workbench.ts';

const folder = join(tempFolder(), 'project');
const at = (path: string) => join(folder, path);
let workbench: Workbench;
let page: Page;

beforeAll(async () => {
  mkdirSync(at('src'), { recursive: true });
  writeFileSync(at('src/a.ts'), 'export const a = 1;\n');
  writeFileSync(at('notes.txt'), 'one\n');
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'First');
  workbench = await openWorkbench({
    folder,
    settings: { 'explorer.confirmDelete': false, 'files.enableTrash': false },
  });
  page = workbench.page;
  await openContainer(page, 'Cairn');
});
afterAll(() => workbench.close());

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' });
}

/** What the item of the status bar says to a reader. */
async function readStatus(): Promise<string | undefined> {
  return (await readStatusBar(page)).find((text) => text.startsWith('Cairn'));
}

/** What the snapshots say of themselves, oldest first: trigger and label. */
function readSnapshots(): string[] {
  return readTags().map((tags) => [tags[1]!, ...tags.filter((tag) => tag.startsWith('label-'))].join(' '));
}

/** Who changed things, as the snapshots say it, oldest first. */
function readActors(): string[] {
  return readTags().map((tags) => tags.find((tag) => tag.startsWith('actor-')) ?? 'nobody');
}

function readTags(): (readonly string[])[] {
  const data = join(workbench.home, '.local/share/cairn');
  const password = readFileSync(join(data, 'password'), 'utf8').trim();
  const listed = JSON.parse(restic(join(data, 'repository'), ['snapshots', '--json'], { password })) as {
    readonly tags: readonly string[];
  }[];
  return listed.map(({ tags }) => tags);
}

/** For what takes a while to be read. */
const slowly = { interval: 500 };

test('nothing happens by itself before the first backup', async () => {
  await expect.poll(readStatus, slowly).toBe('Cairn: this workspace was not backed up yet.');
  await openFile(page, 'notes.txt');
  await typeText(page, 'zero\n');
  await saveFile(page);
  await page.waitForTimeout(3000);
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect
    .poll(async () => (await readNotifications(page)).map(({ text }) => text).join())
    .toMatch(/^Cairn: Backed up to the new repository .* From now on every save and every git commit is a snapshot\.$/);
  expect(readSnapshots()).toEqual(['manual']);
  await expect.poll(readStatus).toMatch(/^Cairn: last backup (now|1 minute ago)\.$/);
  await workbench.screenshot('triggers-first');
});

test('a save is a snapshot', async () => {
  await typeText(page, 'minus one\n');
  await saveFile(page);
  await expect.poll(readSnapshots, slowly).toEqual(['manual', 'save']);
  await saveFile(page);
  await page.waitForTimeout(4000);
  expect(readSnapshots()).toEqual(['manual', 'save']);
});

test('a change by another program is a snapshot, and said to be from outside', async () => {
  execFileSync('sed', ['-i', 's/1/2/', at('src/a.ts')]);
  await expect.poll(readSnapshots, slowly).toEqual(['manual', 'save', 'outside']);
});

describe('a commit', () => {
  test('is a snapshot with its subject', async () => {
    git('commit', '-q', '-a', '-m', 'Say why');
    await expect.poll(readSnapshots, slowly).toEqual(['manual', 'save', 'outside', 'commit label-Say why']);
    expect(readActors()).toEqual(['nobody', 'actor-editor', 'actor-unknown', 'actor-git']);
  });

  test('is told from checking out and resetting', async () => {
    const before = readSnapshots();
    git('checkout', '-q', '-b', 'other');
    appendFileSync(at('notes.txt'), 'more\n');
    git('reset', '-q', '--hard', 'HEAD~1');
    await expect.poll(readSnapshots, slowly).toEqual([...before, 'outside label-git reset to HEAD~1']);
    expect(readTags().at(-1)).toEqual(expect.arrayContaining(['actor-git', 'git-reset']));
  });
});

test('a worktree in the workspace has its own reflog', async () => {
  const before = readSnapshots();
  git('worktree', 'add', '-q', 'tree', '-b', 'tree');
  await expect.poll(readSnapshots, slowly).toEqual([...before, 'outside label-git worktree add']);
  appendFileSync(at('tree/notes.txt'), 'more\n');
  execFileSync('git', ['reset', '-q', '--hard'], { cwd: at('tree') });
  await expect.poll(() => readSnapshots().at(-1), slowly).toBe('outside label-git reset to HEAD');
  git('worktree', 'remove', 'tree');
  await expect.poll(() => readSnapshots().at(-1), slowly).toBe('outside label-git worktree remove of tree');
});

test('a deletion in the editor has a snapshot before it, and one that says so', async () => {
  const before = readSnapshots();
  const deleted = 'save label-Deleted doomed.txt in the editor';
  writeFileSync(at('doomed.txt'), 'not yet in a snapshot\n');
  await openFile(page, 'doomed.txt');
  await runCommand(page, 'File: Reveal Active File in Explorer View');
  await page.keyboard.press('Delete');
  await expect.poll(readSnapshots, slowly).toContain(deleted);
  // The deletion has the first one made, unless that was done meanwhile because the file was new.
  const made = readSnapshots().slice(before.length);
  expect([made.at(-1), made.length > 1]).toEqual([deleted, true]);
  expect(['save', 'outside']).toEqual(expect.arrayContaining(made.slice(0, -1)));
  expect(readTags().at(-1)).toEqual(expect.arrayContaining(['actor-editor', 'editor-delete']));
  await openContainer(page, 'Cairn');
});

test('the status bar says what can be done', async () => {
  const item = page.locator('.statusbar-item[id*="cairn"]').first();
  await actUntil((timeout) => item.click({ timeout }), appears(quickInput(page)));
  await expect
    .poll(() => readPicks(page))
    .toEqual([
      'Back Up Now',
      'Back Up to…',
      'Show Snapshots',
      'Show Changes',
      'Restore Workspace…',
      'Pause Automatic Snapshots',
      'Show Log',
    ]);
  await workbench.screenshot('triggers-menu');
  await pick(page, 'Pause Automatic Snapshots');
  await expect.poll(readStatus).toMatch(/^Cairn: last backup .*\. Automatic snapshots are paused\.$/);
});

test('while paused there are no snapshots, and afterwards all that was missed', async () => {
  const before = readSnapshots();
  writeFileSync(at('missed.txt'), 'missed\n');
  git('add', '.');
  git('commit', '-q', '-m', 'Missed');
  await page.waitForTimeout(3000);
  expect(readSnapshots()).toEqual(before);
  await workbench.screenshot('triggers-paused');
  await runCommand(page, 'Cairn: Resume Automatic Snapshots');
  await expect.poll(readSnapshots, slowly).toEqual([...before, 'schedule']);
});

test('two windows on one folder make one snapshot', async () => {
  const storageState = await page.context().storageState();
  const other = await (await page.context().browser()!.newContext({ storageState })).newPage();
  await other.goto(page.url());
  await expect
    .poll(async () => (await readStatusBar(other)).filter((text) => text.startsWith('Cairn')).join(), slowly)
    .toMatch(/^Cairn: last backup /);
  const before = readSnapshots();
  git('commit', '-q', '--allow-empty', '-m', 'Seen twice');
  await expect.poll(readSnapshots, slowly).toEqual([...before, 'commit label-Seen twice']);
  writeFileSync(at('missed.txt'), 'seen twice\n');
  await expect.poll(readSnapshots, slowly).toHaveLength(before.length + 2);
  await page.waitForTimeout(12_000);
  expect(readSnapshots()).toHaveLength(before.length + 2);
  await other.close();
});

test('a target that is gone is told once, and works again when it is back', async () => {
  const repository = join(workbench.home, '.local/share/cairn/repository');
  renameSync(repository, `${repository}.away`);
  await runCommand(page, 'Notifications: Clear All Notifications');
  for (const text of ['A', 'B']) {
    await openFile(page, 'notes.txt');
    await typeText(page, text);
    await saveFile(page);
    await expect.poll(readStatus, slowly).toMatch(/^Cairn: backups fail\. /);
    await page.waitForTimeout(3000);
  }
  expect(await readNotifications(page)).toMatchObject([
    { text: expect.stringContaining('fail') as string, buttons: ['Retry', 'Show Log'] },
  ]);
  await workbench.screenshot('triggers-failing');
  renameSync(`${repository}.away`, repository);
  const before = readSnapshots();
  await answerNotification(page, 'fail', 'Retry');
  await expect.poll(readSnapshots, slowly).toEqual([...before, 'save']);
  await expect.poll(readStatus).toBe('Cairn: last backup now.');
});
