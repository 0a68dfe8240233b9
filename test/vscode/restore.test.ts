import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeTree } from '../helpers/describeTree.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readMultiDiff } from './helpers/editors.ts';
import { pick, quickInput, readPicks, readQuickInput, runCommand } from './helpers/quickInput.ts';
import { expandView, openContainer, readRows, readViewText } from './helpers/views.ts';
import { openWorkbench, type Workbench } from './helpers/workbench.ts';

const settings = {
  'cairn.automatic.onSave': false,
  'cairn.automatic.onCommit': false,
  'cairn.automatic.outsideChanges': false,
  'cairn.automatic.onStartup': false,
  'cairn.automatic.interval': 0,
};
const numbers = Array.from({ length: 12 }, (_, at) => at + 1);

describe('restoring', () => {
  const folder = tempFolder();
  const path = (name: string) => join(folder, name);
  let workbench: Workbench;

  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], { cwd: folder });
  const write = (name: string, text: string) => {
    mkdirSync(join(path(name), '..'), { recursive: true });
    writeFileSync(path(name), text);
  };
  /** All but what git keeps for itself, and times, which come back to a microsecond. */
  const state = () =>
    describeTree(folder)
      .filter((line) => !line.startsWith('".git') || line.startsWith('".gitignore'))
      .map((line) => line.replace(/ \d{19} /, ' '));

  beforeAll(async () => {
    for (const number of numbers) write(`src/${number}.ts`, `export const n = ${number};\n`);
    write('.gitignore', '*.log\n.env\n');
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'First');
    write('.env', 'SECRET=1\n');
    write('run.log', 'log\n');
    workbench = await openWorkbench({ folder, settings });
  });
  afterAll(() => workbench.close());

  /** How many snapshots the view lists. */
  const count = async () => Number((await readRows(workbench.page, 'Snapshots'))[0]?.description ?? 0);

  async function backUp(): Promise<void> {
    const { page } = workbench;
    const before = await count();
    await runCommand(page, 'Cairn: Backup Workspace');
    await expect.poll(count).toBe(before + 1);
  }

  /** Runs a command and chooses the newest, or another, of the snapshots that it offers. */
  async function choose(command: string, at = 0): Promise<void> {
    const { page } = workbench;
    await runCommand(page, command);
    await expect.poll(async () => (await readQuickInput(page)).placeholder).toMatch(/Choose a/);
    await quickInput(page).locator('.monaco-list-row').nth(at).click();
  }

  /** The preview: what it says, and its lines without those that are answers. */
  async function readPreview() {
    const { page } = workbench;
    await expect.poll(async () => (await readPicks(page)).join('\n')).toMatch(/Restore|Undo/);
    await expect.poll(async () => (await readQuickInput(page)).title).toMatch(/^(Restore|Undo the)/);
    return { ...(await readQuickInput(page)), picks: await readPicks(page) };
  }

  async function expectDone(text: RegExp): Promise<void> {
    await workbench.page.locator('.notification-list-item', { hasText: text }).first().waitFor();
  }

  test('brings back what git reset destroyed, and says beforehand exactly what', async () => {
    const { page } = workbench;
    // Commands are there when the extension is.
    await openContainer(page, 'Cairn');
    await expandView(page, 'Snapshots');
    await expect.poll(() => readViewText(page, 'Snapshots')).toContain('no snapshot');
    for (const number of numbers) write(`src/${number}.ts`, `export const n = ${number * 100};\n`);
    for (const name of ['a', 'b', 'c']) write(`new/${name}.ts`, `export const ${name} = 1;\n`);
    const wanted = state();
    await backUp();
    git('reset', '-q', '--hard');
    git('clean', '-q', '-fd');
    expect(state()).not.toEqual(wanted);

    await choose('Cairn: Restore Workspace…');
    const preview = await readPreview();
    expect(preview.placeholder).toMatch(/^3 created, 12 overwritten; .*\.git stays/);
    await workbench.screenshot('restorePreview');
    await pick(page, 'Show Changes');
    await expect.poll(async () => (await readMultiDiff(page)).length).toBeGreaterThan(1);
    await workbench.screenshot('restorePreviewChanges');
    await pick(page, 'Restore');
    await expectDone(/15 restored/);
    await workbench.screenshot('restoreDone');
    expect(state()).toEqual(wanted);
  });
});
