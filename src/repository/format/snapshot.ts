import { MAX_FILE_LENGTHS } from '../../backend/backend.ts';
import { goJson } from './goJson.ts';
import { asId, type BlobId, type SnapshotId } from './ids.ts';
import {
  checkDepth,
  decodeJson,
  parseJson,
  readArray,
  readCount,
  readId,
  readObject,
  readString,
  readTime,
  type Place,
} from './untrustedJson.ts';

/** How many files of git's own a backup found new, changed and removed. */
export interface GitFiles {
  readonly new: number;
  readonly changed: number;
  readonly removed: number;
}

/** The same of all files that come and go by programs, and how many of these there are. */
export interface RoutineFiles extends GitFiles {
  readonly total: number;
}

/** Counts of a backup (format notes 6); times as RFC 3339 text, sizes in bytes. */
export interface SnapshotSummary {
  backupStart: string;
  backupEnd: string;
  filesNew: number;
  filesChanged: number;
  filesUnmodified: number;
  dirsNew: number;
  dirsChanged: number;
  dirsUnmodified: number;
  dataBlobs: number;
  treeBlobs: number;
  dataAdded: number;
  dataAddedPacked: number;
  totalFilesProcessed: number;
  totalBytesProcessed: number;
  /** Cairn's own: how many files of the parent are not there any more. Absent: none, or it is not known. */
  filesRemoved?: number;
  /** Cairn's own: all files of the snapshot, where the other counts are only about what may have changed. */
  filesTotal?: number;
  /** Cairn's own: how many of the files that are new, changed or removed are git's own, in folders `.git`. */
  gitFiles?: GitFiles;
  /** Cairn's own: the only file that is new, changed or removed, or the folder that has all of these; without git's own. */
  changedAt?: string;
  /** Cairn's own: of the files, those in folders that programs fill (packages, builds, git's own), and what git took away. */
  routineFiles?: RoutineFiles;
  /** Cairn's own: how many files have noise now where their content was, as what is encrypted looks. Absent: none. */
  scrambledFiles?: number;
  /** As in {@link Snapshot}. */
  unknown?: Readonly<Record<string, unknown>>;
}

/** A snapshot file (format notes 6). */
export interface Snapshot {
  /** RFC 3339 with nanoseconds, in the zone in which it was made. */
  time: string;
  parent?: SnapshotId;
  tree: BlobId;
  paths: readonly string[];
  hostname?: string;
  username?: string;
  uid?: number;
  gid?: number;
  excludes?: readonly string[];
  tags?: readonly string[];
  original?: SnapshotId;
  programVersion?: string;
  summary?: SnapshotSummary;
  /**
   * Cairn's own, which other programs skip: where in the tree something is missing because the backup could
   * not read it, or because it was lost and a repair took it out.
   */
  unread?: readonly string[];
  /**
   * Cairn's own: it has the extended attributes of all entries that did not change since this time, RFC 3339, as far
   * as whoever made it could see them. Snapshots of Cairn without it may lack any.
   */
  attributesUntil?: string;
  /** Fields that this program does not know, kept for a rewrite. */
  unknown?: Readonly<Record<string, unknown>>;
}

/** Far more than the longest list of paths needs. */
const maxSnapshotBytes = MAX_FILE_LENGTHS.snapshot;
const maxUint32 = 2 ** 32 - 1;

/** The content of a snapshot file: restic's field order, unknown fields last; no newline at the end. */
export function snapshotToJson(snapshot: Snapshot): string {
  return goJson({
    time: snapshot.time,
    parent: snapshot.parent,
    tree: snapshot.tree,
    paths: snapshot.paths,
    hostname: snapshot.hostname || undefined,
    username: snapshot.username || undefined,
    uid: snapshot.uid || undefined,
    gid: snapshot.gid || undefined,
    excludes: snapshot.excludes?.length ? snapshot.excludes : undefined,
    tags: snapshot.tags?.length ? snapshot.tags : undefined,
    original: snapshot.original,
    program_version: snapshot.programVersion || undefined,
    summary: snapshot.summary && summaryToFields(snapshot.summary),
    cairn_unread: snapshot.unread?.length ? snapshot.unread : undefined,
    cairn_attributes_until: snapshot.attributesUntil,
    ...snapshot.unknown,
  });
}

/** What a backup found and stored, by the names that restic has for it in snapshots and in what it prints. */
export function summaryCounts(summary: SnapshotSummary) {
  return {
    files_new: summary.filesNew,
    files_changed: summary.filesChanged,
    files_unmodified: summary.filesUnmodified,
    dirs_new: summary.dirsNew,
    dirs_changed: summary.dirsChanged,
    dirs_unmodified: summary.dirsUnmodified,
    data_blobs: summary.dataBlobs,
    tree_blobs: summary.treeBlobs,
    data_added: summary.dataAdded,
    data_added_packed: summary.dataAddedPacked,
    total_files_processed: summary.totalFilesProcessed,
    total_bytes_processed: summary.totalBytesProcessed,
  };
}

