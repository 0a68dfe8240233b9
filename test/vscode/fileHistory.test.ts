import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readDiff, readEditor, saveFile, typeText } from './helpers/editors.ts';
import { openFile, runCommand } from './helpers/quickInput.ts';
import {
  chooseFromMenu,
  clickInlineAction,
  clickViewAction,
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

test('follows the active editor', async () => {
  const { page } = workbench;
  await expect.poll(() => readViewText(page, VIEW)).toContain('Open a file of the workspace');
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
