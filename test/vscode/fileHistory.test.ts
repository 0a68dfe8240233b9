import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readDiff, readEditor, readTabs, saveFile, typeText } from './helpers/editors.ts';
import { answerNotification, readNotifications } from './helpers/messages.ts';
import {
  acceptInput,
  openFile,
  pick,
  readPicks,
  readQuickInput,
  runCommand,
  typeFilter,
} from './helpers/quickInput.ts';
import {
  chooseFromMenu,
  clickInlineAction,
  clickViewAction,
  expandElement,
  expandView,
  openContainer,
  readRows,
  readViewText,
  row,
  view,
} from './helpers/views.ts';
import { pollUntil } from './helpers/waiting.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

const VIEW = 'File History';

const folder = tempFolder();
let workbench: Workbench;

beforeAll(async () => {
  mkdirSync(join(folder, 'src'));
  workbench = await openWorkbench({ folder, settings: noAutomatic });
  const { page } = workbench;
  await openContainer(page, 'Cairn');
  await expandView(page, VIEW);
  for (const text of ['one\n', 'two\n', undefined, 'three\n']) {
    const file = join(folder, 'src/a.txt');
    if (text === undefined) rmSync(file);
    else writeFileSync(file, text);
    writeFileSync(join(folder, 'b.txt'), String(text));
    if (text === 'one\n') writeFileSync(join(folder, 'src/gone-notes.md'), text);
    else rmSync(join(folder, 'src/gone-notes.md'), { force: true });
    const seen = (await readRows(page, 'Snapshots')).length;
    await runCommand(page, 'Cairn: Back Up Workspace');
    await pollUntil(
      async () => (await readRows(page, 'Snapshots')).length,
      (count) => count > seen,
    );
  }
});
afterAll(() => workbench.close());

const rows = () => readRows(workbench.page, VIEW);
const descriptions = async () => (await rows()).map(({ description }) => description);
const version = (at: number) => view(workbench.page, VIEW).locator('.monaco-list-row').nth(at);

test('without an editor, a file is found by some letters of its name, also one that is deleted', async () => {
  const { page } = workbench;
  await expect.poll(() => readViewText(page, VIEW)).toContain('Open a file of the workspace');
  await runCommand(page, 'Cairn: Show File History');
  await expect.poll(() => readPicks(page)).toEqual(['b.txt', 'a.txt', 'gone-notes.md']);
  await typeFilter(page, 'gnts');
  await expect.poll(() => readPicks(page)).toEqual(['gone-notes.md']);
  await workbench.screenshot('fileHistory-byName');
  await pick(page, 'gone-notes.md');
  await expect.poll(descriptions).toEqual(['deleted · manual', 'added · 4 bytes · manual']);
});

test('follows the active editor', async () => {
  const { page } = workbench;
  await openFile(page, 'src/a.txt');
  await expect
    .poll(descriptions)
    .toEqual([
      'added · 6 bytes · manual',
      'deleted · manual',
      'modified · 4 bytes · manual',
      'added · 4 bytes · manual',
    ]);
  await workbench.screenshot('fileHistory');
  await openFile(page, 'b.txt');
  await expect.poll(descriptions).toHaveLength(4);
  await expect.poll(async () => (await descriptions())[0]).toBe('modified · 6 bytes · manual');
});

test('shows what became of the file from version to version, and since', async () => {
  const { page } = workbench;
  await openFile(page, 'src/a.txt');
  await expect.poll(async () => (await descriptions())[1]).toBe('deleted · manual');
  await version(2).click();
  await expect.poll(() => readDiff(page)).toEqual({ original: 'one\n', modified: 'two\n' });
  await workbench.screenshot('fileHistory-diff');
  await version(1).click();
  await expect.poll(() => readDiff(page)).toEqual({ original: 'two\n', modified: '' });
  await clickInlineAction(page, version(3), 'Compare with Current');
  await expect.poll(() => readDiff(page)).toEqual({ original: 'one\n', modified: 'three\n' });
  await chooseFromMenu(page, version(3), 'Open This Version');
  await expect.poll(() => readEditor(page)).toBe('one\n');
});

test('tells of what no snapshot has yet', async () => {
  const { page } = workbench;
  await openFile(page, 'src/a.txt');
  await typeText(page, 'zero\n');
  await expect.poll(async () => (await rows())[0]).toMatchObject({ label: 'Current', description: 'unsaved changes' });
  await saveFile(page);
  await expect
    .poll(async () => (await rows())[0])
    .toMatchObject({ label: 'Current', description: 'not in a snapshot yet' });
  await row(page, VIEW, 'Current').click();
  await expect.poll(() => readDiff(page)).toEqual({ original: 'three\n', modified: 'zero\nthree\n' });
  await workbench.screenshot('fileHistory-current');
});

test('stays with a file, if told so', async () => {
  const { page } = workbench;
  await clickViewAction(page, VIEW, 'Stay with This File');
  await openFile(page, 'b.txt');
  await page.waitForTimeout(1_000);
  await expect.poll(async () => (await rows())[0]).toMatchObject({ label: 'Current' });
  await clickViewAction(page, VIEW, 'Follow the Active Editor');
  await expect.poll(async () => (await descriptions())[0]).toBe('modified · 6 bytes · manual');
});

test('so it is restored, when no editor is open', async () => {
  const { page } = workbench;
  await runCommand(page, 'View: Close All Editors');
  await runCommand(page, 'Cairn: Restore File…');
  await typeFilter(page, 'notes');
  await pick(page, 'gone-notes.md');
  await expect.poll(async () => (await readQuickInput(page)).title).toBe('Restore gone-notes.md to');
  await acceptInput(page);
  await expect.poll(async () => (await readQuickInput(page)).placeholder).toBe('1 created');
  await pick(page, 'Restore');
  await expect.poll(() => existsSync(join(folder, 'src/gone-notes.md'))).toBe(true);
});

test('stays at its file after a restore, which offers to open it', async () => {
  const { page } = workbench;
  rmSync(join(folder, 'src/gone-notes.md'));
  await openFile(page, 'b.txt');
  const head = () => view(page, VIEW).locator('> .pane-header').innerText();
  await expect.poll(head).toContain('b.txt');
  await expandElement(view(page, 'Snapshots').locator('.monaco-list-row[aria-level="2"]').last());
  await chooseFromMenu(page, row(page, 'Snapshots', 'gone-notes.md'), 'Show File History');
  await expect.poll(head).toContain('gone-notes.md');
  await expect.poll(async () => (await descriptions()).at(-1)).toMatch(/^added/);
  await runCommand(page, 'Notifications: Clear All Notifications');
  await clickInlineAction(page, view(page, VIEW).locator('.monaco-list-row').last(), 'Restore File…');
  await pick(page, 'Restore');
  await expect.poll(() => existsSync(join(folder, 'src/gone-notes.md'))).toBe(true);
  await expect.poll(async () => (await readNotifications(page)).at(-1)?.buttons).toContain('Open');
  await page.waitForTimeout(1_500);
  expect(await head()).toContain('gone-notes.md');
  await workbench.screenshot('fileHistory-restored');
  await answerNotification(page, 'Restored gone-notes.md', 'Open');
  await expect.poll(() => readTabs(page)).toContain('gone-notes.md');
});
