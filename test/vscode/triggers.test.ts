import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { saveFile, typeText } from './helpers/editors.ts';
import { readNotifications } from './helpers/messages.ts';
import { openFile, runCommand } from './helpers/quickInput.ts';
import { openContainer } from './helpers/views.ts';
import { openWorkbench, type Workbench } from './helpers/workbench.ts';

const folder = join(tempFolder(), 'project');
const at = (path: string) => join(folder, path);
let workbench: Workbench;
let page: Page;

beforeAll(async () => {
  mkdirSync(at('src'), { recursive: true });
  writeFileSync(at('src/a.ts'), 'export const a = 1;\n');
  writeFileSync(at('notes.txt'), 'one\n');
  git('init', '-q', '-b', 'main');
  git('add', '.');
  git('commit', '-q', '-m', 'First');
  workbench = await openWorkbench({ folder });
  page = workbench.page;
  await openContainer(page, 'Cairn');
});
afterAll(() => workbench.close());

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' });
}

/** What the snapshots say of themselves, oldest first: trigger and label. */
function readSnapshots(): string[] {
  const data = join(workbench.home, '.local/share/cairn');
  const password = readFileSync(join(data, 'password'), 'utf8').trim();
  const listed = JSON.parse(restic(join(data, 'repository'), ['snapshots', '--json'], { password })) as {
    readonly tags: readonly string[];
  }[];
  return listed.map(({ tags }) => [tags[1]!, ...tags.filter((tag) => tag.startsWith('label-'))].join(' '));
}

const longer = { timeout: 20_000, interval: 500 };

test('nothing happens by itself before the first backup', async () => {
  await openFile(page, 'notes.txt');
  await typeText(page, 'zero\n');
  await saveFile(page);
  await page.waitForTimeout(3000);
  await runCommand(page, 'Cairn: Backup Workspace');
  await expect.poll(readSnapshots, longer).toEqual(['manual']);
  await expect.poll(() => readNotifications(page), longer).toHaveLength(1);
  await workbench.screenshot('triggers-first');
});

test('a save is a snapshot', async () => {
  await typeText(page, 'minus one\n');
  await saveFile(page);
  await expect.poll(readSnapshots, longer).toEqual(['manual', 'save']);
  await saveFile(page);
  await page.waitForTimeout(4000);
  expect(readSnapshots()).toEqual(['manual', 'save']);
});

test('a change by another program is a snapshot', async () => {
  execFileSync('sed', ['-i', 's/1/2/', at('src/a.ts')]);
  await expect.poll(readSnapshots, longer).toEqual(['manual', 'save', 'save']);
});

describe('a commit', () => {
  test('is a snapshot with its subject', async () => {
    git('commit', '-q', '-a', '-m', 'Say why');
    await expect.poll(readSnapshots, longer).toEqual(['manual', 'save', 'save', 'commit label-Say why']);
  });

  test('is told from checking out and resetting', async () => {
    git('checkout', '-q', '-b', 'other');
    appendFileSync(at('notes.txt'), 'more\n');
    git('reset', '-q', '--hard', 'HEAD~1');
    await page.waitForTimeout(14_000);
    expect(readSnapshots().filter((text) => text.startsWith('commit'))).toHaveLength(1);
  });
});
