import { createGiveWay } from '../../base/giveWay.ts';
import type { DiskPath, PathBelow, TreePath } from '../../base/pathKinds.ts';
import { joinTreePath } from '../../base/treePath.ts';
import { joinPath } from '../../disk/paths.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import { parseTime } from '../../repository/format/time.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { chooseSnapshots, type SnapshotChoice } from '../chooseSnapshots.ts';
import type { HistoryWorkspace } from '../fileHistory.ts';
import type { Session } from '../session.ts';
import { tryLoadTree, type TreeProblem } from '../walkTree.ts';
import { folderStates, placesWithStates, type Entry, type FolderState } from './folderStates.ts';
import { goneFromDisk, isFileOnDisk } from './goneFromDisk.ts';
import { RecentTrees } from './recentTrees.ts';
import { removedBetween, type Comparing, type Removed } from './removedBetween.ts';
import type { RemovedPairs } from './removedPairs.ts';

export interface DeletedOptions extends SnapshotChoice {
  readonly workspace?: HistoryWorkspace;
  /** Only what was gone in a snapshot of this time or later, nanoseconds since 1970, or is gone since the newest. */
  readonly since?: bigint;
  /** Look at the disk, too: what is there again is not gone, and what went after the newest snapshot is. */
  readonly withDisk?: boolean;
  /** Keeps what was found from one call to the next. */
  readonly pairs?: RemovedPairs;
  /** Hears of folders that cannot be read; what was in them is not known. */
  readonly onProblem?: (problem: TreeProblem) => void;
}

/** A file, or anything else but a folder, that snapshots have, and that is not there any more. */
export interface DeletedFile extends Omit<Removed, 'way' | 'renamedTo'> {
  /** Where it was. Of a workspace that was moved: where it would be today. */
  readonly path: DiskPath;
  /** The newest snapshot that has it. */
  readonly last: StoredSnapshot;
  /** Where that has it. */
  readonly pathInTree: TreePath;
  /** The snapshot after that; absent if it is the newest. */
  readonly gone?: StoredSnapshot;
  /** It was not deleted: in the same step, a file of the same content came there. */
  readonly renamedTo?: DiskPath;
}

/**
 * What once was in a folder and is not in its newest state, the latest to go first, each path once. Compares the
 * states of neighbouring snapshots, and of these only what differs.
 * Throws as `placesWithStates` does.
 */
export async function* deletedFiles(
  session: Session,
  place: DiskPath,
  options: DeletedOptions = {},
): AsyncGenerator<DeletedFile, void, void> {
  const snapshots = await chooseSnapshots(session.repository, options);
  for (const each of placesWithStates(snapshots, place, options.workspace)) {
    yield* new DeletionSearch(session, each, options).run(snapshots);
  }
}

/** The search in one place. */
class DeletionSearch {
  readonly #place: DiskPath;
  readonly #options: DeletedOptions;
  readonly #reader: RecentTrees;
  readonly #comparing: Comparing;
  readonly #told = new Set<PathBelow>();
  #failures = 0;

