import { throwIfAborted } from '../../base/abort.ts';
import { createGiveWay, type GiveWay } from '../../base/giveWay.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import type { Session } from '../session.ts';
import { ByteCounter } from './byteCounter.ts';
import { DestinationFolders, type EnteredFolder, type FolderPlace } from '../../disk/enteredFolders.ts';
import { currentOwnerRules, type EntryMetadata, type MetadataFailure } from '../../disk/entryMetadata.ts';
import {
  folderPlace,
  plannedPath,
  type EntryChange,
  type FolderIndex,
  type GrowingPlan,
  type PlannedEntry,
  type SkippedEntry,
} from './restorePlan.ts';
import { fatalError, isFatal, problemFrom, toFailure, type Failure, type RestoreProblem } from './restoreProblems.ts';

/** Hears of every entry as soon as it is in place, or gone. */
export type RestoreEntryListener = (
  path: string,
  change: EntryChange | 'delete',
  type: 'file' | 'dir' | 'other',
  /** Bytes of content that were written. */
  size?: number,
) => void;

export interface ExecuteOptions {
  /** Read again what was written and compare its content. */
  readonly verify?: boolean;
  /** False: zeros are written and not left as holes. */
  readonly sparse?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  readonly onEntry?: RestoreEntryListener;
}

export interface RestoreResult {
  /** Files whose content was written. */
  readonly files: number;
  /** Further names of restored files. */
  readonly links: number;
  /** Symbolic links, named pipes and devices. */
  readonly others: number;
  /** Folders that were made. */
  readonly folders: number;
  /** Entries of which only owner, mode or time was set. */
  readonly metadata: number;
  readonly deleted: number;
  readonly unchanged: number;
  /** Bytes of these. */
  readonly bytesUnchanged: number;
  /** Bytes of content written. */
  readonly bytes: number;
  /** Files read again; absent if that was not asked for. */
  readonly verified?: number;
  /** Those of the plan included. */
  readonly problems: readonly RestoreProblem[];
  readonly skipped: readonly SkippedEntry[];
  /** What is worth knowing and no failure, as sentences. */
  readonly warnings: readonly string[];
}

/** A restore in progress: what its steps share. */
export class RestoreRun {
  readonly session: Session;
  readonly plan: GrowingPlan;
  readonly options: ExecuteOptions;
  readonly reach = new DestinationFolders();
  readonly owner = currentOwnerRules();
  readonly counter = new ByteCounter();
  readonly #problems: RestoreProblem[] = [];
  /** Beside those of the plan. */
  readonly skipped: SkippedEntry[] = [];
  readonly warnings: string[] = [];
  readonly count = { files: 0, links: 0, others: 0, folders: 0, metadata: 0, deleted: 0, bytes: 0, verified: 0 };
  /** Folders that could not be made or reached; nothing is done in them. */
  readonly failedFolders = new Set<FolderIndex>();
  /** Folders in which names were given or taken away: made durable at the end. */
  readonly changedFolders = new Set<FolderIndex>();
  /** Files that are not in place, as {@link entryKey}. */
  readonly failedFiles = new Set<string>();
  /** What was restored of the entries that have all of their extended attributes. */
  readonly withAttributes = new Set<EntryMetadata>();
  /** Further names of files that could not be linked, and became files of their own. */
  readonly copiedLinks = new Set<PlannedEntry>();
  /** How many folders and leftovers of the plan are dealt with: it may still grow. */
  readonly done = { folders: 0, leftovers: 0 };
  /** Modes of folders that were opened up for the time of the restore. */
  readonly formerModes = new Map<FolderIndex, number>();
  readonly progress: ReturnType<typeof throttleProgress>;
  /** Called between entries: lets others work now and then, and throws `aborted` once the signal has fired. */
  readonly giveWay: GiveWay;
  readonly #metadataFailures = new Map<string, { readonly failure: MetadataFailure; path: string; count: number }>();
  #lastPlace: { readonly index: FolderIndex; readonly place: FolderPlace } | undefined;

  constructor(session: Session, plan: GrowingPlan, options: ExecuteOptions) {
    this.session = session;
    this.plan = plan;
    this.options = options;
    this.progress = throttleProgress(options.onProgress);
    this.giveWay = createGiveWay(options.signal);
  }

  throwIfAborted(): void {
    throwIfAborted(this.options.signal);
  }

  place(index: FolderIndex): FolderPlace {
    if (this.#lastPlace?.index !== index) this.#lastPlace = { index, place: folderPlace(this.plan.folders, index) };
    return this.#lastPlace.place;
  }

  enter(index: FolderIndex): EnteredFolder {
    return this.reach.enter(this.place(index));
  }

  path({ folder, name }: Pick<PlannedEntry, 'folder' | 'name'>): string {
    return plannedPath(this.plan.folders, folder, name);
  }

  /**
   * Does something for one entry. What goes wrong is noted, and false returned; what strikes all entries
   * alike is thrown.
   */
  attempt(path: () => string, action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      this.fail(path(), toFailure(error));
      return false;
    }
  }

  fail(path: string, failure: Failure): void {
    if (failure.code === 'aborted') this.throwIfAborted();
    if (isFatal(failure)) throw fatalError(failure, path);
    this.#problems.push(problemFrom(path, failure));
  }

  /** Owner, times or mode could not be set. Noted once a kind: a file system that has no owners fails for all. */
  noteMetadata(path: () => string, failures: readonly MetadataFailure[]): void {
    for (const failure of failures) {
      const key = `${failure.step} ${failure.code}`;
      const known = this.#metadataFailures.get(key);
      if (known) known.count++;
      else this.#metadataFailures.set(key, { failure, path: path(), count: 1 });
    }
  }

  result(): RestoreResult {
    const { verified, ...count } = this.count;
    const metadataProblems = [...this.#metadataFailures.values()].map(describeMetadataFailure);
    return {
      ...count,
      unchanged: this.plan.unchanged.length,
      bytesUnchanged: this.plan.unchanged.reduce((sum, { size }) => sum + size, 0),
      ...(this.options.verify && { verified }),
      problems: [...this.plan.problems, ...this.#problems, ...metadataProblems],
      skipped: [...this.plan.skipped, ...this.skipped],
      warnings: this.warnings,
    };
  }
}

/** Names an entry of the plan. */
export function entryKey({ folder, name }: Pick<PlannedEntry, 'folder' | 'name'>): string {
  return `${folder}/${name}`;
}

const words = { owner: 'owner', times: 'time', mode: 'mode' } as const;

function describeMetadataFailure(entry: { failure: MetadataFailure; path: string; count: number }): RestoreProblem {
  const { failure, path, count } = entry;
  const word = words[failure.step];
  const what = count === 1 ? `its ${word}` : `the ${word} of it and of ${count - 1} more`;
  const isDenied = failure.code === 'EPERM' || failure.code === 'EACCES';
  const why = isDenied ? 'permission denied' : `${failure.code}: this file system may not have such a thing`;
  return problemFrom(path, { code: failure.code, message: `Restored, but ${what} could not be set (${why}).` });
}
