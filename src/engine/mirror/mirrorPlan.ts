import type { EntryMetadata } from '../../disk/entryMetadata.ts';
import type { CopySource } from './copySource.ts';
import type { SourceStamp } from '../../disk/settledTimes.ts';
import type { ManifestEntry, ManifestFile } from './manifestFormat.ts';

/** Something that could not be copied, compared or removed. */
export interface MirrorProblem {
  /** Absolute; bytes that are not UTF-8 as in `base/rawName.ts`. */
  readonly path: string;
  /** The system's code, or `CONFLICT`, `CHANGED`, `VANISHED`. */
  readonly code: string;
  /** A sentence for the person. */
  readonly message: string;
}

/** Paths are relative to the source and the copy, names joined by `/`. */
export interface PlannedFolder {
  readonly path: string;
  readonly change: 'create' | 'metadata' | 'keep';
  readonly metadata: EntryMetadata;
}

/**
 * What is to become of a file. `create`, `overwrite`: it is copied, or made a further name of `sameAs`;
 * `relink`: its content is right, but it should be a further name of `sameAs`; `link`: it becomes a further
 * name of the same file in an earlier dated copy; `metadata`: only owner, mode or time have to be set.
 */
export interface PlannedFile {
  readonly path: string;
  readonly change: 'create' | 'overwrite' | 'relink' | 'link' | 'metadata' | 'keep';
  /** Bytes. */
  readonly size: number;
  readonly metadata: EntryMetadata;
  /** Another name of the file in the source, which stands before it in the plan. */
  readonly sameAs?: string;
  /** Where the content is known: what the manifest will say. */
  readonly known?: KnownContent;
  /** Of a `link`: the name of the dated copy. */
  readonly earlier?: string;
  /** Of an `overwrite`: what the manifest says of what stands there, which is true as long as it does. */
  readonly before?: ManifestFile;
}

/** Content that was compared, and the copy as it was then. */
export interface KnownContent {
  readonly sha256: string;
  /** Of the copy. */
  readonly mtime: bigint;
  readonly from?: SourceStamp;
}

export interface PlannedLink {
  readonly path: string;
  readonly change: 'create' | 'overwrite' | 'metadata' | 'keep';
  readonly target: string;
  readonly metadata: EntryMetadata;
}

/** Something in the copy that goes. */
export interface PlannedRemoval {
  readonly path: string;
  readonly isFolder: boolean;
  /** Bytes. */
  readonly size: number;
}

/** Something of the source that is not copied, or of the copy that stays though the source does not have it. */
export interface LeftOut {
  readonly path: string;
  readonly reason: string;
}

/** What makes a plan one for a dated copy. */
export interface DatedPlan {
  /** Of the new copy, `YYYYMMDD-HHMMSS`; until it is complete it has `unfinishedName`. */
  readonly name: string;
  readonly unfinishedName: string;
  /** Complete copies that go once the new one is complete, the oldest first. */
  readonly expired: readonly string[];
  /** What runs that were cut off left behind; it goes at the end. */
  readonly unfinished: readonly string[];
}

export interface MirrorTotals {
  readonly copyNew: number;
  readonly copyChanged: number;
  /** Bytes to copy. */
  readonly copyBytes: number;
  /** Files that become further names of files in an earlier copy. */
  readonly linkEarlier: number;
  readonly linkEarlierBytes: number;
  readonly createFolders: number;
  readonly metadata: number;
  /** Files and links that are right already. */
  readonly unchanged: number;
  readonly unchangedBytes: number;
  /** Files and folders that go. */
  readonly delete: number;
  readonly deleteBytes: number;
}

