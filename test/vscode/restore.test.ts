import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeTree } from '../helpers/describeTree.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readEditor, readMultiDiff, typeText } from './helpers/editors.ts';
import { togglePick } from './helpers/keyboard.ts';
import { answerDialog, answerNotification, readDialog, readNotifications } from './helpers/messages.ts';
import {
  acceptInput,
  openFile,
  pick,
  quickInput,
  readPicks,
  readQuickInput,
  runCommand,
  tick,
  typeFilter,
  untick,
} from './helpers/quickInput.ts';
import {
  clickInlineAction,
  collapseElement,
  expandElement,
  expandView,
  openContainer,
  readRows,
  readViewText,
  row,
  view,
} from './helpers/views.ts';
import { pollUntil } from './helpers/waiting.ts';
import { noAutomatic, openWorkbench, waitForExtension, type Workbench } from './helpers/workbench.ts';

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
    workbench = await openWorkbench({ folder, settings: noAutomatic });
  });
  afterAll(() => workbench.close());

  /** How many snapshots the view lists. */
  const count = async () => Number((await readRows(workbench.page, 'Snapshots'))[0]?.description ?? 0);

  /** How many there are. The view knows of those that a restore makes a moment later. */
  const countSaved = () => {
    const snapshots = join(workbench.home, '.local/share/cairn/repository/snapshots');
    return existsSync(snapshots) ? readdirSync(snapshots).length : 0;
  };

  async function backUp(): Promise<void> {
    const { page } = workbench;
    const before = countSaved();
    await runCommand(page, 'Cairn: Back Up Workspace');
    await expect.poll(countSaved).toBe(before + 1);
    await expect.poll(count).toBe(before + 1);
  }

  /** Runs a command and chooses one of the snapshots that it offers, newest first. */
  async function choose(command: string, at = 0): Promise<void> {
    const { page } = workbench;
    await runCommand(page, command);
    await expect.poll(async () => (await readQuickInput(page)).placeholder).toMatch(/Choose a/);
    await expect.poll(() => readPicks(page)).not.toEqual([]);
    await quickInput(page).locator('.monaco-list-row').nth(at).click();
  }

  /** What the preview says would happen. */
  async function readPreview(): Promise<string> {
    const { page } = workbench;
    const { placeholder } = await pollUntil(
      () => readQuickInput(page),
      (shown) =>
        /^(Restore .* to|Undo the Restore of) /.test(shown.title) &&
        /created|overwritten|deleted/.test(shown.placeholder),
    );
    return placeholder;
  }

  async function expectNotification(text: RegExp): Promise<void> {
    const texts = async () => (await readNotifications(workbench.page)).map((message) => message.text).join('\n');
    await expect.poll(texts).toMatch(text);
  }

  async function undo(expected: RegExp): Promise<void> {
    const { page } = workbench;
    await runCommand(page, 'Notifications: Clear All Notifications');
    await runCommand(page, 'Cairn: Undo Restore');
    expect(await readPreview()).toMatch(expected);
    await pick(page, 'Undo Restore');
    await expectNotification(/The restore of .* is undone/);
  }

  test('brings back what git reset destroyed, and says beforehand exactly what', async () => {
    const { page } = workbench;
    await openContainer(page, 'Cairn');
    await expandView(page, 'Snapshots');
    await expect.poll(() => readViewText(page, 'Snapshots')).toContain('no snapshot');
    for (const number of numbers) write(`src/${number}.ts`, `export const n = ${number * 100};\n`);
    for (const name of ['a', 'b', 'c']) write(`new/${name}.ts`, `export const ${name} = 1;\n`);
    const wanted = state();
    await backUp();
    git('reset', '-q', '--hard');
    git('clean', '-q', '-fd');
    const destroyed = state();
    expect(destroyed).not.toEqual(wanted);

    await choose('Cairn: Restore Workspace…');
    expect(await readPreview()).toBe('3 created, 12 overwritten; ignored, so left alone: 1, .git is left alone');
    await workbench.screenshot('restorePreview');
    await pick(page, 'Show Changes');
    await expect.poll(async () => (await readMultiDiff(page)).length).toBeGreaterThan(1);
    await workbench.screenshot('restorePreviewChanges');
    await pick(page, 'Restore');
    await expectNotification(/: 15 restored/);
    expect(state()).toEqual(wanted);

    await answerNotification(page, '15 restored', 'Undo Restore');
    expect(await readPreview()).toMatch(/^12 overwritten, 4 deleted/);
    await workbench.screenshot('restoreUndo');
    await pick(page, 'Undo Restore');
    await expectNotification(/The restore of .* is undone/);
    expect(state()).toEqual(destroyed);
  });

  test('brings back just what is ticked', async () => {
    const { page } = workbench;
    const before = state();
    await choose('Cairn: Restore Workspace…', 2);
    expect(await readPreview()).toMatch(/^3 created, 12 overwritten/);
    await pick(page, 'Choose What to Restore…');
    const chosen = async () => (await readQuickInput(page)).placeholder;
    await expect.poll(chosen).toBe('15 of 15 chosen');
    await expect.poll(() => readPicks(page)).toEqual(expect.arrayContaining(['new/', 'a.ts', 'src/', '1.ts']));
    await untick(page, 'src/');
    await expect.poll(chosen).toBe('3 of 15 chosen');
    await togglePick(page, 'b.ts');
    await expect.poll(chosen).toBe('2 of 15 chosen');
    await typeFilter(page, '12.ts');
    await tick(page, ['12.ts']);
    await expect.poll(chosen).toBe('3 of 15 chosen');
    await workbench.screenshot('restoreChoose');
    await acceptInput(page);
    await expect.poll(readPreview).toMatch(/^2 created, 1 overwritten/);
    await workbench.screenshot('restoreChosen');
    await pick(page, 'Restore Selected');
    await expectNotification(/Restored what was chosen of .*: 3 restored/);
    expect(readFileSync(path('src/12.ts'), 'utf8')).toBe('export const n = 1200;\n');
    expect(readFileSync(path('src/1.ts'), 'utf8')).toBe('export const n = 1;\n');
    expect(readdirSync(path('new')).sort()).toEqual(['a.ts', 'c.ts']);
    await undo(/^1 overwritten, 3 deleted/);
    expect(state()).toEqual(before);
  });

  test('what git keeps for itself is one row in lists, counts, previews and comparisons', async () => {
    const { page } = workbench;
    write('new.txt', 'new');
    await backUp();
    for (const number of [1, 2]) write(`src/${number}.ts`, `export const n = ${number * 7};\n`);
    git('add', '.');
    git('commit', '-q', '-m', 'Second');
    await backUp();
    const newest = view(page, 'Snapshots').locator('.monaco-list-row[aria-level="2"]').first();
    await expect.poll(() => newest.innerText()).toContain('2 files in src · git data');
    await expandElement(newest);
    const files = expect.stringMatching(/^\d+ files$/) as string;
    await expect
      .poll(async () => (await readRows(page, 'Snapshots')).filter(({ level }) => level === 3))
      .toMatchObject([
        { label: '1.ts' },
        { label: '2.ts' },
        { label: 'Git Data', description: files, expanded: false },
        { label: 'All Files' },
      ]);
    await clickInlineAction(page, newest, 'Open All Changes');
    await expect.poll(async () => (await readMultiDiff(page)).length).toBe(2);
    await workbench.screenshot('restoreGitData');
    await choose('Cairn: Restore Workspace…', 1);
    await readPreview();
    await pick(page, 'Show What Restoring .git Would Do, Too');
    const ofGit = /^2 overwritten, \d+ deleted, git data \(\d+ files\)|^2 overwritten, git data \(\d+ files\)/;
    await expect.poll(async () => (await readQuickInput(page)).placeholder).toMatch(ofGit);
    await workbench.screenshot('restoreGitDataPreview');
    const picks = await readPicks(page);
    expect(picks).toContain('Git Data');
    for (const name of ['HEAD', 'index', 'objects/']) expect(picks).not.toContain(name);
    await page.keyboard.press('Escape');
    await collapseElement(newest);
    rmSync(path('new.txt'));
  });

  test('removes what came later only if told so, and brings it back', async () => {
    const { page } = workbench;
    await backUp();
    const wanted = state();
    for (const number of numbers.slice(0, 10)) write(`late/${number}.txt`, `late ${number}\n`);
    write('late/more.log', 'ignored\n');
    write('.env', 'SECRET=2\n');
    const later = state();

    await choose('Cairn: Restore Workspace…');
    expect(await readPreview()).toBe('1 overwritten, 10 deleted; ignored, so left alone: 2, .git is left alone');
    await expect
      .poll(async () => (await readPicks(page)).slice(0, 2))
      .toEqual(['Restore Without Deleting', 'Restore Exactly, and Delete 10']);
    await workbench.screenshot('restoreDeletions');
    await pick(page, 'Restore Without Deleting');
    await expectNotification(/: 1 restored\./);
    expect(state().length).toBe(later.length);
    await undo(/^1 overwritten/);

    // Since then there are the safety snapshots of the restore and its undoing.
    await choose('Cairn: Restore Workspace…', 2);
    expect(await readPreview()).toMatch(/^1 overwritten, 10 deleted/);
    await pick(page, 'Restore Exactly, and Delete 10');
    await expectNotification(/: 1 restored, 10 deleted\./);
    // What is ignored is there to stay, and so is the folder that has it.
    expect(state().filter((line) => !line.startsWith('"late'))).toEqual(wanted);
    expect(readdirSync(path('late'))).toEqual(['more.log']);
    await undo(/^10 created, 1 overwritten/);
    expect(state()).toEqual(later);
  });

  test('restores a folder that is gone, and undoes it after the window was opened anew', async () => {
    const { page } = workbench;
    await backUp();
    const wanted = state();
    rmSync(path('src'), { recursive: true });
    const without = state();
    await choose('Cairn: Restore Folder…');
    await pick(page, 'src');
    await pick(page, 'Restore This Folder');
    expect(await readPreview()).toBe('12 created');
    await pick(page, 'Restore');
    await expectNotification(/Restored src: 12 restored\. Brought back: .+\.ts and 9 more\./);
    expect(state()).toEqual(wanted);

    await page.reload();
    await waitForExtension(page);
    await expandView(page, 'Snapshots');
    await expect.poll(count).toBeGreaterThan(0);
    await undo(/^13 deleted/);
    expect(state()).toEqual(without);
    await undo(/^12 created/);
    expect(state()).toEqual(wanted);
  });

  test('brings back a deleted file from the view Changes without asking, since nothing is overwritten', async () => {
    const { page } = workbench;
    await backUp();
    const wanted = state();
    rmSync(path('src/2.ts'));
    await runCommand(page, 'Cairn: Refresh Changes');
    await expect.poll(() => readRows(page, 'Changes')).toMatchObject([{ label: '2.ts' }]);
    await workbench.screenshot('restoreBringBack');
    await clickInlineAction(page, row(page, 'Changes', '2.ts'), 'Bring Back');
    await expectNotification(/Restored 2.ts: 1 restored/);
    expect(state()).toEqual(wanted);
  });

  test('asks what becomes of unsaved changes, and loses nothing', async () => {
    const { page } = workbench;
    const file = path('src/1.ts');
    const backedUp = readFileSync(file, 'utf8');
    write('src/1.ts', '// changed outside\n');
    await openFile(page, 'src/1.ts');
    await typeText(page, 'unsaved\n');
    const restoreFile = async () => {
      await choose('Cairn: Restore File…');
      expect(await readPreview()).toBe('1 overwritten');
      await pick(page, 'Restore');
      expect(await readDialog(page)).toMatchObject({ text: '1.ts has unsaved changes, and would be replaced.' });
    };
    await restoreFile();
    await workbench.screenshot('restoreUnsaved');
    await answerDialog(page, 'Cancel');
    expect(readFileSync(file, 'utf8')).toBe('// changed outside\n');
    await restoreFile();
    await answerDialog(page, 'Save, Then Restore');
    await expectNotification(/Restored 1.ts: 1 restored/);
    expect(readFileSync(file, 'utf8')).toBe(backedUp);
    await expect.poll(() => readEditor(page)).toBe(backedUp);
    await undo(/^1 overwritten/);
    expect(readFileSync(file, 'utf8')).toBe('unsaved\n// changed outside\n');
  });
});
