import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { saveFile, typeText } from './helpers/editors.ts';
import { answerNotification, readNotifications, readStatusBar } from './helpers/messages.ts';
import { enterText, openFile, pick, quickInput, readPicks, readQuickInput, runCommand } from './helpers/quickInput.ts';
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
  await page.goto('about:blank');
  await expect.poll(() => readdirSync(join(disk, 'locks')), longer).toEqual([]);
  const file = join(root, 'wanted');
  writeFileSync(file, wanted);
  restic(disk, ['key', 'passwd', '--new-password-file', file], { password });
  password = wanted;
  await page.goto(address);
  await waitForExtension(page);
}

test('nobody is asked for a missing password while the editor starts', async () => {
  // Three seconds after its start the extension looks for snapshots of the folder; a question would be there then.
  await expect.poll(() => performance.now() - opened, longer).toBeGreaterThan(5_000);
  expect(await readQuickInput(page)).toMatchObject({ title: '' });
  expect(await status()).toContain('not backed up yet');
});

test('Backup Workspace asks for a missing password', async () => {
  await runCommand(page, 'Cairn: Backup Workspace');
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
