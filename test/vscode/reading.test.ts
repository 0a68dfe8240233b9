import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { runCommand } from './helpers/quickInput.ts';
import { expandView, openContainer, readRows, readViewText } from './helpers/views.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

const folder = join(tempFolder(), 'project');
const home = tempFolder();
const userDataDir = tempFolder();
let workbench: Workbench;

/** Notes each text that stands in the place of rows, however short, and what the status bar says. */
const recorder = `
  window.seenTexts = [];
  new MutationObserver(() => {
    for (const element of document.querySelectorAll('.welcome-view-content, .statusbar-item[id*="cairn"]')) {
      const text = element.textContent.trim();
      if (text && !window.seenTexts.includes(text)) window.seenTexts.push(text);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true });
`;

async function open(): Promise<void> {
  workbench = await openWorkbench({
    folder,
    home,
    userDataDir,
    settings: noAutomatic,
    prepare: async (page) => {
      await page.addInitScript({ content: recorder });
    },
  });
  await openContainer(workbench.page, 'Cairn');
  await expandView(workbench.page, 'Snapshots');
}

const seen = async () => (await workbench.page.evaluate<string[]>('window.seenTexts')).join('\n');

beforeAll(async () => {
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.txt'), 'a');
  await open();
});
afterAll(() => workbench.close());

test('before the first backup, the views say that there is none', async () => {
  await expect.poll(() => readViewText(workbench.page, 'Changes')).toContain('Nothing has been backed up yet.');
  await expect
    .poll(() => readViewText(workbench.page, 'Snapshots'))
    .toContain('There is no snapshot of this workspace');
  await expect.poll(seen).toContain('Not backed up');
  await runCommand(workbench.page, 'Cairn: Back Up Workspace');
  await expect.poll(async () => (await readRows(workbench.page, 'Snapshots')).length).toBe(2);
});

test('in a window that is opened again, nothing says so at any moment', async () => {
  await workbench.close();
  await open();
  await expect.poll(async () => (await readRows(workbench.page, 'Snapshots')).length).toBe(2);
  await expect.poll(() => readViewText(workbench.page, 'Changes')).toContain('No changes since');
  const texts = await seen();
  expect(texts).toContain('Reading the snapshots');
  expect(texts).not.toMatch(/Nothing has been|There is no snapshot|Not backed up/);
});
