import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readDiff, readMultiDiff, readTabs, saveFile, typeText } from './helpers/editors.ts';
import { readNotifications } from './helpers/messages.ts';
import { acceptInput, openFile, readPicks, runCommand } from './helpers/quickInput.ts';
import {
  chooseFromMenu,
  clickInlineAction,
  clickViewAction,
  openContainer,
  readRows,
  readViewText,
  row,
  view,
} from './helpers/views.ts';
import { openWorkbench, type Workbench } from './helpers/workbench.ts';

/** The smallest pictures there are, of two colours. */
const pictures = ['/58BAwAI/AL+hc2rNAAAAABJRU5ErkJggg==', 'Nk+A8AAQUBAScY42YAAAAASUVORK5CYII='].map((end, at) =>
  Buffer.from(
    `iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4${at === 0 ? 'nGP4z8Dw' : '2m'}${end}`,
    'base64',
  ),
);

const notebook = (text: string) =>
  JSON.stringify({
    cells: [{ cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: [text] }],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  });

const folder = join(tempFolder(), 'project');
const at = (path: string) => join(folder, path);
let workbench: Workbench;
let page: Page;

beforeAll(async () => {
  mkdirSync(at('src/deep/er'), { recursive: true });
  writeFileSync(at('src/a.ts'), 'export const a = 1;\n');
  writeFileSync(at('src/deep/er/b.ts'), 'export const b = 1;\n');
  writeFileSync(at('gone.txt'), 'was here\n');
  writeFileSync(at('old #1 100%.md'), '# Title\n\nIt keeps its content.\n');
  writeFileSync(at('picture.png'), pictures[0]!);
  writeFileSync(at('book.ipynb'), notebook('print(1)'));
  // Without snapshots of their own accord, after which nothing differs any more.
  const settings = { 'cairn.automatic.onSave': false, 'cairn.automatic.outsideChanges': false };
  workbench = await openWorkbench({ folder, settings });
  page = workbench.page;
  await openContainer(page, 'Cairn');
});
afterAll(() => workbench.close());

/** Letters of the rows, as people see them beside the names. */
async function readLetters(): Promise<string[]> {
  const rows = view(page, 'Changes').locator('.monaco-list-row');
  return Promise.all(
    (await rows.all()).map(async (element) => {
      const label = await element.locator('.label-name').textContent();
      const letter = await element.locator('.monaco-icon-label').first().evaluate(badgeOf);
      return `${letter} ${label}`;
    }),
  );
}

/** The badge is drawn by the style sheet. */
function badgeOf(element: unknown): string {
  const page = globalThis as unknown as {
    getComputedStyle(element: unknown, part: string): { readonly content: string };
  };
  return page.getComputedStyle(element, '::after').content.replaceAll('"', '');
}

/** The widths of the pictures that are shown, in pixels of their own. */
async function readPictures(): Promise<number[]> {
  const images = await Promise.all(page.frames().map((frame) => frame.locator('img').all()));
  const widths = images
    .flat()
    .map((image) => image.evaluate((element) => (element as { naturalWidth: number }).naturalWidth));
  // The window has an empty one of its own.
  return (await Promise.all(widths)).filter((width) => width > 0);
}

test('without a snapshot there is a button for the first; then nothing differs', async () => {
  await expect.poll(() => readViewText(page, 'Changes')).toContain('Nothing has been backed up yet.');
  await runCommand(page, 'Cairn: Backup Workspace');
  await expect.poll(() => readViewText(page, 'Changes')).toMatch(/^No changes since the Snapshot .+\.$/);
  await runCommand(page, 'Notifications: Clear All Notifications');
});

test('what was saved, changed by other programs, added, deleted and renamed is listed', async () => {
  await openFile(page, 'a.ts');
  await typeText(page, 'let x;\n');
  await saveFile(page);
  await expect.poll(() => readRows(page, 'Changes')).toMatchObject([{ label: 'a.ts', description: 'src' }]);

  execFileSync('sed', ['-i', 's/b = 1/b = 2/', at('src/deep/er/b.ts')]);
  rmSync(at('gone.txt'));
  renameSync(at('old #1 100%.md'), at('new.md'));
  writeFileSync(at('added.txt'), 'hello\n');
  writeFileSync(at('picture.png'), pictures[1]!);
  writeFileSync(at('book.ipynb'), notebook('print(2)'));
  await expect
    .poll(readLetters)
    .toEqual(['A added.txt', 'M book.ipynb', 'D gone.txt', 'R new.md', 'M picture.png', 'M a.ts', 'M b.ts']);
  await workbench.screenshot('changes-list');
});

