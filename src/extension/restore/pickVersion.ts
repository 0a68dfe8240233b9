import * as vscode from 'vscode';
import { countSnapshots } from '../counts.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { lastName, pathOf } from '../diskPaths.ts';
import { formatSize } from '../formatSize.ts';
import { describeChange } from '../history/describeVersion.ts';
import { makerWords } from '../snapshots/describeMaker.ts';
import { currentClock, snapshotThemeIcon, snapshotName } from '../snapshots/describeSnapshot.ts';
import { repeatedMinutes } from '../snapshots/repeatedMinutes.ts';
import type { Target } from '../targets/targetStore.ts';

/** Lets a person choose a version of a file, newest first, by the snapshot in which it first appears. */
export async function pickVersion(
  { engine, targets }: Cairn,
  folder: vscode.WorkspaceFolder,
  path: DiskPath,
  target: Target,
): Promise<SnapshotRow | undefined> {
  const versions = await targets.use(target, (repository) =>
    engine.call('fileHistory', { repository, path, folder: pathOf(folder.uri) }),
  );
  const clock = currentClock();
  const repeated = repeatedMinutes(versions.map(({ snapshot }) => snapshot));
  const items = versions
    .filter(({ change }) => change !== 'deleted')
    .map(({ snapshot, change, size, snapshots }) => ({
      label: snapshotName(snapshot, clock, { seconds: repeated.has(snapshot) }),
      iconPath: snapshotThemeIcon(snapshot),
      description: [
        ...makerWords(snapshot),
        describeChange(change),
        ...(size === undefined ? [] : [formatSize(size, clock.locale)]),
        vscode.l10n.t('in {0}', countSnapshots(snapshots)),
      ].join(' · '),
      snapshot,
    }));
  const name = lastName(path);
  if (items.length === 0) {
    const text = vscode.l10n.t('No snapshot has {0}: it was never backed up, or is left out of backups.', name);
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
    return undefined;
  }
  const title = vscode.l10n.t('Restore {0} to', name);
  const placeHolder = vscode.l10n.t('Choose a version');
  return (await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true }))?.snapshot;
}
