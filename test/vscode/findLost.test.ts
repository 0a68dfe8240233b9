import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readDiff, readEditor } from './helpers/editors.ts';
import { enterText, pick, readPicks, runCommand, typeFilter } from './helpers/quickInput.ts';
import {
  clickInlineAction,
  clickViewAction,
  expandRow,
  openContainer,
  readRows,
  readViewText,
  row,
  view,
} from './helpers/views.ts';
import { pollUntil } from './helpers/waiting.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

const DELETED = 'Deleted';
const SEARCH = 'Search in Snapshots';

const gitIdentity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];

const folder = tempFolder();
let workbench: Workbench;

function countSaved(): number {
  const snapshots = join(workbench.home, '.local/share/cairn/repository/snapshots');
  return existsSync(snapshots) ? readdirSync(snapshots).length : 0;
}

/** Makes the folder have just these files, and a snapshot of it. */
async function backUp(files: Readonly<Record<string, string>>): Promise<void> {
  const { page } = workbench;
  rmSync(join(folder, 'src'), { recursive: true, force: true });
  mkdirSync(join(folder, 'src/old'), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  const before = countSaved();
  await runCommand(page, 'Cairn: Back Up Workspace');
  // Once the view has it, the backup has ended.
  await pollUntil(
    async () => Number((await readRows(page, 'Snapshots'))[0]?.description ?? 0),
    (count) => count === before + 1,
  );
}

beforeAll(async () => {
  workbench = await openWorkbench({ folder, settings: noAutomatic });
  await openContainer(workbench.page, 'Cairn');
  await backUp({
    'src/main.ts': 'start();\n',
    'src/importer.ts': 'one\ntwo\nexport function parseHeader() {}\n',
    'src/old/reader.ts': 'read();\n',
    'src/old/writer.ts': 'write();\n',
  });
  await backUp({ 'src/main.ts': 'start();\n', 'src/importer.ts': 'one\n', 'src/old/writer.ts': 'write();\n' });
  await backUp({ 'src/main.ts': 'start();\n', 'src/importer.ts': 'one\nmore\n' });
});
afterAll(() => workbench.close());

const labels = async () => (await readRows(workbench.page, DELETED)).map(({ label }) => label);

test('lists what is not there any more, the latest first, and shows it', async () => {
  const { page } = workbench;
  await runCommand(page, 'Cairn: Show Deleted Files');
  await expect.poll(labels).toEqual(['writer.ts', 'reader.ts']);
  const [first] = await readRows(page, DELETED);
  expect(first!.description).toMatch(/^src\/old · gone by \d\d:\d\d$/);
  await row(page, DELETED, 'reader.ts').click();
  await expect.poll(() => readEditor(page)).toBe('read();\n');
  await workbench.screenshot('deleted');
});

test('by folder, and filtered while a person types', async () => {
  const { page } = workbench;
  await clickViewAction(page, DELETED, 'View as Tree');
  await expect.poll(labels).toEqual(['src/old', 'reader.ts', 'writer.ts']);
  await workbench.screenshot('deleted-tree');
  await clickViewAction(page, DELETED, 'Filter Deleted Files…');
  await typeFilter(page, 'OLD read');
  await expect.poll(labels).toEqual(['src/old', 'reader.ts']);
  await workbench.screenshot('deleted-filter');
  await page.keyboard.press('Escape');
  await expect.poll(labels).toHaveLength(3);
});

test('brings several back at once, after a preview', async () => {
  const { page } = workbench;
  // What the mouse rests on shows a tooltip, which covers rows.
  await page.mouse.move(700, 500);
  await clickInlineAction(page, row(page, DELETED, 'src/old'), 'Bring Back');
  await expect.poll(() => readPicks(page)).toEqual(['Restore', 'Choose What to Restore…', 'reader.ts', 'writer.ts']);
  await workbench.screenshot('deleted-preview');
  await pick(page, 'Restore');
  await expect.poll(() => existsSync(join(folder, 'src/old/reader.ts'))).toBe(true);
  await expect.poll(() => existsSync(join(folder, 'src/old/writer.ts'))).toBe(true);
  expect(readFileSync(join(folder, 'src/old/writer.ts'), 'utf8')).toBe('write();\n');
  // One safety snapshot, though they come from two.
  expect(countSaved()).toBe(4);
  await expect.poll(async () => (await readRows(page, 'Changes')).length).toBe(2);
  await expect.poll(() => readViewText(page, DELETED)).toContain('No snapshot has a file that is not there any more.');
});

test('searches contents through time: a row a file, below it the versions that match and those that do not', async () => {
  const { page } = workbench;
  await runCommand(page, 'Cairn: Search in Snapshots…');
  await enterText(page, 'PARSEheader(');
  await expect.poll(async () => (await readRows(page, SEARCH)).map(({ label }) => label)).toEqual(['importer.ts']);
  await expandRow(page, SEARCH, 'importer.ts');
  const descriptions = async () => (await readRows(page, SEARCH)).map(({ description }) => description);
  await expect.poll(async () => (await descriptions()).length).toBe(4);
  const rowAt = (index: number) => view(page, SEARCH).locator(`.monaco-list-row[data-index="${index}"]`);
  const [file, newest, , oldest] = await descriptions();
  expect(file).toBe('src · 1 version');
  expect(newest).toMatch(/^no match · modified/);
  expect(oldest).toBe('3: export function parseHeader() {}');
  await rowAt(3).click();
  await expect.poll(() => readEditor(page)).toContain('export function parseHeader() {}');
  await expect.poll(() => page.locator('.statusbar').textContent()).toContain('Ln 3');
  await workbench.screenshot('search');
  await rowAt(1).click();
  await expect.poll(() => readDiff(page)).toEqual({ original: 'one\n', modified: 'one\nmore\n' });
});

test('says that nothing was found, and goes away', async () => {
  const { page } = workbench;
  await clickViewAction(page, SEARCH, 'Search in Snapshots…');
  await enterText(page, 'nowhere at all');
  await expect.poll(() => readViewText(page, SEARCH)).toContain('Nothing was found.');
  await runCommand(page, 'Cairn: Search in Snapshots…');
  await workbench.screenshot('search-input');
  await page.keyboard.press('Escape');
  await clickViewAction(page, SEARCH, 'Close the Search in Snapshots');
  await expect.poll(() => view(page, SEARCH).count()).toBe(0);
});

test('lists a work tree that is gone, and brings it back', async () => {
  const { page } = workbench;
  const beside = join(tempFolder(), 'beside');
  const git = (...args: string[]) => execFileSync('git', ['-C', folder, ...gitIdentity, ...args], { stdio: 'pipe' });
  git('init', '-q');
  git('commit', '-q', '--allow-empty', '-m', 'First');
  git('worktree', 'add', '-q', '--detach', beside);
  writeFileSync(join(beside, 'only here.txt'), 'in no commit');
  const before = countSaved();
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(countSaved).toBe(before + 2);
  git('worktree', 'remove', '--force', beside);
  await runCommand(page, 'Cairn: Show Deleted Files');
  await clickViewAction(page, DELETED, 'Refresh Deleted Files');
  await expect.poll(labels).toContain('beside');
  await workbench.screenshot('deleted-worktree');
  await page.mouse.move(700, 500);
  await clickInlineAction(page, row(page, DELETED, 'beside'), 'Bring Back');
  await pick(page, 'Restore');
  const read = () => readFileSync(join(beside, 'only here.txt'), 'utf8');
  await expect.poll(() => existsSync(join(beside, 'only here.txt')) && read()).toBe('in no commit');
});
