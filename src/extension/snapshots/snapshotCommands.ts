import * as vscode from 'vscode';
import { withoutLogin } from '../../base/location.ts';
import type { EngineCommands } from '../../worker/engineProtocol.ts';
import type { Cairn } from '../cairn.ts';
import { refuseReplica } from '../backup/backupService.ts';
import { commands } from '../contributions.ts';
import { openAllChanges } from '../documents/openChange.ts';
import { storageArguments } from '../targets/storageArguments.ts';
import { registerCommand } from '../registerCommand.ts';
import { withProgress } from '../withProgress.ts';
import { askForSnapshot } from './askForSnapshot.ts';
import { comparisonOf } from './comparisonOf.ts';
import { currentClock, snapshotDescription, snapshotName, snapshotNames } from './describeSnapshot.ts';
import { fetchChanges } from './fetchChanges.ts';
import { resticRestoreCommand } from './resticRestoreCommand.ts';
import { chosenPlaces, type SnapshotPlace } from './snapshotPlace.ts';

/** How many changes are fetched for one editor of all. */
const MAX_CHANGES = 500;

/** The commands on snapshots that a person has chosen; called without one, they ask for it. */
export function registerSnapshotCommands(cairn: Cairn): vscode.Disposable {
  const choose = async (title: string, node: unknown, selection: unknown): Promise<SnapshotPlace[]> => {
    const chosen = chosenPlaces(node, selection);
    return chosen.length > 0 ? chosen : askForSnapshot(cairn, title);
  };
  return vscode.Disposable.from(
    registerCommand(cairn, commands.labelSnapshot, async (node?: unknown) => {
      const [place] = await choose(vscode.l10n.t('Label Snapshot'), node, undefined);
      if (place) await labelSnapshot(cairn, place);
    }),
    registerCommand(cairn, commands.keepSnapshot, async (node?: unknown, selection?: unknown) =>
      tag(cairn, await choose(vscode.l10n.t('Keep Snapshot'), node, selection), { keep: true }),
    ),
    registerCommand(cairn, commands.unkeepSnapshot, async (node?: unknown, selection?: unknown) =>
      tag(cairn, await choose(vscode.l10n.t('Do Not Keep Snapshot'), node, selection), { keep: false }),
    ),
    registerCommand(cairn, commands.deleteSnapshot, async (node?: unknown, selection?: unknown) =>
      deleteSnapshots(cairn, await choose(vscode.l10n.t('Delete Snapshot'), node, selection)),
    ),
    registerCommand(cairn, commands.openSnapshotChanges, async (node?: unknown) => {
      const [place] = await choose(vscode.l10n.t('Open All Changes'), node, undefined);
      if (place) await openSnapshotChanges(cairn, place);
    }),
    registerCommand(cairn, commands.compareSnapshots, (node: unknown, selection: unknown) =>
      compareSnapshots(cairn, chosenPlaces(node, selection)),
    ),
    registerCommand(cairn, commands.copySnapshotId, async (node: unknown, selection: unknown) => {
      await vscode.env.clipboard.writeText(
        chosenPlaces(node, selection)
          .map(({ row }) => row.id)
          .join('\n'),
      );
    }),
    registerCommand(cairn, commands.copyResticCommand, async (node: unknown, selection: unknown) => {
      const shell = process.platform === 'win32' ? 'powershell' : 'sh';
      const lines: string[] = [];
      for (const { target, row, path } of chosenPlaces(node, selection)) {
        const repository = await cairn.targets.repositoryRef(target);
        const { location, folder } = await cairn.engine.call('repositoryInfo', { repository });
        const place = folder === undefined ? withoutLogin(target.location!) : location;
        const storage = storageArguments(target);
        lines.push(resticRestoreCommand(place, row.id, { path, shell, storage }));
      }
      if (lines.length > 0) await vscode.env.clipboard.writeText(lines.join('\n'));
    }),
  );
}

async function labelSnapshot(cairn: Cairn, place: SnapshotPlace): Promise<void> {
  refuseReplica(place.target);
  const label = await vscode.window.showInputBox({
    title: vscode.l10n.t('Label of {0}', snapshotName(place.row, currentClock())),
    value: place.row.label ?? '',
    prompt: vscode.l10n.t(
      'What this snapshot is. A labelled snapshot is never forgotten by a policy; empty removes the label.',
    ),
  });
  if (label !== undefined) await tag(cairn, [place], { label });
}

