import type { DiskPath, PathBelow } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import { systemCode } from '../../base/systemCode.ts';
import { listEntries } from '../../disk/folders.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { joinPath } from '../../disk/paths.ts';
import { lstatIfThere } from '../../disk/stats.ts';
import type { Node } from '../../repository/format/node.ts';
import { tryLoadTree } from '../walkTree.ts';
import type { Entry } from './folderStates.ts';
import { toRemoved, wayTo, type Comparing, type Removed } from './removedBetween.ts';

/** What a state of a folder has, and the disk has not: looks at names alone, and lists each folder once. */
export async function* goneFromDisk(
  comparing: Comparing,
  folder: DiskPath,
  entry: Entry,
): AsyncGenerator<Removed, void, void> {
  if (entry.type !== 'dir') {
    if (!isFileOnDisk(folder)) yield toRemoved('', entry as Node);
    return;
  }
  yield* goneBelow(comparing, folder, { way: '', entry, isThere: isFolderOnDisk(folder) });
}

/** True for anything but a folder. What cannot be looked at is not there as far as a person is concerned. */
export function isFileOnDisk(path: DiskPath): boolean {
  try {
    return lstatIfThere(toFsPath(path))?.isDirectory() === false;
  } catch {
    return false;
  }
}

function isFolderOnDisk(path: DiskPath): boolean {
  try {
    return lstatIfThere(toFsPath(path))?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

interface Place {
  readonly way: PathBelow;
  readonly entry: Entry;
  readonly isThere: boolean;
}

async function* goneBelow(
  comparing: Comparing,
  folder: DiskPath,
  { way, entry, isThere }: Place,
): AsyncGenerator<Removed, void, void> {
  await comparing.giveWay();
  const loaded = await tryLoadTree(comparing.reader, entry.subtree, way);
  if ('code' in loaded) return comparing.onProblem(loaded);
  const listed = isThere ? listFolder(comparing, joinPath(folder, way)) : new Map<string, boolean>();
  if (!listed) return;
  for (const node of loaded.nodes) {
    const wayOf = wayTo(way, node.name);
    const path = joinPath(folder, wayOf);
    const isFolder = listed.get(node.name);
    // A disk that does not tell upper from lower case may list it by another name.
    if (node.type === 'dir') {
      const there = isThere && (isFolder ?? isFolderOnDisk(path));
      yield* goneBelow(comparing, folder, { way: wayOf, entry: node, isThere: there });
    } else if (!isThere || !(isFolder === false || isFileOnDisk(path))) {
      yield toRemoved(wayOf, node);
    }
  }
}

/** The names in a folder, and which are folders. Undefined if it cannot be read: then nothing is known of it. */
function listFolder({ onProblem }: Comparing, path: DiskPath): Map<string, boolean> | undefined {
  try {
    return new Map(listEntries(toFsPath(path)).map(({ name, isFolder }) => [name, isFolder]));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return new Map();
    const message = `The folder ${displayPath(path)} cannot be read, so what is gone from it is not known: ${(error as Error).message}.`;
    onProblem({ path, code: 'source-unreadable', message });
    return undefined;
  }
}
