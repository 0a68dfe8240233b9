import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readDiff, readMultiDiff, readTabs, saveFile, typeText } from './helpers/editors.ts';
import { answerNotification, readNotifications } from './helpers/messages.ts';
import { acceptInput, openFile, pick, quickInput, readPicks, runCommand, typeFilter } from './helpers/quickInput.ts';
import {
  chooseFromMenu,
  clickInlineAction,
  clickViewAction,
  collapseView,
  openContainer,
  readRows,
  readViewText,
  row,
  view,
} from './helpers/views.ts';
import { actUntil, vanishes } from './helpers/waiting.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

/** A square picture of one colour. */
function drawPicture(...color: readonly [number, number, number]): Buffer {
  const side = 64;
  const lines = Buffer.concat(
    Array.from({ length: side }, () => Buffer.from([0, ...Array.from({ length: side }, () => color).flat()])),
  );
  const header = Buffer.from([0, 0, 0, side, 0, 0, 0, side, 8, 2, 0, 0, 0]);
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const numbers = Buffer.alloc(8);
    numbers.writeUInt32BE(data.length);
    numbers.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([numbers.subarray(0, 4), body, numbers.subarray(4)]);
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(lines)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const notebook = (text: string) =>
  JSON.stringify({
    cells: [{ cell_type: 'code', execution_count: null, metadata: {}, outputs: [], source: [text] }],
    metadata: {},
    nbformat: 4,
    nbformat_minor: 5,
  });

/** More bytes than are opened. */
const HUGE = 51 * 1024 * 1024;

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
  writeFileSync(at('picture.png'), drawPicture(200, 0, 0));
  writeFileSync(at('book.ipynb'), notebook('print(1)'));
  writeFileSync(at('huge.log'), '');
  truncateSync(at('huge.log'), HUGE);
  // No snapshots of their own accord, after which nothing differs any more.
  workbench = await openWorkbench({ folder, settings: noAutomatic });
  page = workbench.page;
  await openContainer(page, 'Cairn');
  for (const title of ['Snapshots', 'File History']) await collapseView(page, title);
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
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(() => readViewText(page, 'Changes')).toMatch(/^No changes since the snapshot of .+\.$/);
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
  writeFileSync(at('picture.png'), drawPicture(0, 0, 200));
  writeFileSync(at('book.ipynb'), notebook('print(2)'));
  appendFileSync(at('huge.log'), 'more\n');
  const inRoot = ['A added.txt', 'M book.ipynb', 'D gone.txt', 'M huge.log', 'R new.md', 'M picture.png'];
  await expect.poll(readLetters).toEqual([...inRoot, 'M a.ts', 'M b.ts']);
  await workbench.screenshot('changes-list');
});

