import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readDiff } from './helpers/editors.ts';
import {
  acceptMenu,
  acceptPick,
  goToRow,
  pressChord,
  typeCommand,
  waitForFocus,
  watchMouse,
} from './helpers/keyboard.ts';
import { readPicks, readQuickInput } from './helpers/quickInput.ts';
import { readRows } from './helpers/views.ts';
import { noAutomatic, openWorkbench } from './helpers/workbench.ts';

test('backing up, browsing, comparing and restoring need no mouse', async () => {
  const folder = tempFolder();
  const file = join(folder, 'notes.txt');
  const read = () => readFileSync(file, 'utf8');
  writeFileSync(file, 'one\n');
  const workbench = await openWorkbench({ folder, settings: noAutomatic });
  const { page } = workbench;
  const wasMouseUsed = await watchMouse(page);
  await page.locator('.statusbar-item[id*="cairn"]').first().waitFor();

  const snapshots = async () => (await readRows(page, 'Snapshots')).filter(({ level }) => level === 2).length;
  await typeCommand(page, 'Cairn: Focus on Snapshots View');
  await typeCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(snapshots, { timeout: 20_000 }).toBe(1);
  writeFileSync(file, 'two\n');
  await pressChord(page, 'b');
  await expect.poll(snapshots, { timeout: 20_000 }).toBe(2);

  await typeCommand(page, 'Cairn: Focus on Snapshots View');
  await goToRow(page, 'Snapshots', 'Today');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowRight');
  await expect
    .poll(async () => (await readRows(page, 'Snapshots')).map(({ label }) => label))
    .toEqual(expect.arrayContaining(['notes.txt', 'All Files']));
  await goToRow(page, 'Snapshots', 'notes.txt');
  await workbench.screenshot('keyboardRow');
  await page.keyboard.press('Enter');
  await expect.poll(() => readDiff(page)).toEqual({ original: 'one\n', modified: 'two\n' });
  await workbench.screenshot('keyboardDiff');

  writeFileSync(file, 'three\n');
  await typeCommand(page, 'Go to File...');
  await page.keyboard.type('notes.txt');
  await expect.poll(() => readPicks(page)).toContain('notes.txt');
  await page.keyboard.press('Enter');
  await page.locator('.editor-group-container.active .monaco-editor.focused[data-uri$="/notes.txt"]').waitFor();
  await pressChord(page, 'l');
  await expect.poll(() => readDiff(page)).toEqual({ original: 'two\n', modified: 'three\n' });
  await pressChord(page, 'h');
  await waitForFocus(page, 'File History');
  await expect.poll(async () => (await readRows(page, 'File History')).length).toBe(3);
  await typeCommand(page, 'Cairn: Focus on Snapshots View');
  await goToRow(page, 'Snapshots', 'notes.txt');
  await page.keyboard.press('Shift+F10');
  await workbench.screenshot('keyboardMenu');
  await acceptMenu(page, 'Restore File…');
  await expect.poll(async () => (await readQuickInput(page)).placeholder).toMatch(/^1 overwritten/);
  await workbench.screenshot('keyboardPreview');
  await acceptPick(page, 'Restore');
  await expect.poll(read, { timeout: 20_000 }).toBe('two\n');

  writeFileSync(file, 'four\n');
  await typeCommand(page, 'Cairn: Restore Workspace…');
  await expect.poll(async () => (await readQuickInput(page)).placeholder).toMatch(/Choose a/);
  await expect.poll(async () => (await readPicks(page)).length).toBeGreaterThan(2);
  // From the first around to the oldest.
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await readQuickInput(page)).placeholder).toMatch(/^1 overwritten/);
  await acceptPick(page, 'Restore');
  await expect.poll(read, { timeout: 20_000 }).toBe('one\n');
  expect(await wasMouseUsed()).toBe(false);
  await workbench.screenshot('keyboardEnd');
  await workbench.close();
}, 120_000);
