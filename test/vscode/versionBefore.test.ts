import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { pick, readQuickInput, runCommand } from './helpers/quickInput.ts';
import { readNotifications } from './helpers/messages.ts';
import {
  chooseFromMenu,
  expandElement,
  expandView,
  openContainer,
  readMenu,
  readRows,
  row,
  view,
} from './helpers/views.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

const VIEW = 'Snapshots';
const folder = join(tempFolder(), 'project');
const text = (name: string) => readFileSync(join(folder, name), 'utf8');
let workbench: Workbench;
let page: Page;

const told = async () => (await readNotifications(page)).map((message) => message.text).join('\n');

beforeAll(async () => {
  mkdirSync(folder);
  for (const name of ['changed.txt', 'deleted.txt']) writeFileSync(join(folder, name), `${name} 1`);
  workbench = await openWorkbench({ folder, settings: noAutomatic });
  ({ page } = workbench);
  await openContainer(page, 'Cairn');
  await expandView(page, VIEW);
});
afterAll(() => workbench.close());

test('a file that a snapshot deleted is brought back from its row', async () => {
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(async () => (await readRows(page, VIEW)).length).toBe(2);
  writeFileSync(join(folder, 'changed.txt'), 'changed.txt 22');
  rmSync(join(folder, 'deleted.txt'));
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(async () => (await readRows(page, VIEW)).length).toBe(3);
  await expandElement(view(page, VIEW).locator('.monaco-list-row[aria-level="2"]').first());
  await row(page, VIEW, 'deleted.txt').waitFor();
  await workbench.screenshot('versionBefore');
  await chooseFromMenu(page, row(page, VIEW, 'deleted.txt'), 'Bring Back');
  await expect.poll(told).toContain('Restored deleted.txt: 1 restored');
  expect(text('deleted.txt')).toBe('deleted.txt 1');
});

test('of one that it changed, the version before comes first', async () => {
  const menu = await readMenu(page, row(page, VIEW, 'changed.txt'));
  const restores = menu.filter((title) => /^Restore/.test(title));
  expect(restores).toEqual(['Restore the Version Before This Change', 'Restore File…']);
  await chooseFromMenu(page, row(page, VIEW, 'changed.txt'), restores[0]!);
  await expect.poll(async () => (await readQuickInput(page)).placeholder).toBe('1 overwritten');
  await pick(page, 'Restore');
  await expect.poll(told).toContain('Restored changed.txt: 1 restored');
  expect(text('changed.txt')).toBe('changed.txt 1');
});
