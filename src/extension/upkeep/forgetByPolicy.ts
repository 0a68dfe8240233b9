import * as vscode from 'vscode';
import { countSnapshots } from '../counts.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import { readPolicy } from '../settings.ts';
import { currentClock, snapshotDescription, snapshotName } from '../snapshots/describeSnapshot.ts';
import type { Target } from '../targets/targetStore.ts';
import { withProgress } from '../withProgress.ts';
import { forgetReport } from './forgetReport.ts';
import { isExpendable } from '../../worker/isExpendable.ts';
import { showReport } from './reports.ts';
import { retryLocked } from './retryLocked.ts';

type ForgetItem = vscode.QuickPickItem & { readonly row: SnapshotRow };

/** Shows what the policy of the settings keeps and why, lets a person choose from what it would remove, and removes that. */
export async function forgetByPolicy(cairn: Cairn, target: Target): Promise<void> {
  const policy = readPolicy();
  const name = target.name;
  await cairn.targets.use(target, async (repository) => {
    const plan = await cairn.engine.call('planForget', { repository, policy });
    const candidates = plan.groups.flatMap(({ remove }) => remove);
    if (candidates.length === 0) {
      tell(vscode.l10n.t('The policy keeps all snapshots of {0}.', name));
      return;
    }
    await showReport(vscode.l10n.t('Forget by policy'), forgetReport(name, plan, currentClock()), {
      preserveFocus: true,
    });
    const ids = await chooseForgotten(candidates, name);
    if (!ids || ids.length === 0) return;
    const title = vscode.l10n.t('Forgetting snapshots');
    await cairn.copies.giveWay(target);
    await retryLocked(() =>
      withProgress({ location: vscode.ProgressLocation.Notification, title }, (options) =>
        cairn.engine.call('deleteSnapshots', { repository, ids }, options),
      ),
    );
    cairn.log.info(`Forgot ${ids.length} snapshots of ${name}`);
    cairn.snapshotsChanged.fire();
    cairn.targets.touch(target);
    offerPrune(target, ids.length);
  });
}

/** What a person made or said something of is offered, and not ticked. */
async function chooseForgotten(rows: readonly SnapshotRow[], name: string): Promise<string[] | undefined> {
  const clock = currentClock();
  const items: ForgetItem[] = rows.map((row) => ({
    label: snapshotName(row, clock),
    description: snapshotDescription(row, { whose: true }),
    picked: isExpendable(row),
    row,
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Forget Snapshots of {0}', name),
    placeHolder: vscode.l10n.t('Ticked ones go. The document behind says what stays, and why.'),
    canPickMany: true,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  return chosen?.map(({ row }) => row.id);
}

function offerPrune(target: Target, count: number): void {
  const prune = vscode.l10n.t('Prune…');
  const text = vscode.l10n.t('Forgotten: {0}. Prune gives back the space.', countSnapshots(count));
  void vscode.window.showInformationMessage(`Cairn: ${text}`, prune).then((choice) => {
    if (choice === prune) void vscode.commands.executeCommand(commands.prune, { target });
  });
}

function tell(text: string): void {
  void vscode.window.showInformationMessage(`Cairn: ${text}`);
}
