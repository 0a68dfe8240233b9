import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readEditor } from './helpers/editors.ts';
import { answerDialog, answerNotification, readDialog, readNotifications } from './helpers/messages.ts';
import { enterText, pick, quickInput, readPicks, readQuickInput, runCommand } from './helpers/quickInput.ts';
import { expandView, openContainer, readRows } from './helpers/views.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

const longer = { timeout: 20_000, interval: 300 };
const root = tempFolder();
const folder = join(root, 'project');
const disk = join(root, 'disk');
const copies = join(root, 'copies');
const userDataDir = tempFolder();
const machineSettings = join(userDataDir, 'data/Machine/settings.json');
let workbench: Workbench;
let page: Page;

const targets = [
  { id: 'disk', name: 'Disk', kind: 'repository', location: disk, passwordFile: join(root, 'password') },
  { id: 'copies', name: 'Copies', kind: 'dated', location: copies },
];
const tasks = [
  { type: 'cairn', command: 'backup', target: 'Disk', label: 'Keep', snapshotLabel: 'before', problemMatcher: [] },
  { type: 'cairn', command: 'backup', target: 'Copies', label: 'Keep Twice', dependsOn: 'Keep', problemMatcher: [] },
];

beforeAll(async () => {
  mkdirSync(join(folder, '.vscode'), { recursive: true });
  mkdirSync(copies);
  writeFileSync(join(folder, '.vscode/tasks.json'), JSON.stringify({ version: '2.0.0', tasks }));
  writeFileSync(join(root, 'password'), TEST_PASSWORD);
  restic(disk, ['init', '-q']);
  makeSnapshots();
  mkdirSync(join(userDataDir, 'data/Machine'), { recursive: true });
  const policy = { 'keep-last': 2 };
  writeFileSync(machineSettings, JSON.stringify({ 'cairn.targets': targets, 'cairn.retention.policy': policy }));
  const settings = { ...noAutomatic, 'cairn.maintenance.prune': false };
  workbench = await openWorkbench({ folder, userDataDir, settings });
  page = workbench.page;
  await openContainer(page, 'Cairn');
});
afterAll(() => workbench.close({ ignoreErrors: true }));

/** The first is one that a person made; only the second holds `large.bin`. */
function makeSnapshots(): void {
  const large = join(folder, 'large.bin');
  writeFileSync(join(folder, 'notes.txt'), 'one\n');
  for (const [day, trigger] of ['manual', 'save', 'save', 'save', 'save'].entries()) {
    if (day === 1) writeFileSync(large, randomBytes('large', 3_000_000));
    const time = `2026-01-0${day + 1} 12:00:00`;
    restic(disk, ['backup', '-q', '--time', time, '--tag', `cairn,${trigger}`, folder]);
    rmSync(large, { force: true });
  }
}

function listSnapshots(): string[] {
  const list = JSON.parse(restic(disk, ['snapshots', '--json', '--no-lock'])) as { time: string; short_id: string }[];
  return list.sort((a, b) => a.time.localeCompare(b.time)).map(({ short_id }) => short_id);
}

const texts = async () => (await readNotifications(page)).map(({ text }) => text).join('\n');
const datedCopies = () =>
  existsSync(join(copies, 'project'))
    ? readdirSync(join(copies, 'project')).filter((name) => /^\d{8}-\d{6}$/.test(name))
    : [];
const storedTargets = () =>
  (JSON.parse(readFileSync(machineSettings, 'utf8')) as { 'cairn.targets': unknown[] })['cairn.targets'];

test('Forget by Policy first says what would go, and leaves what a person made', async () => {
  const before = listSnapshots();
  await runCommand(page, 'Cairn: Forget by Policy');
  await pick(page, 'Disk');
  await expect.poll(() => readEditor(page), longer).toContain('would remove 3 snapshots and keep 2');
  await expect.poll(async () => (await readPicks(page)).length, longer).toBe(3);
  await workbench.screenshot('forgetPreview');
  const going = [...(await readEditor(page)).matchAll(/`([0-9a-f]{8})`.*\*\*goes\*\*/g)].map(([, id]) => id);
  expect(going.sort()).toEqual(before.slice(0, 3).sort());
  expect(listSnapshots()).toEqual(before);

  await quickInput(page).getByRole('button', { name: 'OK' }).click();
  await expect.poll(listSnapshots, longer).toEqual([before[0], ...before.slice(3)]);
  await expect.poll(texts, longer).toContain('Forgotten: 2 snapshots');
});

test('Prune first says what it would give back', async () => {
  const sizeOf = () =>
    (JSON.parse(restic(disk, ['stats', '--mode', 'raw-data', '--json'])) as { total_size: number }).total_size;
  const packs = () => readdirSync(join(disk, 'data'), { recursive: true }).filter((name) => name.length > 60).length;
  const [used, before] = [sizeOf(), packs()];
  await runCommand(page, 'Cairn: Prune');
  await pick(page, 'Disk');
  await expect.poll(texts, longer).toMatch(/There is nothing to prune in Disk yet: .* were stored less than a day ago/);
  await answerNotification(page, 'There is nothing to prune in Disk yet', 'Prune Now');
  const { text, detail } = await readDialog(page);
  await workbench.screenshot('prunePreview');
  expect(text).toMatch(/^Give back (2\.9|3(\.\d)?) M(i)?B in Disk\?/);
  expect(detail).toContain('Packs removed');
  expect(packs()).toBe(before);
  await answerDialog(page, 'Prune');
  await expect.poll(texts, longer).toContain('were given back in Disk');
  expect(packs()).toBeLessThan(before);
  expect(sizeOf()).toBe(used);
  restic(disk, ['check', '--read-data']);
  await runCommand(page, 'Cairn: Prune');
  await pick(page, 'Disk');
  await expect.poll(texts, longer).toContain('There is nothing to prune in Disk');
});