test('a click shows both sides, whatever became of the file', async () => {
  await row(page, 'Changes', 'a.ts').click();
  const text = 'export const a = 1;\n';
  await expect.poll(() => readDiff(page)).toEqual({ original: text, modified: `let x;\n${text}` });
  await expect.poll(async () => (await readTabs(page)).at(-1)).toMatch(/^a\.ts \(Snapshot .+ ↔ Current\)$/);
  await workbench.screenshot('changes-diff');

  await row(page, 'Changes', 'gone.txt').click();
  await expect.poll(() => readDiff(page)).toEqual({ original: 'was here\n', modified: '' });
  await row(page, 'Changes', 'added.txt').click();
  await expect.poll(() => readDiff(page)).toEqual({ original: '', modified: 'hello\n' });
  await row(page, 'Changes', 'new.md').click();
  await expect.poll(async () => (await readTabs(page)).at(-1)).toMatch(/^old #1 100%\.md → new\.md \(/);
  await expect.poll(async () => (await readDiff(page)).original).toContain('It keeps its content.');
});

test('of a very large file a copy is offered', async () => {
  await row(page, 'Changes', 'huge.log').click();
  await answerNotification(page, 'huge.log is too large to be opened', 'Save a Copy…');
  const copies = join(folder, '../copies');
  mkdirSync(copies);
  const input = quickInput(page).locator('.quick-input-box input');
  await expect.poll(() => input.inputValue()).toBe(`${folder}/`);
  await typeFilter(page, `${copies}/`);
  await expect.poll(() => readPicks(page)).toEqual(['..']);
  const save = quickInput(page).getByRole('button', { name: 'Save Here' });
  await actUntil((timeout) => save.click({ timeout }), vanishes(save));
  await expect.poll(() => existsSync(join(copies, 'huge.log')) && statSync(join(copies, 'huge.log')).size).toBe(HUGE);
  await runCommand(page, 'Notifications: Clear All Notifications');
});

test('pictures and notebooks are compared by their own editors', async () => {
  await row(page, 'Changes', 'picture.png').click();
  await expect.poll(readPictures).toEqual([64, 64]);
  await workbench.screenshot('changes-picture');
  await row(page, 'Changes', 'book.ipynb').click();
  await page.locator('.notebook-text-diff-editor').waitFor();
  await workbench.screenshot('changes-notebook');
});

test('all changes open in one editor', async () => {
  await clickViewAction(page, 'Changes', 'Open All Changes');
  await expect.poll(async () => (await readMultiDiff(page)).length).toBeGreaterThan(3);
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
      '1 huge.log',
      '1 new.md',
      '1 picture.png',
    ]);
  await workbench.screenshot('changes-tree');
  await clickInlineAction(page, row(page, 'Changes', 'src'), 'Open Changes');
  const entries = page.locator('.editor-group-container.active .multiDiffEntry:visible');
  await expect.poll(() => entries.count()).toBe(2);
  await workbench.screenshot('changes-folder');
  await clickViewAction(page, 'Changes', 'View as List');
});

test('by keyboard: to the view, down to a row, its changes', async () => {
  await runCommand(page, 'Cairn: Focus on Changes View');
  await view(page, 'Changes').locator('.monaco-list:focus').waitFor();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await row(page, 'Changes', 'gone.txt').and(page.locator('.focused')).waitFor();
  await page.keyboard.press('Enter');
  await expect.poll(async () => (await readTabs(page)).at(-1)).toMatch(/^gone\.txt \(Snapshot .+ ↔ Deleted\)$/);
});

test('a file of the Explorer is compared with the last snapshot, or one that is chosen', async () => {
  await runCommand(page, 'View: Close All Editors');
  await openContainer(page, 'Explorer');
  await chooseFromMenu(page, row(page, 'Explorer', 'added.txt'), 'Cairn', 'Compare with Last Snapshot');
  await expect
    .poll(async () => (await readNotifications(page)).map(({ text }) => text).join('\n'))
    .toMatch(/added\.txt is not in the snapshot of/);
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

test('changes are told since another moment, which stays so when a snapshot is made', async () => {
  await openContainer(page, 'Cairn');
  await clickViewAction(page, 'Changes', 'Show Changes Since…');
  await pick(page, 'This Morning');
  const head = () => view(page, 'Changes').locator('> .pane-header').innerText();
  await expect.poll(head).toMatch(/^Changes\s+8 since this morning, \d\d:\d\d/);
  await runCommand(page, 'Cairn: Back Up Workspace');
  await runCommand(page, 'Cairn: Refresh Changes');
  await expect.poll(head).toMatch(/^Changes\s+8 since this morning, \d\d:\d\d/);
  await expect.poll(() => readViewText(page, 'Changes')).toContain('8 changes since this morning');
  await workbench.screenshot('changes-since');
  await clickViewAction(page, 'Changes', 'Show Changes Since…');
  await pick(page, 'Last Snapshot');
  await expect.poll(() => readViewText(page, 'Changes')).toMatch(/^No changes since the snapshot of .+\.$/);
});
