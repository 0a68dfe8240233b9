import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { saveFile, typeText } from './helpers/editors.ts';
import { answerNotification, readNotifications, readStatusBar } from './helpers/messages.ts';
import { enterText, openFile, pick, quickInput, readPicks, readQuickInput, runCommand } from './helpers/quickInput.ts';
import { openContainer, readRows, readViewText, view } from './helpers/views.ts';
import { noAutomatic, openWorkbench, waitForExtension, type Workbench } from './helpers/workbench.ts';

const longer = { timeout: 20_000, interval: 300 };
const root = tempFolder();
const folder = join(root, 'project');
const notes = join(folder, 'notes.txt');
const disk = join(root, 'disk');
let password = TEST_PASSWORD;
let workbench: Workbench;
let page: Page;
let opened: number;

beforeAll(async () => {
  mkdirSync(folder);
  writeFileSync(notes, 'one\n');
  restic(disk, ['init', '-q']);
  const userDataDir = tempFolder();
  mkdirSync(join(userDataDir, 'data/Machine'), { recursive: true });
  const targets = [{ id: 'disk', name: 'Disk', kind: 'repository', location: disk }];
  const machine = { 'cairn.targets': targets, 'cairn.defaultTarget': 'disk' };
  writeFileSync(join(userDataDir, 'data/Machine/settings.json'), JSON.stringify(machine));
  const settings = { ...noAutomatic, 'cairn.automatic.onSave': true, 'cairn.automatic.quietTime': 0.5 };
  workbench = await openWorkbench({ folder, userDataDir, settings });
  page = workbench.page;
  opened = performance.now();
});
afterAll(() => workbench.close({ ignoreErrors: true }));

const status = async () => (await readStatusBar(page)).join('\n');
const countSnapshots = () =>
  (JSON.parse(restic(disk, ['snapshots', '--json', '--no-lock'], { password })) as unknown[]).length;

/** What a view says in place of its rows, where it lacks the password. */
const inNeed = ['The password of the target is missing or wrong.', 'Enter Password…'];
const readLines = async (title: string) => (await readViewText(page, title)).split('\n').filter(Boolean);
const listSnapshotRows = async () => (await readRows(page, 'Snapshots')).filter(({ level }) => level > 1);

/** Answers the question for the password, first with a wrong one. */
async function givePassword(): Promise<void> {
  await expect.poll(async () => (await readQuickInput(page)).title, longer).toBe('Password of Disk');
  await enterText(page, 'wrong');
  await expect.poll(async () => (await readQuickInput(page)).message, longer).toContain('Try 2 of 3');
  await enterText(page, password);
}

/**
 * The window is closed, another program gives the repository another password, and the window is opened again, which has
 * forgotten the password: in a browser, secrets last as long as the page.
 */
async function changePassword(wanted: string): Promise<void> {
  const address = page.url();
  // That there was a backup is in the state of the window, which the editor stores a moment later.
  await expect.poll(status, longer).toMatch(/now|min\. ago/);
  await page.waitForTimeout(1_000);
  await page.goto('about:blank');
  await expect.poll(() => readdirSync(join(disk, 'locks')), longer).toEqual([]);
  giveNewPassword(wanted);
  await page.goto(address);
  await waitForExtension(page);
}

function giveNewPassword(wanted: string, location = disk): void {
  const file = join(root, 'wanted');
  writeFileSync(file, wanted);
  restic(location, ['key', 'passwd', '--new-password-file', file], { password });
  password = wanted;
}

/** The same, but the window stays open and has the old password: a disk is away, and comes back with another. */
async function makeStoredPasswordWrong(wanted: string): Promise<void> {
  const away = join(root, 'away');
  renameSync(disk, away);
  await runCommand(page, 'Notifications: Clear All Notifications');
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(async () => (await readNotifications(page)).length, longer).toBe(1);
  // The window may hold one for a while after its last use.
  for (const name of readdirSync(join(away, 'locks'))) rmSync(join(away, 'locks', name));
  giveNewPassword(wanted, away);
  renameSync(away, disk);
  await runCommand(page, 'Notifications: Clear All Notifications');
}

test('nobody is asked for a missing password while the editor starts', async () => {
  // Three seconds after its start the extension looks for snapshots of the folder; a question would be there then.
  await expect.poll(() => performance.now() - opened, longer).toBeGreaterThan(5_000);
  expect(await readQuickInput(page)).toMatchObject({ title: '' });
  expect(await status()).toContain('not backed up yet');
});

