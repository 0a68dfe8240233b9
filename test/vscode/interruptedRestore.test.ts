import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { saveFile, typeText } from './helpers/editors.ts';
import { answerNotification, readNotifications } from './helpers/messages.ts';
import { openFile, pick, quickInput, readQuickInput, runCommand } from './helpers/quickInput.ts';
import { expandView, openContainer, readRows, view } from './helpers/views.ts';
import { pollUntil } from './helpers/waiting.ts';
import { noAutomatic, openWorkbench, waitForExtension, type Workbench } from './helpers/workbench.ts';

/** So many that a reload comes before the last of them. */
const MANY = 3_000;
const slowly = { timeout: 120_000 };
const folder = join(tempFolder(), 'project');
const many = join(folder, 'many');
let workbench: Workbench;
let page: Page;

const present = () => (existsSync(many) ? readdirSync(many).length : 0);
const descriptions = async () => (await readRows(page, 'Snapshots')).map(({ description }) => description);
const placeholder = async () => (await readQuickInput(page)).placeholder;
const messages = async () => (await readNotifications(page)).map(({ text }) => text).join('\n');

beforeAll(async () => {
  mkdirSync(many, { recursive: true });
  for (let at = 0; at < MANY; at++) writeFileSync(join(many, `${at}.txt`), `file ${at}\n`);
  writeFileSync(join(folder, 'notes.txt'), 'one\n');
  const settings = { ...noAutomatic, 'cairn.automatic.onSave': true, 'cairn.automatic.quietTime': 0.5 };
  workbench = await openWorkbench({ folder, settings });
  ({ page } = workbench);
  await openContainer(page, 'Cairn');
  await expandView(page, 'Snapshots');
});
afterAll(() => workbench.close());

test('rows hold still while the pointer is at one of them', async () => {
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(descriptions, slowly).toEqual(['1', '3,001 added · manual']);
  await openFile(page, 'notes.txt');
  await typeText(page, 'more ');
  const before = performance.now();
  await view(page, 'Snapshots').locator('.monaco-list-row[aria-level="2"]').first().hover();
  await page.locator('.monaco-hover:visible', { hasText: 'Made by' }).waitFor();
  await saveFile(page);
  await expect.poll(descriptions, { interval: 50 }).toEqual(['2', 'notes.txt modified · save', '3,001 added · manual']);
  expect(performance.now() - before).toBeGreaterThan(5_000);
});

test('a restore that a reload interrupts is told, goes on, and is undone as a whole', async () => {
  rmSync(many, { recursive: true });
  await runCommand(page, 'Cairn: Restore Workspace…');
  await quickInput(page).locator('.monaco-list-row', { hasText: 'notes.txt modified · save' }).click();
  await expect.poll(placeholder, slowly).toContain('3,000 created');
  await pick(page, 'Restore');
  await pollUntil(
    () => Promise.resolve(present()),
    (count) => count > 20,
    5,
  );
  await page.reload();
  await waitForExtension(page);
  await expect.poll(messages, slowly).toContain('The restore of project was interrupted');
  expect(present()).toBeLessThan(MANY);
  await workbench.screenshot('restoreInterrupted');
  await answerNotification(page, 'was interrupted', 'Continue');
  await expect.poll(placeholder, slowly).toMatch(/^[\d,]+ created/);
  await pick(page, 'Restore');
  await expect.poll(messages, slowly).toMatch(/Restored project: [\d,]+ restored/);
  expect(present()).toBe(MANY);
  await runCommand(page, 'Cairn: Undo Restore');
  await pick(page, 'Undo Restore');
  await expect.poll(messages, slowly).toContain('The restore of project is undone');
  expect(present()).toBe(0);
});
