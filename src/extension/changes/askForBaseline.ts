import * as vscode from 'vscode';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { pathOf } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';
import { currentClock, snapshotDescription, snapshotName, snapshotThemeIcon } from '../snapshots/describeSnapshot.ts';
import { baselineItems, type ChosenBaseline } from './baseline.ts';

/** So many snapshots that a person labelled or keeps are offered. */
const MOST_KEPT = 20;

interface BaselineItem extends vscode.QuickPickItem {
  readonly chosen?: ChosenBaseline;
}

/** Lets a person choose since when changes are told. Undefined if they did not. */
export async function askForBaseline(cairn: Cairn, current: ChosenBaseline): Promise<ChosenBaseline | undefined> {
  const kept = await keptSnapshots(cairn);
  const clock = currentClock();
  const items: BaselineItem[] = [
    ...baselineItems(current),
    { label: vscode.l10n.t('Labelled and kept snapshots'), kind: vscode.QuickPickItemKind.Separator },
    ...kept.map((row) => ({
      label: snapshotName(row, clock),
      description: snapshotDescription(row),
      iconPath: snapshotThemeIcon(row),
      chosen: { kind: 'snapshot', id: row.id, time: row.time, name: snapshotName(row, clock) } as const,
    })),
  ];
  const title = vscode.l10n.t('Show Changes Since');
  const placeHolder = vscode.l10n.t('The view Changes tells what differs since then; remembered for this workspace');
  return (await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true }))?.chosen;
}

/** Those that a person said something of. Of a target that cannot be read there are none, which the view says itself. */
async function keptSnapshots({ engine, targets }: Cairn): Promise<SnapshotRow[]> {
  const found: SnapshotRow[] = [];
  try {
    for (const { uri } of workspaceFolders()) {
      const { rows } = await targets.useUnasked(targets.primary(), (repository) =>
        engine.call('listSnapshots', { repository, folder: pathOf(uri), limit: Infinity }),
      );
      found.push(...rows.filter(isKept));
    }
  } catch {
    return [];
  }
  return found.sort((a, b) => Date.parse(b.time) - Date.parse(a.time)).slice(0, MOST_KEPT);
}

/** The subject of a commit and the label of a safety snapshot or of a hook are said by nobody. */
function isKept({ keep, label, subject, trigger }: SnapshotRow): boolean {
  return keep || (label !== undefined && (trigger === 'manual' || trigger === 'save' || subject !== undefined));
}