test('Back Up Workspace asks for a missing password', async () => {
  await runCommand(page, 'Cairn: Back Up Workspace');
  await givePassword();
  await expect.poll(countSnapshots, longer).toBe(1);
});

test('automatic snapshots that lack the password ask for it at a button, and go on', async () => {
  await changePassword('another password');
  await runCommand(page, 'Notifications: Clear All Notifications');
  await openFile(page, 'notes.txt');
  await typeText(page, 'more ');
  await saveFile(page);
  await expect
    .poll(() => readNotifications(page), longer)
    .toEqual([
      {
        text: expect.stringContaining('Automatic snapshots to Disk fail.') as string,
        buttons: ['Enter Password…', 'Edit Target…', 'Show Log'],
      },
    ]);
  expect(await readQuickInput(page)).toMatchObject({ title: '' });
  await page.locator('.statusbar-item .codicon-bell, .statusbar-item .codicon-bell-dot').first().click();
  await workbench.screenshot('passwordNotice');
  await answerNotification(page, 'Automatic snapshots', 'Enter Password…');
  await givePassword();
  await expect.poll(countSnapshots, longer).toBe(2);
  await expect.poll(status, longer).not.toContain('backups fail');
});

test('restoring and comparing ask for the password that they lack', async () => {
  await changePassword('a third password');
  writeFileSync(notes, 'lost\n');
  await runCommand(page, 'Cairn: Restore Workspace…');
  await givePassword();
  await expect.poll(async () => (await readPicks(page)).length, longer).toBeGreaterThan(1);
  await workbench.screenshot('passwordRestore');
  await quickInput(page).locator('.monaco-list-row').first().click();
  await expect.poll(async () => (await readQuickInput(page)).placeholder, longer).toMatch(/^1 overwritten/);
  await pick(page, 'Restore');
  await expect.poll(() => readFileSync(notes, 'utf8'), longer).toBe('more one\n');

  await changePassword('a fourth password');
  await runCommand(page, 'Cairn: Compare with Snapshot…');
  await givePassword();
  await expect.poll(async () => (await readPicks(page)).length, longer).toBeGreaterThan(1);
  await workbench.screenshot('passwordCompare');
  await page.keyboard.press('Escape');
});

test('views that are shown at a start say that the password is missing, and ask for it at a button', async () => {
  await changePassword('a fifth password');
  await openContainer(page, 'Cairn');
  await expect.poll(() => readLines('Snapshots'), longer).toEqual(inNeed);
  await expect.poll(() => readLines('Changes'), longer).toEqual(inNeed);
  await workbench.screenshot('passwordViews');
  expect(await readQuickInput(page)).toMatchObject({ title: '' });
  await view(page, 'Snapshots').getByRole('button', { name: 'Enter Password…' }).click();
  await givePassword();
  await expect.poll(async () => (await listSnapshotRows()).length, longer).toBe(countSnapshots());
  await expect.poll(() => readLines('Changes'), longer).not.toEqual(inNeed);
});

test('a stored password that is wrong by now is asked for again', async () => {
  await makeStoredPasswordWrong('a sixth password');
  await runCommand(page, 'Cairn: Refresh Snapshots');
  await expect.poll(() => readLines('Snapshots'), longer).toEqual(inNeed);
  await workbench.screenshot('passwordWrong');
  expect(await readQuickInput(page)).toMatchObject({ title: '' });
  await runCommand(page, 'Cairn: Enter Password…');
  await givePassword();
  await expect.poll(async () => (await listSnapshotRows()).length, longer).toBe(countSnapshots());

  await makeStoredPasswordWrong('a seventh password');
  const before = countSnapshots();
  writeFileSync(notes, 'again\n');
  await runCommand(page, 'Cairn: Back Up Workspace');
  await givePassword();
  await expect.poll(countSnapshots, longer).toBe(before + 1);

  await makeStoredPasswordWrong('an eighth password');
  await openFile(page, 'notes.txt');
  await typeText(page, 'and ');
  await saveFile(page);
  await expect
    .poll(() => readNotifications(page), longer)
    .toMatchObject([{ buttons: ['Enter Password…', 'Edit Target…', 'Show Log'] }]);
  await answerNotification(page, 'Automatic snapshots', 'Enter Password…');
  await givePassword();
  await expect.poll(countSnapshots, longer).toBe(before + 2);
});