test('what the guard of a repository keeps of a prune can be freed', async () => {
  await runCommand(page, 'Notifications: Clear All Notifications');
  const before = listSnapshots().length;
  const large = join(folder, 'large.bin');
  writeFileSync(large, randomBytes('guarded', 3_000_000));
  await runCommand(page, 'Cairn: Back Up to…');
  await pick(page, 'Disk');
  await expect.poll(() => listSnapshots().length, longer).toBe(before + 1);
  rmSync(large);
  const newest = readdirSync(join(disk, 'snapshots')).find((name) => name.startsWith(listSnapshots().at(-1)!));
  // The editor holds a lock for a while, in which restic forgets nothing.
  rmSync(join(disk, 'snapshots', newest!));
  await runCommand(page, 'Cairn: Prune');
  await pick(page, 'Disk');
  await expect.poll(texts, longer).toContain('There is nothing to prune in Disk yet');
  await answerNotification(page, 'There is nothing to prune in Disk yet', 'Prune Now');
  await answerDialog(page, 'Prune');
  await expect.poll(texts, longer).toContain('The guard of the repository keeps them for some days');
  await answerNotification(page, 'The guard of the repository keeps them', 'Free Now');
  await expect.poll(texts, longer).toMatch(/(2\.9|3(\.\d)?) M(i)?B were given back in Disk/);
  restic(disk, ['check', '--read-data']);
});

test('Find Duplicate Files names them', async () => {
  mkdirSync(join(folder, 'sub'));
  const bytes = randomBytes('twice', 50_000);
  writeFileSync(join(folder, 'first.bin'), bytes);
  writeFileSync(join(folder, 'sub/second.bin'), bytes);
  writeFileSync(join(folder, 'other.bin'), randomBytes('once', 50_000));
  await runCommand(page, 'Cairn: Find Duplicate Files');
  await pick(page, 'The Workspace');
  await expect.poll(async () => (await readPicks(page)).sort(), longer).toEqual(['first.bin', 'second.bin']);
  expect((await readQuickInput(page)).placeholder).toMatch(/^1 file could go/);
  await workbench.screenshot('duplicates');
  await page.keyboard.press('Escape');
});

test('each backup to a folder with dated copies makes one', async () => {
  for (const count of [1, 2]) {
    writeFileSync(join(folder, 'notes.txt'), `copy ${count}\n`);
    await runCommand(page, 'Cairn: Back Up to…');
    await pick(page, 'Copies');
    await expect.poll(() => datedCopies().length, longer).toBe(count);
  }
  const notes = datedCopies().map((name) => readFileSync(join(copies, 'project', name, 'notes.txt'), 'utf8'));
  expect(notes).toEqual(['copy 1\n', 'copy 2\n']);
});

test('a task waits for the backup that it depends on', async () => {
  const before = listSnapshots();
  await runCommand(page, 'Tasks: Run Task');
  await pick(page, 'Keep Twice');
  await expect.poll(() => datedCopies().length, longer).toBe(3);
  await workbench.screenshot('dependentTask');
  expect(listSnapshots()).toHaveLength(before.length + 1);
  await page.keyboard.press('Control+J');
});

/** The targets in the view, without the row above them. */
async function names(): Promise<string[]> {
  const labels = (await readRows(page, 'Targets')).map(({ label }) => label);
  return labels.filter((label) => !label.endsWith(' away'));
}

test('Edit Target changes a name, and how many copies are kept', async () => {
  await runCommand(page, 'Cairn: Edit Target…');
  await pick(page, 'Disk');
  await pick(page, 'Name');
  await expect.poll(async () => (await readQuickInput(page)).message).toContain('A name for the target');
  await enterText(page, 'Big disk');
  await expandView(page, 'Targets');
  await expect.poll(names, longer).toEqual(['Local repository', 'Big disk', 'Copies']);

  await runCommand(page, 'Cairn: Edit Target…');
  await pick(page, 'Copies');
  await workbench.screenshot('editTarget');
  await pick(page, 'Copies to Keep');
  await expect.poll(async () => (await readQuickInput(page)).message).toContain('How many copies are kept?');
  await enterText(page, '2');
  await expect.poll(storedTargets, longer).toEqual([
    { ...targets[0], name: 'Big disk' },
    { ...targets[1], keep: 2 },
  ]);
});

test('Remove Target takes a target from the list, and nothing else', async () => {
  const before = listSnapshots();
  await runCommand(page, 'Cairn: Remove Target…');
  await pick(page, 'Big disk');
  expect(await readDialog(page)).toMatchObject({
    text: 'Remove Big disk from the list of targets?',
    detail: `What was backed up stays at ${disk}.`,
  });
  await workbench.screenshot('removeTarget');
  await answerDialog(page, 'Remove');
  await expect.poll(storedTargets, longer).toEqual([{ ...targets[1], keep: 2 }]);
  await expect.poll(names, longer).toEqual(['Local repository', 'Copies']);
  expect(listSnapshots()).toEqual(before);
});
