import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readMultiDiff } from './helpers/editors.ts';
import { answerNotification, readNotifications } from './helpers/messages.ts';
import { runCommand } from './helpers/quickInput.ts';
import { expandView, openContainer, readRows, row } from './helpers/views.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

/** Of the page, where what is given to `evaluate` runs. */
declare function getComputedStyle(element: unknown): { readonly color: string };

const FILES = 1_012;
const folder = join(tempFolder(), 'project');
let workbench: Workbench;
let page: Page;

const messages = async () => (await readNotifications(page)).map(({ text }) => text);
const told = async () => (await messages()).filter((text) => /files of project were deleted/.test(text));
const descriptions = async () => (await readRows(page, 'Snapshots')).map(({ description }) => description);

beforeAll(async () => {
  for (let at = 0; at < FILES; at++) {
    const inner = join(folder, `src/${at % 20}`);
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, `${at}.txt`), `file ${at}\n`);
  }
  for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), name);
  const settings = { ...noAutomatic, 'cairn.automatic.outsideChanges': true };
  workbench = await openWorkbench({ folder, settings });
  ({ page } = workbench);
  await openContainer(page, 'Cairn');
  await expandView(page, 'Snapshots');
});
afterAll(() => workbench.close());

test('a few deleted files are counted, and no more is said of them', async () => {
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(descriptions).toEqual(['1', '1,015 added · manual']);
  rmSync(join(folder, 'a'));
  await expect.poll(descriptions).toEqual(['2', 'a deleted · outside', '1,015 added · manual']);
  expect(await told()).toEqual([]);
});

test('a mass deletion stands out, is told once, and can be looked at and taken back', async () => {
  rmSync(join(folder, 'src'), { recursive: true });
  await expect.poll(async () => (await descriptions())[1]).toBe('1,012 deleted in src · outside');
  await expect.poll(told).toHaveLength(1);
  await workbench.screenshot('massDeletion');
  const icon = row(page, 'Snapshots', (await readRows(page, 'Snapshots'))[1]!.label).locator('.codicon-trash');
  expect(await icon.evaluate((element) => getComputedStyle(element).color)).toMatch(/^rgb\((1[6-9]\d|2\d\d), /);
  await answerNotification(page, 'were deleted', 'Show');
  await expect.poll(async () => (await readMultiDiff(page)).length).toBeGreaterThan(1);
  await workbench.screenshot('massDeletionShown');
});

test('what was deleted comes back, and nothing else', async () => {
  rmSync(join(folder, 'b'));
  await expect.poll(async () => (await descriptions())[1]).toBe('b deleted · outside');
  for (let at = 0; at < FILES; at++) {
    mkdirSync(join(folder, 'more'), { recursive: true });
    writeFileSync(join(folder, `more/${at}.txt`), `more ${at}\n`);
  }
  await expect.poll(async () => (await descriptions())[1]).toBe('1,012 added in more · outside');
  rmSync(join(folder, 'more'), { recursive: true });
  await expect.poll(told).toHaveLength(1);
  await answerNotification(page, 'were deleted', 'Bring Back');
  await expect.poll(async () => (await messages()).join('\n')).toMatch(/Restored 1,012 files: 1,012 restored/);
  expect(readdirSync(join(folder, 'more'))).toHaveLength(FILES);
  expect(existsSync(join(folder, 'b'))).toBe(false);
});

test('files that turn to noise stand out, are told, and can be looked at', async () => {
  const letters = Array.from({ length: 30 }, (_, at) => join(folder, `letters/${at}.txt`));
  mkdirSync(join(folder, 'letters'));
  for (const path of letters) writeFileSync(path, `This letter is ${path}.\n`.repeat(20));
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(async () => (await descriptions()).join('\n')).toMatch(/30 added in letters|1,042 added · manual/);
  for (const path of letters) writeFileSync(path, randomBytes(900));
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(messages).toContainEqual(expect.stringMatching(/30 files of project were turned to random bytes/));
  const label = (await readRows(page, 'Snapshots'))[1]!.label;
  await expect.poll(() => row(page, 'Snapshots', label).locator('.codicon-warning').count()).toBe(1);
  await workbench.screenshot('scrambled');
  await answerNotification(page, 'random bytes', 'Show');
  await expect.poll(async () => (await readMultiDiff(page)).length).toBeGreaterThan(1);
});
