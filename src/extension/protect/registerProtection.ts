import { homedir } from 'node:os';
import * as vscode from 'vscode';
import { backUpFolders, tellResult } from '../backup/backupCommands.ts';
import type { Cairn } from '../cairn.ts';
import { isInside, pathOf } from '../diskPaths.ts';
import { readSetting, SECTION } from '../settings.ts';
import { showError } from '../showError.ts';
import type { AutomaticBackups } from '../triggers/automaticBackups.ts';
import { noteAnswer, wasAsked } from './protectAnswers.ts';

/** What happens with a folder that has no snapshot. */
type Protect = 'ask' | 'always' | 'never';
const SETTING = 'protect';

/**
 * Folders without a snapshot: asks once for each whether it is to be protected, or sees to it unasked, as the
 * setting says. A folder that is not trusted is one to look at, and waits until it is.
 */
export function registerProtection(cairn: Cairn, automatic: AutomaticBackups): vscode.Disposable {
  const look = () => {
    const { begin, ask } = judgeFolders(cairn, automatic.unprotected);
    for (const folder of begin) automatic.begin(folder);
    if (ask.length > 0) void askToProtect(cairn, automatic, ask).catch((error: unknown) => showError(cairn, error));
  };
  return vscode.Disposable.from(
    automatic.onDidLookUp(look),
    vscode.workspace.onDidGrantWorkspaceTrust(look),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.${SETTING}`)) look();
    }),
    cairn.backups.onDidFinish(({ order, report }) => {
      // Nobody watched, and where the password lies is worth a word.
      if (order.mayCreate && (report.createdRepository ?? report.recoveredFrom)) tellResult(cairn, [report], true);
    }),
  );
}

/** Which of the folders without a snapshot are protected now, and which a person is asked about. */
function judgeFolders(
  { context }: Pick<Cairn, 'context'>,
  unprotected: readonly vscode.WorkspaceFolder[],
): { readonly begin: readonly vscode.WorkspaceFolder[]; readonly ask: readonly vscode.WorkspaceFolder[] } {
  const protect = readSetting<Protect>(SETTING);
  if (protect === 'never' || !vscode.workspace.isTrusted) return { begin: [], ask: [] };
  // Nobody who says Always thinks of all that they have.
  const isUnasked = (folder: vscode.WorkspaceFolder) =>
    protect === 'always' && !isInside(homedir(), pathOf(folder.uri));
  return {
    begin: unprotected.filter(isUnasked),
    ask: unprotected.filter((folder) => !isUnasked(folder) && !wasAsked(context, folder)),
  };
}

async function askToProtect(
  cairn: Cairn,
  automatic: AutomaticBackups,
  folders: readonly vscode.WorkspaceFolder[],
): Promise<void> {
  // Whoever lets it pass is not asked at each start; the status bar goes on to say so.
  await noteAnswer(cairn.context, folders, 'asked');
  const [protect, always, not] =
    folders.length === 1
      ? [vscode.l10n.t('Protect This Folder'), vscode.l10n.t('Always'), vscode.l10n.t('Not This One')]
      : [vscode.l10n.t('Protect These Folders'), vscode.l10n.t('Always'), vscode.l10n.t('Not These')];
  const choice = await vscode.window.showInformationMessage(`Cairn: ${question(folders)}`, protect, always, not);
  if (choice === not) {
    await noteAnswer(cairn.context, folders, 'declined');
    automatic.tellChange();
  }
  if (choice === protect) await backUpFolders(cairn, automatic, folders);
  if (choice === always) {
    await vscode.workspace.getConfiguration(SECTION).update(SETTING, 'always', vscode.ConfigurationTarget.Global);
    for (const folder of folders) automatic.begin(folder);
  }
}

function question(folders: readonly vscode.WorkspaceFolder[]): string {
  const names = folders.map(({ name }) => name).join(', ');
  return folders.length === 1
    ? vscode.l10n.t(
        '{0} is not protected. With a first snapshot, every save, every commit and every change by an agent or a terminal can be had back.',
        names,
      )
    : vscode.l10n.t(
        '{0} are not protected. With a first snapshot, every save, every commit and every change by an agent or a terminal can be had back.',
        names,
      );
}
