import * as vscode from 'vscode';
import { countSnapshots } from '../counts.ts';
import { displayLocation, parseLocation } from '../../base/location.ts';
import type { CopyReport } from '../../worker/engineProtocol/copies.ts';
import type { Cairn } from '../cairn.ts';
import { formatSize } from '../formatSize.ts';
import { askForSnapshot } from '../snapshots/askForSnapshot.ts';
import { chosenPlaces, type SnapshotPlace } from '../snapshots/snapshotPlace.ts';
import { kindIcons } from '../targets/pickTarget.ts';
import { isOwnRepository, type Target } from '../targets/targetStore.ts';
import { retryLocked } from '../upkeep/retryLocked.ts';
import { withProgress } from '../withProgress.ts';

/** Copies snapshots that a person chose into another repository, which has keys and rules of its own. */
export async function copySnapshotTo(cairn: Cairn, node: unknown, selection: unknown): Promise<void> {
  const title = vscode.l10n.t('Copy Snapshot');
  const chosen = chosenPlaces(node, selection);
  const places = chosen.length > 0 ? chosen : await askForSnapshot(cairn, title);
  for (const [from, ofTarget] of Map.groupBy(places, ({ target }) => target)) {
    const to = await pickOther(cairn, from, title);
    if (to) await copyTo(cairn, from, to, ofTarget);
  }
}

async function pickOther({ targets }: Cairn, from: Target, title: string): Promise<Target | undefined> {
  const original = targets.sourceOf(from)?.id ?? from.id;
  const others = targets.list().filter((target) => isOwnRepository(target) && target.id !== original);
  if (others.length === 0) {
    const text = vscode.l10n.t('There is no other repository. Run "Cairn: Add Target…" first.');
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
    return undefined;
  }
  const items = others.map((target) => ({
    iconPath: new vscode.ThemeIcon(kindIcons[target.kind]),
    label: target.name,
    ...(target.location !== undefined && { description: displayLocation(parseLocation(target.location)) }),
    target,
  }));
  const placeHolder = vscode.l10n.t('Into which repository?');
  return (await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true }))?.target;
}

async function copyTo(cairn: Cairn, from: Target, to: Target, places: readonly SnapshotPlace[]): Promise<void> {
  const ids = [...new Set(places.map(({ row }) => row.id))];
  const title = vscode.l10n.t('Copying to {0}', to.name);
  const report = await retryLocked(() =>
    cairn.targets.use(from, (source) =>
      cairn.targets.use(to, (target) =>
        withProgress({ location: vscode.ProgressLocation.Notification, title }, (options) =>
          cairn.copies.call('copySnapshots', { from: source, to: target, ids }, options),
        ),
      ),
    ),
  );
  tellResult(cairn, to, report);
  cairn.snapshotsChanged.fire();
  cairn.targets.touch(to);
  await cairn.copies.refresh();
}

function tellResult({ log }: Cairn, { name }: Target, { snapshots, bytesWritten }: CopyReport): void {
  const failed = snapshots.filter(({ outcome }) => outcome === 'failed');
  const copied = snapshots.filter(({ outcome }) => outcome === 'copied').length;
  log.info(`Copied ${copied} of ${snapshots.length} snapshots to ${name}: ${bytesWritten} bytes`);
  for (const { problem } of failed) log.warn(problem ?? '');
  const size = formatSize(bytesWritten, vscode.env.language);
  if (failed.length > 0) {
    const text = vscode.l10n.t(
      'Not copied to {1}: {0}. {2}',
      countSnapshots(failed.length),
      name,
      failed[0]!.problem ?? '',
    );
    void vscode.window.showWarningMessage(`Cairn: ${text}`);
  } else if (copied === 0) {
    tell(
      snapshots.length === 1
        ? vscode.l10n.t('The snapshot is in {0} already.', name)
        : vscode.l10n.t('The snapshots are in {0} already.', name),
    );
  } else tell(vscode.l10n.t('Copied to {0}: {1} ({2} added).', name, countSnapshots(copied), size));
}

function tell(text: string): void {
  void vscode.window.showInformationMessage(`Cairn: ${text}`);
}
