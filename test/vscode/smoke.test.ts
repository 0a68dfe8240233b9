import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tempFolder } from '../helpers/tempFolder.ts';
import { readDiff, readMultiDiff, readTabs, saveFile, typeText } from './helpers/editors.ts';
import { installedExtension, runInExtensionHost } from './helpers/extensionHost.ts';
import { answerDialog, readDialog, readStatusBar } from './helpers/messages.ts';
import { listCommands, openFile, runCommand } from './helpers/quickInput.ts';
import { clickInlineAction, openContainer, readRows, row, view } from './helpers/views.ts';
import { openWorkbench, type Workbench } from './helpers/workbench.ts';

interface Host {
  readonly active: boolean;
  readonly path: string;
  readonly vscode: string;
  readonly node: string;
  readonly zstd: boolean;
}

test.each([
  { release: 'current', vscode: /^1\.139\./, node: /^24\./ },
  { release: 'oldest', vscode: /^1\.104\./, node: /^22\.18\./ },
] as const)('the package is active in the $release VS Code', async ({ release, vscode, node }) => {
  const host = await runInExtensionHost<Host>('host/activate.ts', { release, folder: tempFolder() });
  expect(host).toEqual({
    active: true,
    path: installedExtension(),
    vscode: expect.stringMatching(vscode) as string,
    node: expect.stringMatching(node) as string,
    zstd: true,
  });
});

describe('a window', () => {
  const folder = tempFolder();
  let workbench: Workbench;

  beforeAll(async () => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.org', ...args], { cwd: folder });
    writeFileSync(join(folder, 'notes.txt'), 'one\ntwo  (2)\n');
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'First');
    workbench = await openWorkbench({ folder });
  });
  afterAll(() => workbench.close());

  test('saves to the disk what is written in it, and shows the difference', async () => {
    const { page } = workbench;
    await expect.poll(() => readRows(page, 'Explorer')).toMatchObject([{ label: 'notes.txt', level: 1 }]);
    await openFile(page, 'notes.txt');
    await typeText(page, 'zero\n');
    await saveFile(page);
    expect(readFileSync(join(folder, 'notes.txt'), 'utf8')).toBe('zero\none\ntwo  (2)\n');
    await workbench.screenshot('edit');

    await openContainer(page, 'Source Control');
    // Until git has looked, there are no changes to open.
    await row(page, 'Changes', 'notes.txt').waitFor();
    await runCommand(page, 'Git: Open Changes');
    await expect.poll(() => readTabs(page)).toEqual(['notes.txt', 'notes.txt (Working Tree)']);
    await expect.poll(() => readDiff(page)).toEqual({ original: 'one\ntwo  (2)\n', modified: 'zero\none\ntwo  (2)\n' });
    await workbench.screenshot('diff');
    const changes = view(page, 'Changes').locator('.monaco-list-row:has(.resource-group)');
    await clickInlineAction(page, changes, 'Open Changes');
    await expect.poll(() => readMultiDiff(page)).toMatchObject([{ original: 'one\ntwo  (2)\n' }]);
    await workbench.screenshot('multiDiff');
  });

  test('asks before what cannot be undone', async () => {
    const { page } = workbench;
    await runCommand(page, 'Git: Discard All Changes');
    expect((await readDialog(page)).text).toContain('discard');
    await workbench.screenshot('dialog');
    await answerDialog(page, 'Cancel');
    await expect.poll(() => listCommands(page, 'Git: Discard All')).toContain('Git: Discard All Changes');
    expect(await listCommands(page, 'Git: No Such')).not.toContain('Git: No Such');
    await expect.poll(async () => (await readStatusBar(page)).join('\n')).toContain('master');
  });
});
