import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readEditor } from './helpers/editors.ts';
import { pick, readPicks, runCommand, typeFilter } from './helpers/quickInput.ts';
import { clickInlineAction, clickViewAction, openContainer, readRows, readViewText, row } from './helpers/views.ts';
import { pollUntil } from './helpers/waiting.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

const DELETED = 'Deleted';

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
  await runCommand(page, 'Cairn: Backup Workspace');
  await pollUntil(
    async () => countSaved(),
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
  await expect.poll(() => readPicks(page)).toEqual(['Restore', 'reader.ts', 'writer.ts']);
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
