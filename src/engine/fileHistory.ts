import { CairnError } from '../base/errors.ts';
import { createGiveWay } from '../base/giveWay.ts';
import { displayPath } from '../base/rawName.ts';
import type { SnapshotId } from '../repository/format/ids.ts';
import type { Node } from '../repository/format/node.ts';
import { sha256Hex } from '../repository/hash.ts';
import type { StoredSnapshot } from '../repository/snapshots.ts';
import { chooseSnapshots, type SnapshotChoice } from './chooseSnapshots.ts';
import type { Session } from './session.ts';
import { createNodeFinder, followFirst, placesOnDisk } from './snapshotPath.ts';
import { workspaceTag } from './snapshotTags.ts';
import { toTreeProblem, type TreeProblem } from './walkTree.ts';
import { treeNamesOf, isAbsoluteAnywhere } from '../disk/treePaths.ts';
import { isWindowsPath } from '../base/samePlace.ts';
import { beginsWith } from '../engine/snapshotPath.ts';

/** A workspace whose folder may have been elsewhere when some snapshots were made. */
export interface HistoryWorkspace {
  /** As in the tag `workspace-<id>`. */
  readonly id: string;
  /** Where its folder is now. Absolute. */
  readonly root: string;
  /** Where it was before; needed to understand snapshots of several folders. */
  readonly earlierRoots?: readonly string[];
}

export interface HistoryOptions extends SnapshotChoice {
  /** Follow a file in this workspace to where the workspace was when a snapshot of it was made. */
  readonly workspace?: HistoryWorkspace;
  /** Hears of snapshots whose folders on the way cannot be read; they count for nothing. */
  readonly onProblem?: (problem: TreeProblem & { readonly snapshot: SnapshotId }) => void;
}

/** A snapshot, as a version names it. */
export interface SnapshotMoment {
  readonly id: SnapshotId;
  /** RFC 3339. */
  readonly time: string;
}

/** The file in a run of snapshots in which its content stayed the same. */
export interface FileVersion {
  /** Compared with the version before; `typeChanged` e.g. from a file to a link. */
  readonly change: 'added' | 'modified' | 'typeChanged' | 'deleted';
  readonly first: SnapshotMoment;
  readonly last: SnapshotMoment;
  /** How many snapshots the run has. */
  readonly snapshots: number;
  /** As it stands in the tree of the first. */
  readonly path: string;
  /** The entry in the first; absent if it is deleted. */
  readonly node?: Node;
  /** The same for the same content, whatever snapshot or file it is in; absent if it is deleted. */
  readonly contentId?: string;
}

/**
 * The versions of a file (or of anything else) that snapshots hold, newest first. `path` is absolute on
 * the disk or in the tree. A snapshot counts if it has the file, or should: if it was made of the file
 * or of a folder that the file is in. Content that comes back later is a version again. Reads only the
 * lists of folders on the way, each once.
 * Throws `usage` for a relative path.
 */
export async function fileHistory(
  session: Session,
  path: string,
  options: HistoryOptions = {},
): Promise<FileVersion[]> {
  if (!isAbsoluteAnywhere(path)) {
    throw new CairnError('usage', `"${displayPath(path)}" is not a full path. Give one that begins at the root.`);
  }
  const giveWay = createGiveWay(options.signal);
  const finder = createNodeFinder(session.reader);
  const versions: FileVersion[] = [];
  for (const stored of (await chooseSnapshots(session.repository, options)).reverse()) {
    await giveWay();
    const names = namesAtThatTime(path, stored, options.workspace);
    try {
      const onDisk = await placesOnDisk(finder, stored, names);
      const place = await followFirst(finder, stored, [...onDisk, names]);
      if (place?.node) addEntry(versions, stored, place.path, place.node);
      else if (versions.length > 0 && isCovered(names, stored)) addAbsence(versions, stored);
    } catch (error) {
      options.onProblem?.({ ...toTreeProblem(error, path), snapshot: stored.id });
    }
  }
  return versions.reverse();
}

/** The names on the way to `path`, or to where that was before its workspace was moved. */
export function namesAtThatTime(
  path: string,
  stored: StoredSnapshot,
  workspace: HistoryWorkspace | undefined,
): string[] {
  const names = treeNamesOf(path);
  const { paths, tags } = stored.snapshot;
  if (!workspace || !tags?.includes(workspaceTag(workspace.id)) || isCovered(names, stored)) return names;
  const root = treeNamesOf(workspace.root);
  const foldsCase = isWindowsPath(workspace.root);
  if (!beginsWith(names, root, foldsCase)) return names;
  const before = paths.length === 1 ? paths[0] : paths.find((target) => workspace.earlierRoots?.includes(target));
  return before === undefined ? names : [...treeNamesOf(before), ...names.slice(root.length)];
}

/** Whether the snapshot was made of this path or of a folder that it is in. */
export function isCovered(names: readonly string[], { snapshot }: StoredSnapshot): boolean {
  return snapshot.paths.some((target) => beginsWith(names, treeNamesOf(target), isWindowsPath(target)));
}

function addEntry(versions: FileVersion[], stored: StoredSnapshot, path: string, node: Node): void {
  const newest = versions.at(-1);
  const contentId = idOfContent(node);
  if (newest?.contentId === contentId) return extendNewest(versions, stored);
  const change = !newest?.node ? 'added' : newest.node.type === node.type ? 'modified' : 'typeChanged';
  const moment = momentOf(stored);
  versions.push({ change, first: moment, last: moment, snapshots: 1, path, node, contentId });
}

function addAbsence(versions: FileVersion[], stored: StoredSnapshot): void {
  const { change, path } = versions[versions.length - 1]!;
  if (change === 'deleted') return extendNewest(versions, stored);
  const moment = momentOf(stored);
  versions.push({ change: 'deleted', first: moment, last: moment, snapshots: 1, path });
}

function extendNewest(versions: FileVersion[], stored: StoredSnapshot): void {
  const newest = versions.pop()!;
  versions.push({ ...newest, last: momentOf(stored), snapshots: newest.snapshots + 1 });
}

function momentOf({ id, snapshot }: StoredSnapshot): SnapshotMoment {
  return { id, time: snapshot.time };
}

/** The same for the same content, whatever snapshot or file it is in. */
export function idOfContent({ type, content, linkTarget, device, subtree }: Node): string {
  return sha256Hex([type, content?.join() ?? '', linkTarget ?? '', device ?? '', subtree ?? ''].join('\0'));
}
