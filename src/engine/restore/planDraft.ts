import { CairnError, errorCode } from '../../base/errors.ts';
import { createGiveWay, type GiveWay } from '../../base/giveWay.ts';
import type { ProgressListener } from '../../base/progress.ts';
import { listEntries, type ListedEntry } from '../../disk/folders.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import { GrowingBuffer } from './compareContent.ts';
import { DestinationFolders, type FolderPlace } from '../../disk/enteredFolders.ts';
import { joinPath } from '../../disk/paths.ts';
import { currentOwnerRules, type EntryMetadata } from '../../disk/entryMetadata.ts';
import { problemFrom, toFailure, isFatal, type Failure, type RestoreProblem } from './restoreProblems.ts';
import type {
  FolderIndex,
  GrowingPlan,
  PlannedFile,
  PlannedFolder,
  PlannedLeftover,
  PlannedLink,
  PlannedOther,
  PlannedRemoval,
  RestorePlan,
  SkippedEntry,
  UnchangedEntry,
} from './restorePlan.ts';
import { lstatIfThere, type Stats } from '../../disk/stats.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { allDrives } from '../../disk/treePaths.ts';

/**
 * A folder that the plan may come to need. It enters the plan only when it is selected itself or something
 * in it is, so that no folder is made in vain.
 */
export interface DraftFolder {
  readonly parent: DraftFolder | undefined;
  readonly name: string;
  readonly place: FolderPlace;
  /** False: it has to be made. */
  exists: boolean;
  readonly metadata?: EntryMetadata;
  /** True: it gets its metadata even if it exists already. */
  readonly isRestored: boolean;
  /** Something else that stands in its place, and what goes if it is replaced; `undefined` if it must stay. */
  obstacle?: { readonly removals: readonly Omit<PlannedRemoval, 'folder'>[] | undefined };
  index?: FolderIndex;
  /** Something stands in its place: nothing below it can be restored. */
  isBlocked?: boolean;
}

/** The plan while it grows, and what all parts of planning use. */
export class PlanDraft implements GrowingPlan {
  readonly destination: DiskPath;
  readonly index: BlobIndex;
  readonly reach = new DestinationFolders();
  readonly owner = currentOwnerRules();
  readonly buffer = new GrowingBuffer();
  readonly folders: PlannedFolder[] = [];
  readonly files: PlannedFile[] = [];
  readonly links: PlannedLink[] = [];
  readonly others: PlannedOther[] = [];
  readonly unchanged: UnchangedEntry[] = [];
  readonly replaced: PlannedRemoval[] = [];
  readonly deletions: PlannedRemoval[] = [];
  readonly leftovers: PlannedLeftover[] = [];
  readonly problems: RestoreProblem[] = [];
  readonly skipped: SkippedEntry[] = [];
  kept = 0;
  #blobs = new Uint32Array(1024);
  #blobCount = 0;
  #seen = 0;
  #bytesCompared = 0;
  readonly #giveWay: GiveWay;
  readonly #onProgress: ProgressListener;

  constructor(destination: DiskPath, index: BlobIndex, signal: AbortSignal, onProgress: ProgressListener) {
    this.destination = destination;
    this.index = index;
    this.#giveWay = createGiveWay(signal);
    this.#onProgress = onProgress;
  }

