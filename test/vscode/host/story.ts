/**
 * What the extension is for, in one go: a first backup, a snapshot that is made by itself, a file that comes back.
 * It needs nothing but the editor it runs in, so it runs in that of the tests as in one on a desktop
 * (build/desktop.mts). What goes wrong is thrown.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';

export interface StoryInput {
  /** The folder that is to be taken for the user's home. */
  readonly home: string;
  /** A Node for the command line. */
  readonly node: string;
}

export interface Story {
  readonly vscode: string;
  /** Why each snapshot was made, oldest first. */
  readonly triggers: readonly string[];
}

interface Listed {
  readonly id: string;
  readonly tags: readonly string[];
}

/** How long a step may take, however busy the machine is. Milliseconds. */
const PATIENCE = 90_000;

export async function run({ home, node }: StoryInput): Promise<Story> {
  // Before anything else: nothing here is to touch the backups of the person who runs it.
  assert.equal(homedir(), home);
  const extension = vscode.extensions.getExtension('cairn-backup.cairn-backup')!;
  await extension.activate();
  const cairn = async (...args: string[]) =>
    (await promisify(execFile)(node, [join(extension.extensionPath, 'dist/cli.js'), ...args])).stdout;
  const list = async () => JSON.parse(await cairn('snapshots', '--json')) as Listed[];
  const file = join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'notes.txt');
  writeFileSync(file, 'one\n');

  await vscode.commands.executeCommand('cairn.backupWorkspace');
  assert.deepEqual((await list()).map(triggerOf), ['manual']);

  writeFileSync(file, 'two\n');
  const [, saved] = await waitFor('a snapshot of the change', list, (listed) => listed.length === 2);
  assert.equal(triggerOf(saved!), 'outside');

  rmSync(file);
  const restoring = vscode.commands.executeCommand('cairn.restoreFile', vscode.Uri.file(file));
  // A person would choose the newest version, and then to restore; both are the first of their list.
  await waitFor('the file', acceptFirst, () => existsSync(file));
  await restoring;
  assert.equal(readFileSync(file, 'utf8'), 'two\n');

  const target = join(home, 'restored');
  await cairn('restore', saved!.id, '--target', target);
  const restored = readdirSync(target, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /notes\.txt$/.test(name),
  );
  assert.deepEqual(
    restored.map((name) => readFileSync(join(target, name), 'utf8')),
    ['two\n'],
  );
  await cairn('verify', '--read-data');
  return { vscode: vscode.version, triggers: (await list()).map(triggerOf) };
}

function triggerOf({ tags }: Listed): string {
  return tags[1]!;
}

async function acceptFirst(): Promise<void> {
  await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
}

/** Does something again and again until what it returns is accepted. */
async function waitFor<T>(what: string, act: () => Promise<T>, accept: (value: T) => boolean): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (;;) {
    const value = await act();
    if (accept(value)) return value;
    assert.ok(Date.now() < end, `Waited in vain for ${what}; last was ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