/** What a mirror would do: plain data, nothing has been written. */
export interface MirrorPlan {
  /** Absolute. */
  readonly source: string;
  /** The source as the manifest will name it. */
  readonly identity: CopySource;
  /** Absolute; as the person named it. */
  readonly destination: string;
  /** Absolute; where the files go: the destination itself, or a new folder in it. */
  readonly folder: string;
  /** Of the source folder itself. */
  readonly metadata: EntryMetadata;
  readonly folders: readonly PlannedFolder[];
  readonly files: readonly PlannedFile[];
  readonly links: readonly PlannedLink[];
  /** What stands where something of another kind must go; removed first. What is in a folder comes before it. */
  readonly obstacles: readonly PlannedRemoval[];
  /** What the source does not have; removed last. */
  readonly deletions: readonly PlannedRemoval[];
  /** Half-written files of runs that were cut off; paths. */
  readonly leftovers: readonly string[];
  /** What the old manifest knows of files that the plan does not touch. */
  readonly carried: readonly ManifestEntry[];
  readonly skipped: readonly LeftOut[];
  readonly kept: readonly LeftOut[];
  readonly problems: readonly MirrorProblem[];
  /** What a person should know, though nothing is missing for it: sentences. */
  readonly notices: readonly string[];
  /** Why this plan is only executed with `force`, as a sentence. */
  readonly needsForce?: string;
  /** There is nothing to do, and the manifest says all of it already. */
  readonly isDone: boolean;
  readonly dated?: DatedPlan;
  readonly totals: MirrorTotals;
}

/** One line of a plan, or of what was done, for people. */
export interface MirrorLine {
  readonly action: 'copy' | 'link' | 'make' | 'update' | 'delete';
  /** Relative; for a dated copy that goes, its name. */
  readonly path: string;
  readonly isFolder: boolean;
  /** Bytes that are copied or freed. */
  readonly size: number;
  readonly isNew: boolean;
}

/** What the plan does to a folder, file or link; nothing if it stays as it is. */
export function lineOf(entry: PlannedFolder | PlannedFile | PlannedLink): MirrorLine | undefined {
  const { path, change } = entry;
  const isFolder = !('size' in entry) && !('target' in entry);
  if (change === 'keep') return undefined;
  if (change === 'metadata' || change === 'relink') {
    return { action: 'update', path, isFolder, size: 0, isNew: false };
  }
  if (isFolder) return { action: 'make', path, isFolder, size: 0, isNew: true };
  const isNew = change !== 'overwrite';
  if (change === 'link') return { action: 'link', path, isFolder, size: 0, isNew };
  return { action: 'copy', path, isFolder, size: copiedBytes(entry), isNew };
}

/** The line of something that goes. */
export function removalLine({ path, isFolder, size }: PlannedRemoval): MirrorLine {
  return { action: 'delete', path, isFolder, size, isNew: false };
}

/** Everything that the plan does. */
export function* mirrorPlanLines(plan: MirrorPlan): Generator<MirrorLine> {
  for (const removal of plan.obstacles) yield removalLine(removal);
  for (const entries of [plan.folders, plan.files, plan.links]) {
    for (const entry of entries) {
      const line = lineOf(entry);
      if (line) yield line;
    }
  }
  for (const removal of plan.deletions) yield removalLine(removal);
  for (const path of plan.dated?.expired ?? []) yield removalLine({ path, isFolder: true, size: 0 });
}

function copiedBytes(entry: PlannedFolder | PlannedFile | PlannedLink): number {
  return 'size' in entry && entry.sameAs === undefined ? entry.size : 0;
}

/** Adds a plan up. */
export function sumPlan(
  plan: Pick<MirrorPlan, 'folders' | 'files' | 'links' | 'obstacles' | 'deletions'>,
): MirrorTotals {
  const { folders, files, links } = plan;
  const removals = [...plan.obstacles, ...plan.deletions];
  const both = [...files, ...links];
  const sum = (entries: readonly { readonly size: number }[]) => entries.reduce((total, { size }) => total + size, 0);
  const isMetadata = ({ change }: { readonly change: string }) => change === 'metadata' || change === 'relink';
  const copied = files.filter(({ change }) => change === 'create' || change === 'overwrite');
  const linked = files.filter(({ change }) => change === 'link');
  return {
    copyNew: both.filter(({ change }) => change === 'create').length,
    copyChanged: both.filter(({ change }) => change === 'overwrite').length,
    copyBytes: sum(copied.filter(({ sameAs }) => sameAs === undefined)),
    linkEarlier: linked.length,
    linkEarlierBytes: sum(linked),
    createFolders: folders.filter(({ change }) => change === 'create').length,
    metadata: [...folders, ...both].filter(isMetadata).length,
    unchanged: both.filter(({ change }) => change === 'keep').length,
    unchangedBytes: sum(files.filter(({ change }) => change === 'keep')),
    delete: removals.length,
    deleteBytes: sum(removals),
  };
}
