import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { restic } from '../helpers/restic.ts';
import { randomBytes } from '../helpers/random.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readDiff, saveFile, typeText } from './helpers/editors.ts';
import { readNotifications, readStatusBar } from './helpers/messages.ts';
import { openFile, runCommand } from './helpers/quickInput.ts';
import { expandElement, expandView, openContainer, readRows, row, view } from './helpers/views.ts';
import { noAutomatic, openWorkbench, type Workbench } from './helpers/workbench.ts';

/** For what takes a while to be read. */
const slowly = { interval: 500 };

interface Listed {
  readonly paths: readonly string[];
  readonly tags: readonly string[];
}

/** Runs the real restic on the default repository below a home folder. */
function resticOf(home: string, ...args: string[]): string {
  const data = join(home, '.local/share/cairn');
  const password = readFileSync(join(data, 'password'), 'utf8').trim();
  return restic(join(data, 'repository'), args, { password });
}

/** Folder and trigger of every snapshot, oldest first; none as long as there is no repository. */
function readSnapshots(home: string): string[] {
  const data = join(home, '.local/share/cairn');
  if (!['password', 'repository/config'].every((name) => existsSync(join(data, name)))) return [];
  const listed = JSON.parse(resticOf(home, 'snapshots', '--json')) as Listed[];
  return listed.map(({ paths, tags }) => `${paths.join()} ${tags[1]}`);
}

/** Leaves the window as closing its tab does, and waits until the repository is unlocked. */
async function leave(workbench: Workbench, options?: { readonly ignoreErrors: boolean }): Promise<void> {
  await workbench.page.goto('about:blank');
  const locks = join(workbench.home, '.local/share/cairn/repository/locks');
  await expect.poll(() => readdirSync(locks), slowly).toEqual([]);
  await workbench.close(options);
}

test('of a workspace of two folders each has its snapshots', async () => {
  const root = tempFolder();
  const [one, two] = [join(root, 'one'), join(root, 'two')];
  for (const folder of [one, two]) mkdirSync(folder);
  writeFileSync(join(one, 'first.txt'), 'one\n');
  writeFileSync(join(two, 'second.txt'), 'two\n');
  const workspaceFile = join(root, 'both.code-workspace');
  writeFileSync(workspaceFile, JSON.stringify({ folders: [{ path: 'one' }, { path: 'two' }] }));
  const workbench = await openWorkbench({ workspaceFile });
  const { page, home } = workbench;
  await openContainer(page, 'Cairn');
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(() => readSnapshots(home), slowly).toEqual([`${one} manual`, `${two} manual`]);
  await expandView(page, 'Snapshots');
  const levels = async () =>
    (await readRows(page, 'Snapshots')).map(({ level, label, description }) => [
      level,
      level === 3 ? description : label,
    ]);
  await expect.poll(levels).toEqual([
    [1, 'one'],
    [2, 'Today'],
    [3, 'first.txt added · manual'],
    [1, 'two'],
    [2, 'Today'],
    [3, 'second.txt added · manual'],
  ]);

  await openFile(page, 'second.txt');
  await typeText(page, 'more\n');
  await saveFile(page);
  await expect.poll(() => readSnapshots(home), slowly).toEqual([`${one} manual`, `${two} manual`, `${two} save`]);
  await expect
    .poll(async () => (await levels()).slice(3))
    .toEqual([
      [1, 'two'],
      [2, 'Today'],
      [3, 'second.txt modified · save'],
      [3, 'second.txt added · manual'],
    ]);
  await expect.poll(() => readRows(page, 'Changes'), slowly).toEqual([]);
  await workbench.screenshot('adversity-folders');
  await workbench.close();
});