  constructor(session: Session, place: DiskPath, options: DeletedOptions) {
    this.#place = place;
    this.#options = options;
    this.#reader = new RecentTrees(session.reader);
    this.#comparing = {
      reader: this.#reader,
      giveWay: createGiveWay(options.signal),
      onProblem: (problem) => {
        this.#failures++;
        options.onProblem?.(problem);
      },
    };
  }

  async *run(snapshots: readonly StoredSnapshot[]): AsyncGenerator<DeletedFile, void, void> {
    const { since, withDisk, workspace, signal } = this.#options;
    const { onProblem } = this.#comparing;
    let newest: NewestState | undefined;
    let later: FolderState | undefined;
    const followed = { onProblem, ...(workspace && { workspace }), ...(signal && { signal }) };
    for await (const state of folderStates(this.#reader, snapshots, this.#place, followed)) {
      if (!newest) {
        newest = new NewestState(this.#comparing, state.entry);
        if (withDisk && state.entry) {
          yield* this.#tell(state, undefined, goneFromDisk(this.#comparing, this.#place, state.entry));
        }
      } else {
        if (since !== undefined && parseTime(later!.stored.snapshot.time) < since) return;
        yield* this.#tell(state, later!.stored, await this.#removed(state.entry, later!.entry), newest);
      }
      later = state;
    }
  }

  async #removed(before: Entry | undefined, after: Entry | undefined): Promise<readonly Removed[]> {
    const { pairs } = this.#options;
    const known = pairs?.get(before, after);
    if (known) return known;
    const failures = this.#failures;
    const removed = await removedBetween(this.#comparing, before, after);
    if (this.#failures === failures) pairs?.set(before, after, removed);
    return removed;
  }

  /** Of what went in one step, what is not there again, and was not told of already. */
  async *#tell(
    { stored, path: pathInTree }: FolderState,
    gone: StoredSnapshot | undefined,
    removed: Iterable<Removed> | AsyncIterable<Removed>,
    newest?: NewestState,
  ): AsyncGenerator<DeletedFile, void, void> {
    for await (const { way, renamedTo, ...facts } of removed) {
      if (this.#told.has(way)) continue;
      const path = joinPath(this.#place, way);
      if (newest && ((await newest.mayHaveFile(way)) || (this.#options.withDisk && isFileOnDisk(path)))) continue;
      this.#told.add(way);
      yield {
        ...facts,
        path,
        last: stored,
        pathInTree: way === '' ? pathInTree : joinTreePath(pathInTree, way),
        ...(gone && { gone }),
        ...(renamedTo !== undefined && { renamedTo: joinPath(this.#place, renamedTo) }),
      };
    }
  }
}

/** What of a folder of the newest state is to be known. */
interface NewestFolder {
  readonly files: ReadonlySet<string>;
  readonly folders: ReadonlyMap<string, BlobId | undefined>;
}

/** The files in the newest state, read as far as they are asked for. */
class NewestState {
  readonly #comparing: Comparing;
  readonly #root: Entry | undefined;
  readonly #folders = new Map<PathBelow, Promise<NewestFolder | 'unreadable' | undefined>>();

  constructor(comparing: Comparing, root: Entry | undefined) {
    this.#comparing = comparing;
    this.#root = root;
  }

  /** Also of what cannot be read, since then nobody knows that it is gone; false for folders. */
  async mayHaveFile(way: PathBelow): Promise<boolean> {
    if (way === '') return this.#root !== undefined && this.#root.type !== 'dir';
    const folder = await this.#folderAt(folderOf(way));
    return folder === 'unreadable' || (folder?.files.has(nameOf(way)) ?? false);
  }

  #folderAt(way: PathBelow): Promise<NewestFolder | 'unreadable' | undefined> {
    const known = this.#folders.get(way) ?? this.#load(way);
    this.#folders.set(way, known);
    return known;
  }

  async #load(way: PathBelow): Promise<NewestFolder | 'unreadable' | undefined> {
    if (way === '') return this.#root?.type === 'dir' ? this.#read(way, this.#root.subtree) : undefined;
    const above = await this.#folderAt(folderOf(way));
    if (above === undefined || above === 'unreadable') return above;
    const name = nameOf(way);
    return above.folders.has(name) ? this.#read(way, above.folders.get(name)) : undefined;
  }

  async #read(way: PathBelow, tree: BlobId | undefined): Promise<NewestFolder | 'unreadable'> {
    const loaded = await tryLoadTree(this.#comparing.reader, tree, way);
    if ('code' in loaded) {
      this.#comparing.onProblem(loaded);
      return 'unreadable';
    }
    const isFolder = ({ type }: Entry) => type === 'dir';
    return {
      files: new Set(loaded.nodes.filter((node) => !isFolder(node)).map(({ name }) => name)),
      folders: new Map(loaded.nodes.filter(isFolder).map(({ name, subtree }) => [name, subtree])),
    };
  }
}

function folderOf(way: PathBelow): PathBelow {
  return way.slice(0, Math.max(way.lastIndexOf('/'), 0));
}

function nameOf(way: PathBelow): PathBelow {
  return way.slice(way.lastIndexOf('/') + 1);
}
