import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readEditor } from './helpers/editors.ts';
import { answerDialog, readDialog, readNotifications } from './helpers/messages.ts';
import { pick, readQuickInput, runCommand, saveAs } from './helpers/quickInput.ts';
import { clickInlineAction, expandView, openContainer, readRows, row } from './helpers/views.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

const root = tempFolder();
const folder = join(root, 'project');
const disk = join(root, 'disk');
const copies = join(root, 'copies');
let workbench: Workbench;
let page: Page;

const targets = [
  { id: 'disk', name: 'Disk', kind: 'repository', location: disk, passwordFile: join(root, 'password') },
  { id: 'copy', name: 'Copy', kind: 'mirror', location: copies },
];
const task = {
  type: 'cairn',
  command: 'backup',
  target: 'Disk',
  label: 'Keep It Safe',
  snapshotLabel: 'from a task',
  problemMatcher: [],
};

beforeAll(async () => {
  mkdirSync(join(folder, '.vscode'), { recursive: true });
  writeFileSync(join(folder, '.vscode/tasks.json'), JSON.stringify({ version: '2.0.0', tasks: [task] }));
  writeFileSync(join(folder, 'notes.txt'), randomBytes(60_000).toString('hex'));
  writeFileSync(join(folder, 'old.txt'), 'old\n');
  writeFileSync(join(root, 'password'), TEST_PASSWORD);
  mkdirSync(copies);
  restic(disk, ['init', '-q']);
  const userDataDir = tempFolder();
  const machine = join(userDataDir, 'data/Machine');
  mkdirSync(machine, { recursive: true });
  // Places of targets count only where no workspace can name them.
  writeFileSync(join(machine, 'settings.json'), JSON.stringify({ 'cairn.targets': targets }));
  const settings = { ...noAutomatic, 'terminal.integrated.gpuAcceleration': 'off' };
  workbench = await openWorkbench({ folder, userDataDir, settings });
  page = workbench.page;
  await openContainer(page, 'Cairn');
});
afterAll(() => workbench.close({ ignoreErrors: true }));

test('a task of tasks.json backs up, and says so in a terminal', async () => {
  await runCommand(page, 'Tasks: Run Task');
  await pick(page, 'Keep It Safe');
  const terminal = page.locator('.terminal-wrapper .xterm-rows');
  await expect
    .poll(async () => (await terminal.allInnerTexts()).join('\n').replaceAll('\u00a0', ' '))
    .toMatch(/3 added/);
  await workbench.screenshot('taskOutput');
  const [snapshot] = JSON.parse(restic(disk, ['snapshots', '--json'])) as { tags: string[] }[];
  expect(snapshot!.tags).toEqual(expect.arrayContaining(['manual', 'label-from a task']));
  await page.keyboard.press('Control+J');
});

test('a mirror is shown before it deletes anything', async () => {
  const copy = join(copies, 'project');
  await runCommand(page, 'Cairn: Mirror…');
  await pick(page, 'Copy');
  await expect
    .poll(() => existsSync(join(copy, 'old.txt')) && existsSync(join(copy, '.cairn-manifest.json')))
    .toBe(true);
  await expect
    .poll(async () => (await readNotifications(page)).map(({ text }) => text).join())
    .toContain('Copied 3 files');

  rmSync(join(folder, 'old.txt'));
  await runCommand(page, 'Cairn: Mirror…');
  await pick(page, 'Copy');
  expect((await readDialog(page)).detail).toContain('To delete: 1');
  await workbench.screenshot('mirrorPreview');
  await expect.poll(() => readEditor(page)).toMatch(/WOULD DELETE\s+old\.txt/);
  expect(existsSync(join(copy, 'old.txt'))).toBe(true);
  await answerDialog(page, 'Mirror');
  await expect.poll(() => existsSync(join(copy, 'old.txt'))).toBe(false);
});

test('the recovery kit brings everything back', async () => {
  const file = join(root, 'kit.md');
  await runCommand(page, 'Cairn: Save Recovery Kit…');
  await pick(page, 'Disk');
  await expect.poll(async () => (await readQuickInput(page)).title).toContain('Save the Recovery Kit');
  await saveAs(page, file, () => existsSync(file));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const [settings = '', restore = ''] = [...readFileSync(file, 'utf8').matchAll(/```sh\n(.*?)```/gs)].map(
    ([, text]) => text!,
  );
  execFileSync('sh', ['-c', `${settings}\n${restore}`], { env: { ...process.env, HOME: join(root, 'home') } });
  const restored = join(root, 'home/restored', folder, 'notes.txt');
  expect(readFileSync(restored)).toEqual(readFileSync(join(folder, 'notes.txt')));
});

test('verify names the file of which a byte is damaged', async () => {
  flipByte(join(disk, 'data'));
  await expandView(page, 'Targets');
  await clickInlineAction(page, row(page, 'Targets', 'Disk'), 'Verify Target');
  await pick(page, 'Read All Data');
  await expect.poll(() => readEditor(page)).toMatch(/CORRUPT.*notes\.txt/);
  await expect
    .poll(async () => (await readRows(page, 'Targets')).find(({ label }) => label === 'Disk')?.description)
    .toMatch(/^damage found/);
  await workbench.screenshot('verifyDamage');
});

/** Damages the largest pack in its middle. */
function flipByte(data: string): void {
  const packs = readdirSync(data, { recursive: true, encoding: 'utf8' })
    .map((name) => join(data, name))
    .filter((path) => statSync(path).isFile())
    .sort((a, b) => statSync(b).size - statSync(a).size);
  const bytes = readFileSync(packs[0]!);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  execFileSync('chmod', ['u+w', packs[0]!]);
  writeFileSync(packs[0]!, bytes);
}