test('in Restricted Mode the settings of the workspace leave nothing out and name no targets', async () => {
  const folder = tempFolder();
  mkdirSync(join(folder, '.vscode'));
  const elsewhere = join(tempFolder(), 'elsewhere');
  const settings = {
    'cairn.exclude': { '**/*.ts': true },
    'files.exclude': { '**/*.ts': true },
    'cairn.useIgnoreFiles': false,
    'cairn.targets': [{ id: 'theirs', kind: 'repository', location: elsewhere, passwordCommand: 'echo theirs' }],
    'cairn.defaultTarget': 'theirs',
  };
  writeFileSync(join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  writeFileSync(join(folder, 'a.ts'), 'export const a = 1;\n');
  writeFileSync(join(folder, '.gitignore'), 'ignored.log\n');
  writeFileSync(join(folder, 'ignored.log'), 'noise\n');
  const trust = { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' };
  const workbench = await openWorkbench({ folder, settings: { ...noAutomatic, ...trust } });
  const { page, home } = workbench;
  await openContainer(page, 'Cairn');
  await expect.poll(async () => (await readStatusBar(page)).join('\n')).toContain('Restricted Mode');
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(() => readSnapshots(home), slowly).toEqual([`${folder} manual`]);
  const files = resticOf(home, 'ls', 'latest').split('\n');
  expect(files).toContain(join(folder, 'a.ts'));
  expect(files).not.toContain(join(folder, 'ignored.log'));
  await expandView(page, 'Targets');
  await expect
    .poll(async () => (await readRows(page, 'Targets')).map(({ label }) => label))
    .toEqual(['2 copies · 1 disk · 0 away', 'Local repository']);
  await workbench.screenshot('adversity-restricted');
  await workbench.close();
});

test('a folder that was renamed keeps its snapshots', async () => {
  const root = tempFolder();
  const [before, after] = [join(root, 'before'), join(root, 'after')];
  mkdirSync(before);
  writeFileSync(join(before, 'notes.txt'), 'one\n');
  writeFileSync(join(before, 'same.txt'), 'same\n');
  const first = await openWorkbench({ folder: before, settings: noAutomatic });
  await runCommand(first.page, 'Cairn: Back Up Workspace');
  await expect.poll(() => readSnapshots(first.home), slowly).toEqual([`${before} manual`]);
  await leave(first);

  renameSync(before, after);
  writeFileSync(join(after, 'notes.txt'), 'changed\n');
  const { home, userDataDir } = first;
  const second = await openWorkbench({ folder: after, settings: noAutomatic, home, userDataDir });
  await openContainer(second.page, 'Cairn');
  await expandView(second.page, 'Snapshots');
  const rowsOf = async (level: number) =>
    (await readRows(second.page, 'Snapshots')).filter((found) => found.level === level).map(({ label }) => label);
  await expect.poll(() => rowsOf(2)).toHaveLength(1);
  await runCommand(second.page, 'Cairn: Back Up Workspace');
  await expect.poll(() => rowsOf(2)).toHaveLength(2);
  expect(readSnapshots(home)).toEqual([`${before} manual`, `${after} manual`]);
  await expandElement(view(second.page, 'Snapshots').locator('.monaco-list-row[aria-level="2"]').first());
  await expect.poll(() => rowsOf(3)).toEqual(['notes.txt', 'All Files']);
  // Not as if all files were new.
  await expect
    .poll(async () => (await readRows(second.page, 'Snapshots'))[1])
    .toMatchObject({ level: 2, description: 'manual' });
  await row(second.page, 'Snapshots', 'notes.txt').click();
  await expect.poll(() => readDiff(second.page)).toEqual({ original: 'one\n', modified: 'changed\n' });
  await second.screenshot('adversity-renamed');
  await second.close();
});

test('a window that is closed in the middle of the first backup does no harm', async () => {
  const folder = tempFolder();
  // Enough that it takes a while, of which nothing is alike.
  const bytes = randomBytes('closed', 500_000);
  for (let at = 0; at < 300; at++) {
    bytes.writeUInt32LE(at);
    writeFileSync(join(folder, `${at}.txt`), bytes);
  }
  const first = await openWorkbench({ folder, settings: noAutomatic });
  const { home, userDataDir } = first;
  const packs = join(home, '.local/share/cairn/repository/data');
  await runCommand(first.page, 'Cairn: Back Up Workspace');
  await expect.poll(() => countFiles(packs), { interval: 20 }).toBeGreaterThan(0);
  await first.page.goto('about:blank');
  await first.close();

  const second = await openWorkbench({ folder, settings: noAutomatic, home, userDataDir });
  await runCommand(second.page, 'Cairn: Back Up Workspace');
  await expect.poll(() => readSnapshots(home), slowly).toEqual([`${folder} manual`]);
  await leave(second);
  expect(resticOf(home, 'ls', 'latest').match(/\.txt$/gm)).toHaveLength(300);
  resticOf(home, 'check', '--read-data');
});

function countFiles(folder: string): number {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
  } catch {
    return 0;
  }
}

test('a target that cannot be written to is said in one message, and works again afterwards', async ({ skip }) => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'notes.txt'), 'one\n');
  const workbench = await openWorkbench({ folder, settings: noAutomatic });
  const { page, home } = workbench;
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(() => readSnapshots(home), slowly).toEqual([`${folder} manual`]);
  const repository = join(home, '.local/share/cairn/repository');
  writeFileSync(join(folder, 'notes.txt'), 'two\n');
  await runCommand(page, 'Notifications: Clear All Notifications');
  try {
    if (!setReadOnly(repository, true)) skip('This user can write everywhere.');
    await runCommand(page, 'Cairn: Back Up Workspace');
    await expect
      .poll(() => readNotifications(page), slowly)
      .toEqual([
        {
          text: expect.stringMatching(/^Cairn: .* could not be stored: permission denied\. Check who /) as string,
          buttons: ['Show Log'],
        },
      ]);
    await page.locator('.statusbar-item .codicon-bell, .statusbar-item .codicon-bell-dot').first().click();
    await workbench.screenshot('adversity-readOnly');
  } finally {
    setReadOnly(repository, false);
  }
  await runCommand(page, 'Cairn: Back Up Workspace');
  await expect.poll(() => readSnapshots(home), slowly).toEqual([`${folder} manual`, `${folder} manual`]);
  await leave(workbench, { ignoreErrors: true });
  resticOf(home, 'check', '--read-data');
});

/** Whether that could be done: modes do not bind root, who needs a file system that knows better. */
function setReadOnly(folder: string, isReadOnly: boolean): boolean {
  const [program, set, unset] = process.getuid?.() === 0 ? ['chattr', '+i', '-i'] : ['chmod', 'a-w', 'u+w'];
  return spawnSync(program, ['-R', isReadOnly ? set : unset, folder]).status === 0;
}