test('a click shows both sides, whatever became of the file', async () => {
  await row(page, 'Changes', 'a.ts').click();
  const text = 'export const a = 1;\n';
  await expect.poll(() => readDiff(page)).toEqual({ original: text, modified: `let x;\n${text}` });
  expect((await readTabs(page)).at(-1)).toMatch(/^a\.ts \(Snapshot .+ ↔ Working Tree\)$/);
  await workbench.screenshot('changes-diff');

  await row(page, 'Changes', 'gone.txt').click();
  await expect.poll(() => readDiff(page)).toEqual({ original: 'was here\n', modified: '' });
  await row(page, 'Changes', 'added.txt').click();
  await expect.poll(() => readDiff(page)).toEqual({ original: '', modified: 'hello\n' });
  await row(page, 'Changes', 'new.md').click();
  await expect.poll(async () => (await readTabs(page)).at(-1)).toMatch(/^old #1 100%\.md → new\.md \(/);
  await expect.poll(async () => (await readDiff(page)).original).toContain('It keeps its content.');
});

test('pictures and notebooks are compared by their own editors', async () => {
  await row(page, 'Changes', 'picture.png').click();
  await expect.poll(readPictures).toEqual([1, 1]);
  await workbench.screenshot('changes-picture');
  await row(page, 'Changes', 'book.ipynb').click();
  await page.locator('.notebook-text-diff-editor').waitFor();
  await page.waitForTimeout(1_000);
  await workbench.screenshot('changes-notebook');
});

test('all changes open in one editor', async () => {
  await clickViewAction(page, 'Changes', 'Open All Changes');
  await expect.poll(async () => (await readMultiDiff(page)).length).toBeGreaterThan(3);
  await page.waitForTimeout(1_000);
  await workbench.screenshot('changes-all');
});

test('as a tree they are in their folders, which stays so', async () => {
  await clickViewAction(page, 'Changes', 'View as Tree');
  await expect
    .poll(async () => (await readRows(page, 'Changes')).map(({ label, level }) => `${level} ${label}`))
    .toEqual([
      '1 src',
      '2 deep/er',
      '3 b.ts',
      '2 a.ts',
      '1 added.txt',
      '1 book.ipynb',
      '1 gone.txt',
      '1 new.md',
      '1 picture.png',
    ]);
  await workbench.screenshot('changes-tree');
  await clickInlineAction(page, row(page, 'Changes', 'src'), 'Open All Changes');
  await expect.poll(async () => (await readMultiDiff(page)).length).toBe(2);
  await clickViewAction(page, 'Changes', 'View as List');
});

test('by keyboard: to the view, down to a row, its changes', async () => {
  await runCommand(page, 'Cairn: Focus on Changes View');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await readTabs(page)).at(-1)).toMatch(/^gone\.txt \(Snapshot .+ ↔ Deleted\)$/);
});

test('a file of the Explorer is compared with the last snapshot, or one that is chosen', async () => {
  await runCommand(page, 'View: Close All Editors');
  await openContainer(page, 'Explorer');
  await chooseFromMenu(page, row(page, 'Explorer', 'added.txt'), 'Cairn', 'Compare with Last Snapshot');
  await expect
    .poll(async () => (await readNotifications(page)).map(({ text }) => text).join('\n'))
    .toMatch(/added\.txt is not in the Snapshot/);
  await workbench.screenshot('changes-notInSnapshot');
  await runCommand(page, 'Notifications: Clear All Notifications');
  await openFile(page, 'b.ts');
  await runCommand(page, 'Cairn: Compare with Last Snapshot');
  const sides = { original: 'export const b = 1;\n', modified: 'export const b = 2;\n' };
  await expect.poll(() => readDiff(page)).toEqual(sides);
  await runCommand(page, 'View: Close All Editors');
  await openFile(page, 'b.ts');
  await runCommand(page, 'Cairn: Compare with Snapshot…');
  await expect.poll(() => readPicks(page)).toHaveLength(1);
  await workbench.screenshot('changes-pick');
  await acceptInput(page);
  await expect.poll(() => readDiff(page)).toEqual(sides);
});
