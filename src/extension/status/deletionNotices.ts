import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import type { SnapshotPlace } from '../snapshots/snapshotPlace.ts';

/** Tells a person that a snapshot lacks much of what the one before it has, or has noise for it: once, while that was not answered. */
export function registerDeletionNotices(cairn: Cairn): vscode.Disposable {
  let isOpen = false;
  return cairn.backups.onDidFinish(({ order: { folder, trigger }, target, report: { snapshot: row } }) => {
    // Who restores has seen that.
    if (!row || !(row.isMassDeletion || row.scrambled) || trigger === 'restore' || isOpen) return;
    isOpen = true;
    void tell(folder.name, { target, row }).finally(() => (isOpen = false));
  });
}

async function tell(folder: string, place: SnapshotPlace): Promise<void> {
  const bringBack = vscode.l10n.t('Bring Back');
  const show = vscode.l10n.t('Show');
  const { scrambled, counts } = place.row;
  const count = (scrambled ?? counts?.filesRemoved ?? 0).toLocaleString(vscode.env.language);
  const text = scrambled
    ? vscode.l10n.t(
        '{0} files of {1} were turned to random bytes, as by an attack that encrypts files. The snapshot before has what was in them.',
        count,
        folder,
      )
    : vscode.l10n.t(
        '{0} files of {1} were deleted. The snapshot before has them, if that was not meant.',
        count,
        folder,
      );
  const choice = await vscode.window.showWarningMessage(`Cairn: ${text}`, bringBack, show);
  if (choice === bringBack) await vscode.commands.executeCommand(commands.restoreChange, place);
  if (choice === show) await vscode.commands.executeCommand(commands.openSnapshotChanges, place);
}
