import * as vscode from 'vscode';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { pathOf } from '../diskPaths.ts';
import { currentClock, snapshotDescription, snapshotThemeIcon, snapshotName } from '../snapshots/describeSnapshot.ts';
import { repeatedMinutes } from '../snapshots/repeatedMinutes.ts';
import type { Target } from '../targets/targetStore.ts';

/** So many snapshots are listed at once, and more on demand. */
const PAGE = 200;

type SnapshotItem = vscode.QuickPickItem & { readonly row?: SnapshotRow };

/** Lets a snapshot of a workspace folder be chosen, newest first; undefined if none was. */
export async function pickSnapshot(
  { engine, targets }: Cairn,
  folder: vscode.WorkspaceFolder,
  target: Target,
  title: string,
): Promise<SnapshotRow | undefined> {
  for (let limit = PAGE; ; limit *= 5) {
    // Before the list is shown: a question for the password would close it.
    const listed = await targets.use(target, (repository) =>
      engine.call('listSnapshots', { repository, folder: pathOf(folder.uri), limit }),
    );
    const placeHolder = vscode.l10n.t('Choose a snapshot');
    const chosen = await vscode.window.showQuickPick(itemsOf(listed), { title, placeHolder, matchOnDescription: true });
    if (!chosen || chosen.row) return chosen?.row;
  }
}

function itemsOf({ rows, total }: { readonly rows: readonly SnapshotRow[]; readonly total: number }): SnapshotItem[] {
  const clock = currentClock();
  const repeated = repeatedMinutes(rows);
  const items: SnapshotItem[] = rows.map((row) => ({
    label: snapshotName(row, clock, { seconds: repeated.has(row) }),
    description: snapshotDescription(row),
    iconPath: snapshotThemeIcon(row),
    row,
  }));
  if (total > rows.length) items.push({ label: vscode.l10n.t('Load more…'), alwaysShow: true });
  return items;
}
