import { homedir } from 'node:os';
import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { joinPath, pathOf } from '../diskPaths.ts';
import type { Target } from './targetStore.ts';

/** Saves the page by which everything comes back from a target, where the person says. */
export async function saveKit({ engine, targets }: Cairn, target: Target): Promise<void> {
  const name = `cairn-recovery-kit-${target.name.replace(/[^\p{L}\p{N}]+/gu, '-').toLowerCase()}.md`;
  const chosen = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Save the Recovery Kit of {0}', target.name),
    defaultUri: vscode.Uri.file(joinPath(homedir(), name)),
    filters: { Markdown: ['md'] },
  });
  if (!chosen || !(await acceptPlace(chosen))) return;
  const file = pathOf(chosen);
  await targets.use(target, (repository) => engine.call('saveRecoveryKit', { repository, file }));
  const open = vscode.l10n.t('Open');
  const text = vscode.l10n.t('{0} holds the password: keep it where it survives the loss of this computer.', file);
  const choice = await vscode.window.showInformationMessage(`Cairn: ${text}`, open);
  if (choice === open) await vscode.window.showTextDocument(chosen);
}

async function acceptPlace(file: vscode.Uri): Promise<boolean> {
  if (!vscode.workspace.getWorkspaceFolder(file)) return true;
  const save = vscode.l10n.t('Save It There');
  const message = vscode.l10n.t('Save the recovery kit into the workspace?');
  const detail = vscode.l10n.t(
    'It holds the password of the backups, could be committed or shared with the workspace, and is lost with it.',
  );
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, save)) === save;
}