  /**
   * Counts, lets others work now and then, and throws `aborted` once the signal has fired. Undefined: there
   * is nothing to await.
   */
  breathe(entries: number, bytes = 0): Promise<void> | undefined {
    this.#seen += entries;
    this.#bytesCompared += bytes;
    if (this.#seen % 64 === 0) this.#onProgress({ phase: 'Comparing', items: this.#seen, bytes: this.#bytesCompared });
    return this.#giveWay();
  }

  /** How many entries have been looked at. */
  get entriesSeen(): number {
    return this.#seen;
  }

  /** Puts the content of a file into the plan, by the numbers of its blobs in the index. Returns where it begins. */
  addContent(entries: readonly number[]): number {
    const first = this.#blobCount;
    this.#blobCount += entries.length;
    if (this.#blobCount > this.#blobs.length) {
      const longer = new Uint32Array(2 * this.#blobCount);
      longer.set(this.#blobs);
      this.#blobs = longer;
    }
    this.#blobs.set(entries, first);
    return first;
  }

  /** Puts a folder into the plan, after its parents. Undefined if it is blocked. */
  need(folder: DraftFolder): FolderIndex | undefined {
    if (folder.index !== undefined || folder.isBlocked) return folder.index;
    if (isAllDrives(folder)) return -1;
    const parent = folder.parent ? this.need(folder.parent) : -1;
    if (parent === undefined || !this.#clearObstacle(folder, parent)) {
      folder.isBlocked = true;
      return undefined;
    }
    const isRoot = folder.place.path === '';
    const metadata = folder.isRestored || !folder.exists ? folder.metadata : undefined;
    this.folders.push({
      parent: isRoot ? -1 : parent,
      name: isRoot ? folder.place.root : folder.name,
      change: folder.exists ? 'keep' : 'create',
      ...(metadata && { metadata }),
    });
    return (folder.index = this.folders.length - 1);
  }

  #clearObstacle(folder: DraftFolder, parent: FolderIndex): boolean {
    if (!folder.obstacle) return true;
    const { removals } = folder.obstacle;
    if (!removals) {
      this.conflict(folderPath(folder), 'a file or link stands where the snapshot has a folder');
      return false;
    }
    for (const removal of removals) this.replaced.push({ ...removal, folder: parent });
    return true;
  }

  /** Notes that something stands in the way of an entry. */
  conflict(path: string, what: string): void {
    const failure = {
      code: 'CONFLICT',
      message: `Not restored: ${what}. Move it away, or restore with --delete to replace it.`,
    };
    this.problems.push(problemFrom(path, failure));
  }

  fail(path: string, failure: Failure): void {
    this.problems.push(problemFrom(path, failure));
  }

  /** Notes what went wrong with one entry; what strikes all entries alike is thrown on. */
  failWith(path: string, error: unknown): void {
    const failure = toFailure(error);
    if (errorCode(error) === 'aborted' || (error instanceof CairnError && isFatal(failure))) throw error;
    this.fail(path, failure);
  }

  /** What stands in the destination; undefined if there is nothing. */
  stat(folder: DraftFolder, name: string): Stats | undefined {
    return lstatIfThere(this.reach.enter(folder.place).at(name));
  }

  /** What is in a folder of the destination. */
  list(place: FolderPlace): ListedEntry[] {
    return listEntries(this.reach.enter(place).at(''));
  }

  /** Gives back what only planning needs. */
  close(): void {
    this.reach.close();
    this.buffer.release();
  }

  get blobs(): Uint32Array {
    return this.#blobs.subarray(0, this.#blobCount);
  }

  /** The finished plan. */
  build(): RestorePlan {
    const { destination, folders, files, links, others, unchanged, replaced, deletions, leftovers } = this;
    const { index, blobs, kept, problems, skipped } = this;
    const entries = [files, links, others] as const;
    const count = (change: string) =>
      entries.reduce((sum, list) => sum + list.reduce((n, entry) => n + Number(entry.change === change), 0), 0);
    return {
      destination,
      folders,
      files,
      links,
      blobs: blobs.slice(),
      index,
      others,
      unchanged,
      replaced,
      deletions,
      leftovers,
      kept,
      problems,
      skipped,
      totals: {
        create: count('create'),
        overwrite: count('overwrite'),
        metadata: count('metadata'),
        unchanged: unchanged.length,
        createFolders: folders.reduce((sum, folder) => sum + Number(folder.change === 'create'), 0),
        delete: replaced.length + deletions.length,
        bytesToWrite: files.reduce((sum, file) => sum + (file.change === 'metadata' ? 0 : file.size), 0),
        bytesUnchanged: unchanged.reduce((sum, entry) => sum + entry.size, 0),
      },
    };
  }
}

/** True for what is above the drives of Windows, which is no folder. */
export function isAllDrives({ place }: DraftFolder): boolean {
  return place.root === allDrives;
}

/** The absolute path of a folder. */
export function folderPath({ place }: DraftFolder): DiskPath {
  return joinPath(place.root, place.path);
}
