import { CairnError } from '../../base/errors.ts';
import { createGiveWay } from '../../base/giveWay.ts';
import type { DiskPath, TreePath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import { isWindowsPath } from '../../base/samePlace.ts';
import { treePathOf } from '../../base/treePath.ts';
import { isAbsoluteAnywhere, treeNamesOf } from '../../disk/treePaths.ts';
import type { Node } from '../../repository/format/node.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { isCovered, namesAtThatTime, type HistoryWorkspace } from '../fileHistory.ts';
import { beginsWith, createNodeFinder, followFirst, placesOnDisk } from '../snapshotPath.ts';
import { toTreeProblem, type TreeProblem, type TreeReader } from '../walkTree.ts';

/** What comparing and searching need to know of an entry; the root of a snapshot has no more. */
export type Entry = Pick<Node, 'type' | 'subtree'> & Partial<Node>;

/** A folder (or file) as a snapshot has it. */
export interface FolderState {
  readonly stored: StoredSnapshot;
  /** Where it stands in the tree of the snapshot, or would stand. */
  readonly path: TreePath;
  /** Absent if the snapshot should have it and does not. */
  readonly entry: Entry | undefined;
}

export interface StatesOptions {
  /** Follow the place to where its workspace was when a snapshot of it was made. */
  readonly workspace?: HistoryWorkspace;
  readonly onProblem?: (problem: TreeProblem) => void;
  readonly signal?: AbortSignal;
}

/**
 * The states of a place on the disk, newest first: one for each snapshot that was made of it or of a folder that it is
 * in. A snapshot in which the way to it cannot be read is left out, and told.
 */
export async function* folderStates(
  reader: TreeReader,
  newestFirst: readonly StoredSnapshot[],
  place: DiskPath,
  { workspace, onProblem, signal }: StatesOptions = {},
): AsyncGenerator<FolderState, void, void> {
  const finder = createNodeFinder(reader);
  const giveWay = createGiveWay(signal);
  for (const stored of newestFirst) {
    await giveWay();
    const names = namesAtThatTime(place, stored, workspace);
    if (!isCovered(names, stored)) continue;
    try {
      const candidates = await placesOnDisk(finder, stored, names);
      const found = await followFirst(finder, stored, candidates);
      const root: Entry = { type: 'dir', subtree: stored.snapshot.tree };
      yield {
        stored,
        path: found?.path ?? treePathOf(candidates[0] ?? names),
        entry: found && (found.node ?? root),
      };
    } catch (error) {
      onProblem?.(toTreeProblem(error, place));
    }
  }
}

/**
 * Places of which there are states: the one given, or, if no snapshot was made of it or of a folder that it is in, the
 * paths of snapshots that lie in it. Throws `usage` for a relative path, and `path-not-in-snapshot` if there are none.
 */
export function placesWithStates(
  snapshots: readonly StoredSnapshot[],
  place: DiskPath,
  workspace?: HistoryWorkspace,
): readonly DiskPath[] {
  if (!isAbsoluteAnywhere(place)) {
    throw new CairnError('usage', `"${displayPath(place)}" is not a full path. Give one that begins at the root.`);
  }
  if (snapshots.some((stored) => isCovered(namesAtThatTime(place, stored, workspace), stored))) return [place];
  const below = new Map<string, DiskPath>();
  for (const target of snapshots.flatMap(({ snapshot }) => snapshot.paths)) {
    const names = treeNamesOf(target);
    if (beginsWith(names, treeNamesOf(place), isWindowsPath(target))) below.set(treePathOf(names), target);
  }
  if (below.size === 0) {
    const message = `No snapshot that was looked at is of ${displayPath(place)}. "cairn snapshots" lists them all, with their hosts and paths.`;
    throw new CairnError('path-not-in-snapshot', message, { details: { path: displayPath(place) } });
  }
  // What lies in another of them is looked at with that.
  const keys = [...below.keys()];
  return keys.filter((key) => !keys.some((other) => key.startsWith(`${other}/`))).map((key) => below.get(key)!);
}
