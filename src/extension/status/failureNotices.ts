import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import { showError } from '../showError.ts';
import { isPasswordFailure, type Target } from '../targets/targetStore.ts';
import type { AutomaticBackups } from '../triggers/automaticBackups.ts';
import type { BackupState, Failure } from './backupState.ts';

/** Others may work on a target for so long without anybody being told. Milliseconds. */
const LONGEST_LOCK = 300_000;
const MOST_CRASHES = 3;
/** Failures that another place or another password may mend. */
const ofTheTarget = new Set([
  'repository-not-found',
  'target-unavailable',
  'wrong-password',
  'password-missing',
  'read-only',
  'permission-denied',
]);

/** Tells a person that automatic snapshots fail: once for each kind of failure, until one succeeds again. */
export function registerFailureNotices(
  cairn: Cairn,
  state: BackupState,
  automatic: AutomaticBackups,
): vscode.Disposable {
  const told = new Map<string, string>();
  return vscode.Disposable.from(
    cairn.backups.onDidFinish(({ target }) => told.delete(target.id)),
    state.onDidFail((failure) => {
      const { target, code, message, isAutomatic } = failure;
      // Who gave a command is told by the command.
      if (!isAutomatic) return void told.set(target.id, code);
      cairn.log.warn(`An automatic snapshot failed (${code}): ${message}`);
      if (told.get(target.id) === code || isPassing(failure)) return;
      told.set(target.id, code);
      void show(cairn, failure, automatic);
    }),
  );
}

function isPassing({ code, count, since }: Failure): boolean {
  if (code === 'locked' || code === 'lock-lost') return Date.now() - since < LONGEST_LOCK;
  return code === 'worker-crashed' && count < MOST_CRASHES;
}

async function show(cairn: Cairn, failure: Failure, automatic: AutomaticBackups): Promise<void> {
  const { target, code, message } = failure;
  if (code === 'source-not-found') return showGone(message);
  const enter = vscode.l10n.t('Enter Password…');
  const retry = vscode.l10n.t('Retry');
  const edit = vscode.l10n.t('Edit Target…');
  const showLog = vscode.l10n.t('Show Log');
  const isNamed = target.location !== undefined;
  const isAsked = isPasswordFailure(code) && cairn.targets.isPasswordAsked(target);
  const buttons = [isAsked ? enter : retry, ...(isNamed && ofTheTarget.has(code) ? [edit] : []), showLog];
  const text = vscode.l10n.t('Automatic snapshots to {0} fail. {1}', target.name, message);
  const choice = await vscode.window.showWarningMessage(`Cairn: ${text}`, ...buttons);
  if (choice === enter) await enterPassword(cairn, target, automatic);
  if (choice === retry) automatic.retry();
  if (choice === edit) await vscode.commands.executeCommand(commands.editTarget);
  if (choice === showLog) cairn.log.show();
}

/** The target is as it should be: what was to be backed up is not there. */
async function showGone(message: string): Promise<void> {
  const bringBack = vscode.l10n.t('Bring the Folder Back');
  const choice = await vscode.window.showWarningMessage(`Cairn: ${message}`, bringBack);
  if (choice === bringBack) await vscode.commands.executeCommand(commands.bringFolderBack);
}

async function enterPassword(cairn: Cairn, target: Target, automatic: AutomaticBackups): Promise<void> {
  try {
    await cairn.targets.enterPassword(target);
    automatic.retry();
  } catch (error) {
    showError(cairn, error);
  }
}