async function tag(
  cairn: Cairn,
  places: readonly SnapshotPlace[],
  change: Pick<EngineCommands['tagSnapshots']['params'], 'keep' | 'label'>,
): Promise<void> {
  await forEachTarget(cairn, places, (repository, ids) =>
    cairn.engine.call('tagSnapshots', { repository, ids, ...change }),
  );
}

async function deleteSnapshots(cairn: Cairn, places: readonly SnapshotPlace[]): Promise<void> {
  if (places.length === 0) return;
  for (const { target } of places) refuseReplica(target);
  const clock = currentClock();
  const kept = places.filter(({ row }) => row.keep);
  if (kept.length > 0) {
    const names = kept.map(({ row }) => snapshotName(row, clock)).join('; ');
    const text = vscode.l10n.t(
      'Nothing was deleted: kept snapshots are never deleted ({0}). Choose "Do Not Keep Snapshot" first.',
      names,
    );
    void vscode.window.showWarningMessage(`Cairn: ${text}`);
    return;
  }
  const question =
    places.length === 1
      ? vscode.l10n.t('Delete the snapshot {0}?', snapshotName(places[0]!.row, clock))
      : vscode.l10n.t('Delete {0} snapshots?', places.length);
  const confirm = vscode.l10n.t('Delete');
  const loss = vscode.l10n.t('What no other snapshot holds is gone once the target is pruned. This cannot be undone.');
  const detail = `${describeAll(places)}\n\n${loss}`;
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, confirm)) !== confirm) return;
  const title = vscode.l10n.t('Deleting snapshots');
  await withProgress({ location: vscode.ProgressLocation.Window, title }, (options) =>
    forEachTarget(cairn, places, (repository, ids) =>
      cairn.engine.call('deleteSnapshots', { repository, ids }, options),
    ),
  );
}

/** At most so many are named in a question. */
const MAX_NAMED = 10;

/** What is to be deleted: of a single one its kind, as its name is in the question. */
function describeAll(places: readonly SnapshotPlace[]): string {
  const [only, ...others] = places;
  if (only && others.length === 0) return snapshotDescription(only.row);
  const clock = currentClock();
  const names = places
    .slice(0, MAX_NAMED)
    .map(({ row }) => `${snapshotName(row, clock)} · ${snapshotDescription(row)}`);
  const rest = places.length - names.length;
  return [...names, ...(rest > 0 ? [vscode.l10n.t('… and {0} more', rest)] : [])].join('\n');
}

async function openSnapshotChanges(cairn: Cairn, place: SnapshotPlace): Promise<void> {
  const { changes, before } = await fetchChanges(cairn, place, MAX_CHANGES);
  const title = vscode.l10n.t('Changes of {0}', snapshotName(place.row, currentClock()));
  await openAllChanges(cairn, title, changes, comparisonOf(place.target, before, place.row));
}

/** The older one stands left, whichever was selected first. */
async function compareSnapshots(cairn: Cairn, places: readonly SnapshotPlace[]): Promise<void> {
  const [before, after] = [...places].sort((a, b) => Date.parse(a.row.time) - Date.parse(b.row.time));
  if (!before || !after || places.length > 2 || before.target.id !== after.target.id) {
    const text = vscode.l10n.t('Select two snapshots of one target to compare them.');
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
    return;
  }
  const repository = await cairn.targets.repositoryRef(after.target);
  const ids = { snapshot: after.row.id, before: before.row.id };
  const { changes } = await cairn.engine.call('snapshotChanges', { repository, ...ids, limit: MAX_CHANGES });
  const clock = currentClock();
  if (changes.length === 0) {
    void vscode.window.showInformationMessage(`Cairn: ${vscode.l10n.t('The two snapshots hold the same files.')}`);
    return;
  }
  const title = snapshotNames(before.row, after.row, clock).join(' ↔ ');
  await openAllChanges(cairn, title, changes, comparisonOf(after.target, before.row, after.row));
}

/** Does something with the snapshots of each target, and lets everybody know. */
async function forEachTarget(
  { copies, targets, snapshotsChanged }: Cairn,
  places: readonly SnapshotPlace[],
  work: (repository: Awaited<ReturnType<Cairn['targets']['repositoryRef']>>, ids: string[]) => Promise<unknown>,
): Promise<void> {
  const byTarget = Map.groupBy(places, ({ target }) => target);
  for (const target of byTarget.keys()) refuseReplica(target);
  try {
    for (const [target, ofTarget] of byTarget) {
      await copies.giveWay(target);
      await work(await targets.repositoryRef(target), [...new Set(ofTarget.map(({ row }) => row.id))]);
    }
  } finally {
    if (places.length > 0) snapshotsChanged.fire();
  }
}
