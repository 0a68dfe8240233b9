import type { SeenEntry } from '../../disk/temporaryName.ts';
import type { NodeType } from '../../repository/format/node.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import type { EntryMetadata } from '../../disk/entryMetadata.ts';
import type { FolderPlace } from '../../disk/enteredFolders.ts';
import { joinPath } from '../../disk/paths.ts';
import type { RestoreProblem } from './restoreProblems.ts';

/** `metadata`: the content is right, and only owner, mode or time have to be set. */
export type EntryChange = 'create' | 'overwrite' | 'metadata';

/** An index in {@link RestorePlan.folders}. */
export type FolderIndex = number;

/** A folder that holds something of the plan. Parents stand before what is in them. */
export interface PlannedFolder {
  /** -1: `name` is an absolute path, reached as the person named it, following links. */
  readonly parent: FolderIndex;
  readonly name: string;
  readonly change: 'create' | 'keep';
  /** Set at the end; absent if the folder keeps what it has. */
  readonly metadata?: EntryMetadata;
}

export interface PlannedEntry {
  readonly folder: FolderIndex;
  readonly name: string;
  readonly change: EntryChange;
  readonly metadata: EntryMetadata;
  /** What is there already, when the plan was made. */
  readonly seen?: FileStamp;
}

/** A file or the like when it was looked at; if it differs later, someone wrote to it. */
export interface FileStamp extends SeenEntry {
  readonly ctimeMs: number;
}

export interface PlannedFile extends PlannedEntry {
  /** Bytes of the content. */
  readonly size: number;
  /** Where its content begins, unless only metadata is set, in {@link RestorePlan.blobs}; -1 for a link whose content is lost. */
  readonly firstBlob: number;
  readonly blobCount: number;
  /** A file before it has a name that is the same for some file systems: not to be written at the same time. */
  readonly mayBeTwin?: true;
}

/** Another name of a file that the plan restores or leaves as it is. */
export interface PlannedLink extends PlannedFile {
  readonly target: { readonly folder: FolderIndex; readonly name: string };
}

/** A symbolic link, named pipe or device. */
export interface PlannedOther extends PlannedEntry {
  readonly type: Exclude<NodeType, 'file' | 'dir' | 'socket' | 'irregular'>;
  readonly linkTarget?: string;
  readonly device?: number | bigint;
}

/** Something in the destination that goes; what is in a folder stands before it. */
export interface PlannedRemoval {
  readonly folder: FolderIndex;
  /** Below that folder, names joined by `/`. */
  readonly path: string;
  readonly isFolder: boolean;
  /** Bytes. */
  readonly size: number;
  /** Absent for folders, which go only when they are empty. */
  readonly seen?: SeenEntry;
}

export interface PlannedLeftover {
  readonly folder: FolderIndex;
  readonly name: string;
}

export interface UnchangedEntry {
  readonly folder: FolderIndex;
  readonly name: string;
  readonly size: number;
  /** Of an entry with extended attributes: whether it has them is seen only when they are set. */
  readonly metadata?: EntryMetadata;
}

export interface SkippedEntry {
  readonly path: string;
  readonly reason: string;
}

/**
 * What a restore would do: plain data, nothing has been written. Entries that are not listed anywhere
 * are not touched.
 */
export interface RestorePlan {
  /** Absolute. */
  readonly destination: string;
  readonly folders: readonly PlannedFolder[];
  readonly files: readonly PlannedFile[];
  readonly links: readonly PlannedLink[];
  /** The contents of files, one's after the other's, as numbers of blobs in `index`: a tenth of their ids' memory. */
  readonly blobs: Uint32Array;
  readonly index: BlobIndex;
  readonly others: readonly PlannedOther[];
  /** Files and the like that are right already. */
  readonly unchanged: readonly UnchangedEntry[];
  /** What stands where something else must go; removed first. Only with `delete`. */
  readonly replaced: readonly PlannedRemoval[];
  /** What the snapshot does not have; removed last. Only with `delete`. */
  readonly deletions: readonly PlannedRemoval[];
  /** Half-written files that a restore of the same entries left when it was cut off. Without `delete`, these alone go. */
  readonly leftovers: readonly PlannedLeftover[];
  /** What would be deleted but is ignored or protected; each stands for all that is in it. */
  readonly kept: number;
  /** What cannot be restored, or not as the snapshot says. */
  readonly problems: readonly RestoreProblem[];
  /** What is left out on purpose. */
  readonly skipped: readonly SkippedEntry[];
  readonly totals: RestoreTotals;
}

export interface RestoreTotals {
  readonly create: number;
  readonly overwrite: number;
  readonly metadata: number;
  readonly unchanged: number;
  readonly createFolders: number;
  /** Files and folders that go. */
  readonly delete: number;
  /** Bytes of content to write. */
  readonly bytesToWrite: number;
  readonly bytesUnchanged: number;
}

/** One line of a plan, for people. */
export interface PlanLine {
  /** Absolute; bytes that are not UTF-8 as in `base/rawName.ts`. */
  readonly path: string;
  readonly change: EntryChange | 'delete' | 'unchanged';
  readonly isFolder: boolean;
  /** Bytes. */
  readonly size: number;
}

/** Where a folder of the plan is. */
export function folderPlace(folders: readonly PlannedFolder[], index: FolderIndex): FolderPlace {
  const names: string[] = [];
  let folder = folders[index]!;
  while (folder.parent >= 0) {
    names.push(folder.name);
    folder = folders[folder.parent]!;
  }
  return { root: folder.name, path: names.reverse().join('/') };
}

/** The absolute path of an entry, or of something below it, in a folder of the plan. */
export function plannedPath(folders: readonly PlannedFolder[], index: FolderIndex, name: string): string {
  const { root, path } = folderPlace(folders, index);
  return joinPath(joinPath(root, path), name);
}

/** A plan while it is being made. */
export type GrowingPlan = Omit<RestorePlan, 'totals'>;

/** The numbers of the blobs of a file in the index. */
export function contentOf({ blobs }: Pick<RestorePlan, 'blobs'>, { firstBlob, blobCount }: PlannedFile): Uint32Array {
  return blobs.subarray(firstBlob, firstBlob + blobCount);
}

/** Everything that the plan does, and at the end what it leaves as it is; folders that stay are not listed. */
export function* planLines(plan: RestorePlan): Generator<PlanLine> {
  const { folders } = plan;
  const line = (folder: FolderIndex, name: string, change: PlanLine['change'], isFolder: boolean, size: number) => ({
    path: plannedPath(folders, folder, name),
    change,
    isFolder,
    size,
  });
  for (const { folder, path, isFolder, size } of plan.replaced) yield line(folder, path, 'delete', isFolder, size);
  for (const [index, { change }] of folders.entries()) {
    if (change === 'create') yield line(index, '', 'create', true, 0);
  }
  for (const { folder, name, change } of plan.others) yield line(folder, name, change, false, 0);
  for (const { folder, name, change, size } of plan.files) yield line(folder, name, change, false, size);
  for (const { folder, name, change } of plan.links) yield line(folder, name, change, false, 0);
  for (const { folder, path, isFolder, size } of plan.deletions) yield line(folder, path, 'delete', isFolder, size);
  for (const { folder, name, size } of plan.unchanged) yield line(folder, name, 'unchanged', false, size);
}
