import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readMultiDiff } from './helpers/editors.ts';
import { readNotifications } from './helpers/messages.ts';
import { pick, readQuickInput, runCommand } from './helpers/quickInput.ts';
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
let workbench: Workbench;
let page: Page;

beforeAll(async () => {
  mkdirSync(folder);
  for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt']) writeFileSync(join(folder, name), name);
  workbench = await openWorkbench({ folder, settings: noAutomatic });
  ({ page } = workbench);
  await openContainer(page, 'Cairn');
  await expandView(page, VIEW);
});
afterAll(() => workbench.close());

test('three files selected in a snapshot can do what one can', async () => {
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(async () => (await readRows(page, VIEW)).length).toBe(2);
  await expandElement(view(page, VIEW).locator('.monaco-list-row[aria-level="2"]').first());
  await row(page, VIEW, 'a.txt').click();
  const ofOne = await readMenu(page, row(page, VIEW, 'a.txt'));
  expect(ofOne).toEqual(expect.arrayContaining(['Restore File…', 'Compare with Snapshot…', 'Copy Restic Command']));
  for (const name of ['b.txt', 'c.txt']) await row(page, VIEW, name).click({ modifiers: ['Control'] });
  await expect.poll(() => view(page, VIEW).locator('.monaco-list-row.selected').count()).toBe(3);
  expect(await readMenu(page, row(page, VIEW, 'b.txt'))).toEqual(ofOne);
});

test('all of them are compared, and restored', async () => {
  for (const name of ['a.txt', 'b.txt', 'd.txt']) writeFileSync(join(folder, name), 'changed');
  await chooseFromMenu(page, row(page, VIEW, 'b.txt'), 'Compare with Snapshot…');
  await expect.poll(async () => (await readMultiDiff(page)).length).toBe(2);
  rmSync(join(folder, 'b.txt'));
  await chooseFromMenu(page, row(page, VIEW, 'b.txt'), 'Restore File…');
  await expect.poll(async () => (await readQuickInput(page)).placeholder).toBe('1 created, 1 overwritten');
  await workbench.screenshot('severalInSnapshot');
  await pick(page, 'Restore');
  const told = async () => (await readNotifications(page)).map(({ text }) => text).join('\n');
  await expect.poll(told).toContain('Restored 3 files: 2 restored');
  expect(readdirSync(folder)).toEqual(['a.txt', 'b.txt', 'c.txt', 'd.txt']);
});
