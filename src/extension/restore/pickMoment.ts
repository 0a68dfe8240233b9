import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import { pathOf } from '../diskPaths.ts';
import { currentClock, snapshotDescription, snapshotThemeIcon, snapshotName } from '../snapshots/describeSnapshot.ts';
import { repeatedMinutes } from '../snapshots/repeatedMinutes.ts';
import type { Target } from '../targets/targetStore.ts';
import type { RestorePart } from './restoreOrder.ts';

/** So many snapshots of a folder are listed at once, and more on demand. */
const PAGE = 200;

/** A snapshot of one of the folders. */
interface Candidate {
  readonly folder: vscode.WorkspaceFolder;
  readonly row: SnapshotRow;
}

interface MomentItem extends vscode.QuickPickItem {
  readonly chosen?: Candidate;
}

/**
 * Lets a person choose a snapshot, newest first; undefined if they did not, or there is none, which is said. Of
 * several folders, each comes back as it was at that moment, from its newest snapshot until then.
 */
export async function pickMoment(
  { engine, targets }: Cairn,
  folders: readonly vscode.WorkspaceFolder[],
  target: Target,
  title: string,
): Promise<Omit<RestorePart, 'paths'>[] | undefined> {
  for (let limit = PAGE; ; limit *= 5) {
    const lists = folders.map(async (folder) => {
      const query = { folder: pathOf(folder.uri), limit };
      const { rows, total } = await targets
        .use(target, (repository) => engine.call('listSnapshots', { repository, ...query }))
        .catch(nothingYet);
      return { total, candidates: rows.map((row) => ({ folder, row })) };
    });
    const found = await Promise.all(lists);
    const candidates = found
      .flatMap((list) => list.candidates)
      .sort((a, b) => Date.parse(b.row.time) - Date.parse(a.row.time));
    if (candidates.length === 0) return tellNone();
    const repeated = repeatedMinutes(candidates.map(({ row }) => row));
    const items = candidates.map((candidate) =>
      momentItem(candidate, { several: folders.length > 1, seconds: repeated.has(candidate.row) }),
    );
    const isAll = found.every((list) => list.candidates.length === list.total);
    if (!isAll) items.push({ label: vscode.l10n.t('Load more…'), alwaysShow: true });
    const placeHolder = vscode.l10n.t('Choose a snapshot');
    const options = { title, placeHolder, matchOnDescription: true, matchOnDetail: true };
    const item = await vscode.window.showQuickPick(items, options);
    if (!item) return undefined;
    if (item.chosen) return stateAt(item.chosen, candidates, folders);
  }
}

/** Before the first backup, the default repository is not there. */
function nothingYet(error: unknown): { readonly rows: readonly SnapshotRow[]; readonly total: number } {
  if (errorCode(error) !== 'repository-not-found') throw error;
  return { rows: [], total: 0 };
}

function stateAt(
  { folder: chosen, row }: Candidate,
  newestFirst: readonly Candidate[],
  folders: readonly vscode.WorkspaceFolder[],
): Omit<RestorePart, 'paths'>[] {
  const time = Date.parse(row.time);
  return folders.flatMap((folder) => {
    if (folder === chosen) return [{ folder, snapshot: row }];
    const last = newestFirst.find((other) => other.folder === folder && Date.parse(other.row.time) <= time);
    return last ? [{ folder, snapshot: last.row }] : [];
  });
}

function momentItem(
  { folder, row }: Candidate,
  { several, seconds }: { readonly several: boolean; readonly seconds: boolean },
): MomentItem {
  return {
    label: snapshotName(row, currentClock(), { seconds }),
    description: [...(several ? [folder.name] : []), snapshotDescription(row)].join(' · '),
    iconPath: snapshotThemeIcon(row),
    chosen: { folder, row },
  };
}

function tellNone(): undefined {
  const backUp = vscode.l10n.t('Back Up Workspace');
  const text = vscode.l10n.t('There is no snapshot of this workspace yet.');
  void vscode.window.showInformationMessage(`Cairn: ${text}`, backUp).then((choice) => {
    if (choice === backUp) void vscode.commands.executeCommand(commands.backupWorkspace);
  });
  return undefined;
}