function summaryToFields(summary: SnapshotSummary): Record<string, unknown> {
  return {
    backup_start: summary.backupStart,
    backup_end: summary.backupEnd,
    ...summaryCounts(summary),
    cairn_files_removed: summary.filesRemoved,
    cairn_files_total: summary.filesTotal,
    cairn_git_files: summary.gitFiles,
    cairn_changed_at: summary.changedAt,
    cairn_routine_files: summary.routineFiles,
    cairn_scrambled_files: summary.scrambledFiles,
    ...summary.unknown,
  };
}

/**
 * A snapshot from the content of its file; `id` is for messages. Throws `repository-damaged` if it
 * is none, and `repository-unsupported` if it is too large.
 */
export function parseSnapshot(bytes: Uint8Array, id?: SnapshotId): Snapshot {
  const place: Place = { what: id === undefined ? 'A snapshot of the repository' : `The snapshot ${id.slice(0, 8)}` };
  const json = parseJson(decodeJson(bytes, maxSnapshotBytes, place), place, true);
  const {
    time,
    parent,
    tree,
    paths,
    hostname,
    username,
    uid,
    gid,
    excludes,
    tags,
    original,
    program_version: programVersion,
    summary,
    cairn_unread: unread,
    cairn_attributes_until: attributesUntil,
    ...unknown
  } = readObject(json, 'its content', place);
  checkDepth(unknown, 'an unknown field', place);
  const snapshot: Snapshot = {
    time: readTime(time, 'time', place),
    tree: asId(readId(tree, 'tree', place)),
    paths: readStrings(paths, 'paths', place),
  };
  if (parent) snapshot.parent = asId(readId(parent, 'parent', place));
  if (hostname) snapshot.hostname = readString(hostname, 'hostname', place);
  if (username) snapshot.username = readString(username, 'username', place);
  if (uid) snapshot.uid = readCount(uid, 'uid', place, maxUint32);
  if (gid) snapshot.gid = readCount(gid, 'gid', place, maxUint32);
  if (excludes) snapshot.excludes = readStrings(excludes, 'excludes', place);
  if (tags) snapshot.tags = readStrings(tags, 'tags', place);
  if (original) snapshot.original = asId(readId(original, 'original', place));
  if (programVersion) snapshot.programVersion = readString(programVersion, 'program_version', place);
  if (summary) snapshot.summary = parseSummary(summary, place);
  if (unread) snapshot.unread = readStrings(unread, 'cairn_unread', place);
  if (attributesUntil) snapshot.attributesUntil = readTime(attributesUntil, 'cairn_attributes_until', place);
  if (Object.keys(unknown).length > 0) snapshot.unknown = unknown;
  return snapshot;
}

function readStrings(value: unknown, field: string, place: Place): string[] {
  return readArray(value, field, place).map((entry) => readString(entry, field, place));
}

function parseGitFiles(value: unknown, what: string, place: Place): GitFiles {
  const fields = readObject(value, what, place);
  const count = (key: string): number => readCount(fields[key], `${what}.${key}`, place);
  return { new: count('new'), changed: count('changed'), removed: count('removed') };
}

function parseRoutineFiles(value: unknown, place: Place): RoutineFiles {
  const what = 'summary.cairn_routine_files';
  const { total } = readObject(value, what, place);
  return { ...parseGitFiles(value, what, place), total: readCount(total, `${what}.total`, place) };
}

function parseSummary(value: unknown, place: Place): SnapshotSummary {
  const fields = readObject(value, 'summary', place);
  const count = (key: string): number => readCount(fields[key], `summary.${key}`, place);
  const summary: SnapshotSummary = {
    backupStart: readTime(fields['backup_start'], 'summary.backup_start', place),
    backupEnd: readTime(fields['backup_end'], 'summary.backup_end', place),
    filesNew: count('files_new'),
    filesChanged: count('files_changed'),
    filesUnmodified: count('files_unmodified'),
    dirsNew: count('dirs_new'),
    dirsChanged: count('dirs_changed'),
    dirsUnmodified: count('dirs_unmodified'),
    dataBlobs: count('data_blobs'),
    treeBlobs: count('tree_blobs'),
    dataAdded: count('data_added'),
    dataAddedPacked: count('data_added_packed'),
    totalFilesProcessed: count('total_files_processed'),
    totalBytesProcessed: count('total_bytes_processed'),
  };
  if (fields['cairn_files_removed'] !== undefined) summary.filesRemoved = count('cairn_files_removed');
  if (fields['cairn_files_total'] !== undefined) summary.filesTotal = count('cairn_files_total');
  const git = fields['cairn_git_files'];
  if (git !== undefined) summary.gitFiles = parseGitFiles(git, 'summary.cairn_git_files', place);
  const changedAt = fields['cairn_changed_at'];
  if (changedAt !== undefined) summary.changedAt = readString(changedAt, 'summary.cairn_changed_at', place);
  const routine = fields['cairn_routine_files'];
  if (routine !== undefined) summary.routineFiles = parseRoutineFiles(routine, place);
  if (fields['cairn_scrambled_files'] !== undefined) summary.scrambledFiles = count('cairn_scrambled_files');
  const known = summaryToFields(summary);
  const unknown = Object.fromEntries(Object.entries(fields).filter(([key]) => !Object.hasOwn(known, key)));
  checkDepth(unknown, 'an unknown field of summary', place);
  if (Object.keys(unknown).length > 0) summary.unknown = unknown;
  return summary;
}
