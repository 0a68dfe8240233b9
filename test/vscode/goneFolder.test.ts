import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeTree } from '../helpers/describeTree.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { answerDialog, readNotifications } from './helpers/messages.ts';
import { pick, readQuickInput, runCommand } from './helpers/quickInput.ts';
import { expandView, openContainer, readRows, readViewText, view } from './helpers/views.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

const folder = join(tempFolder(), 'project');
const home = tempFolder();
const userDataDir = tempFolder();
/** Snapshots are made as usual, but none at the start, which is not the same time after each. */
const settings = { ...noAutomatic, 'cairn.automatic.outsideChanges': true };
let workbench: Workbench;
let page: Page;

const state = () => describeTree(folder).map((line) => line.replace(/ \d{19} /, ' '));
const countSaved = () => readdirSync(join(home, '.local/share/cairn/repository/snapshots')).length;
const messages = async () => (await readNotifications(page)).map(({ text }) => text).join('\n');

async function open(): Promise<void> {
  workbench = await openWorkbench({ folder, home, userDataDir, settings });
  ({ page } = workbench);
  // The editor has something to say about that, too.
  if (!existsSync(folder)) await answerDialog(page, 'Cancel');
  await openContainer(page, 'Cairn');
  await expandView(page, 'Snapshots');
}

async function expectGone(snapshots: string): Promise<void> {
  await expect
    .poll(() => readViewText(page, 'Changes'))
    .toContain('The folder of this workspace is gone from the disk.');
  await expect.poll(() => readViewText(page, 'Changes')).toContain('Bring the Folder Back');
  await expect.poll(async () => (await readRows(page, 'Snapshots'))[0]?.description).toBe(snapshots);
}

/** Presses the button of the view Changes, and agrees to what it would do. */
async function bringBack(): Promise<void> {
  await view(page, 'Changes').locator('.monaco-button', { hasText: 'Bring the Folder Back' }).click();
  await expect.poll(async () => (await readQuickInput(page)).placeholder).toMatch(/^\d created$/);
  await workbench.screenshot('goneFolderPreview');
  await pick(page, 'Restore');
  await expect.poll(messages).toMatch(/Restored project: 4 restored/);
}

beforeAll(async () => {
  mkdirSync(join(folder, 'src/deep'), { recursive: true });
  for (const name of ['a.txt', 'src/b.ts', 'src/c.ts', 'src/deep/d.ts']) writeFileSync(join(folder, name), name);
  await open();
});
// The editor itself reports that the folder is missing as errors.
afterAll(() => workbench.close({ ignoreErrors: true }));

test('a folder that is removed under the editor is said to be gone, makes no snapshot, and comes back whole', async () => {
  const wanted = state();
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(async () => (await readRows(page, 'Snapshots'))[0]?.description).toBe('1');
  rmSync(folder, { recursive: true });
  await expectGone('1');
  await expect.poll(messages).toMatch(/The folder .* is gone from the disk, so nothing was backed up/);
  await workbench.screenshot('goneFolder');
  expect(countSaved()).toBe(1);
  await bringBack();
  expect(state()).toEqual(wanted);
  await expect.poll(() => readViewText(page, 'Changes')).toMatch(/^No changes since the snapshot of/);
  await expect.poll(() => readViewText(page, 'Changes')).not.toContain('Bring the Folder Back');
});

test('so it is in a window that is opened on the missing folder', async () => {
  const wanted = state();
  await workbench.close();
  rmSync(folder, { recursive: true });
  await open();
  await expectGone('1');
  await workbench.screenshot('goneFolderAtStart');
  await runCommand(page, 'Cairn: Restore Workspace…');
  await expect.poll(async () => (await readQuickInput(page)).placeholder).toMatch(/Choose a snapshot/);
  await page.keyboard.press('Escape');
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(messages).toMatch(/The folder .* is gone from the disk, so nothing was backed up/);
  expect(countSaved()).toBe(1);
  expect(existsSync(folder)).toBe(false);
  await runCommand(page, 'Notifications: Clear All Notifications');
  await bringBack();
  expect(state()).toEqual(wanted);
});
