import { systemCode } from '../../base/systemCode.ts';
import type { ListedEntry } from '../../disk/folders.ts';
import type { Node } from '../../repository/format/node.ts';
import type { DraftFolder, PlanDraft } from './planDraft.ts';
import { folderPlace, plannedPath } from './restorePlan.ts';
import type { RestoreRun } from './restoreRun.ts';
import { nameOfTemporary } from '../../disk/temporaryName.ts';
import { unlink } from '../../disk/changes.ts';

/**
 * Plans that half-written entries of a restore that was cut off go, those alone that this restore brings
 * back itself: `isSelected` says so by the name. `extra` is what the snapshot's `nodes` do not have.
 */
export function planLeftovers(
  draft: PlanDraft,
  folder: DraftFolder,
  extra: readonly ListedEntry[],
  nodes: readonly Node[],
  isSelected: (name: string) => boolean,
): void {
  for (const { name, isFolder } of extra) {
    const wanted = isFolder ? undefined : nameOfTemporary(name);
    if (wanted === undefined || !isSelected(wanted)) continue;
    if (!nodes.some((node) => node.name === wanted && node.type !== 'dir')) continue;
    const index = draft.need(folder);
    if (index !== undefined) draft.leftovers.push({ folder: index, name });
  }
}

/** Removes them; for a plan that has grown, those that are new in it. One that is gone already was that of a restore which is at work, or somebody cleaned up. */
export async function removeLeftovers(run: RestoreRun): Promise<void> {
  const { folders, leftovers } = run.plan;
  for (const end = leftovers.length; run.done.leftovers < end; run.done.leftovers++) {
    await run.giveWay();
    const { folder, name } = leftovers[run.done.leftovers]!;
    if (run.failedFolders.has(folder)) continue;
    run.attempt(
      () => plannedPath(folders, folder, name),
      () => {
        try {
          unlink(run.reach.enter(folderPlace(folders, folder)).at(name));
        } catch (error) {
          if (systemCode(error) !== 'ENOENT') throw error;
        }
      },
    );
  }
}
