/**
 * Duplicates: files with the same content, byte for byte. Only files of the same size can be the
 * same, of those only files that begin alike, and of those the SHA-256 decides; so most files are
 * never read, and most of the others only at their beginning.
 *
 * A file with several names (hard links, a folder that was given twice) is one file and wastes
 * nothing; it counts once, under its first name. Symbolic links are not followed. Empty files are
 * left out unless `minSize` is 0: they waste no space, and are many.
 */
import { createHash } from 'node:crypto';
import { throwIfAborted } from '../base/abort.ts';
import { CairnError } from '../base/errors.ts';
import { systemCode } from '../base/systemCode.ts';
import { throttleProgress, type ProgressEvent, type ProgressListener } from '../base/progress.ts';
import { compareRaw, displayPath } from '../base/rawName.ts';
import { createIgnoreState, leftOutBy, type IgnoreOptions } from '../workspace/ignoreRules.ts';
import { withReachablePath } from '../disk/reachablePath.ts';
import { walk } from '../workspace/walk.ts';
import { statExactIfThere, fstat, type ExactStats } from '../disk/stats.ts';
import { closeFile, readAt, openForReading } from '../disk/openFile.ts';

export interface FindDuplicatesOptions {
  /** What is left out; nothing, if absent. */
  readonly rules?: IgnoreOptions;
  /** Smaller files are left out. Bytes; 1 if absent. */
  readonly minSize?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** Files with the same content. */
export interface DuplicateSet {
  /** Of each file, in bytes. */
  readonly size: number;
  /** Of the content; absent where another proof served. */
  readonly sha256?: string;
  /** At least two, in the order of their bytes. */
  readonly paths: readonly string[];
  /** Bytes that would be free if one of the files were left. */
  readonly wasted: number;
}

export interface DuplicatesReport {
  /** The largest waste first. */
  readonly sets: readonly DuplicateSet[];
  /** How many files were looked at, small ones and further names included. */
  readonly files: number;
  /** How many files could go: those of all sets, less one for each. */
  readonly duplicateFiles: number;
  readonly wastedBytes: number;
  /** What could not be looked at, and so may be a duplicate of something. */
  readonly unreadable: readonly UnreadableFile[];
}

export interface UnreadableFile {
  readonly path: string;
  /** The system's code, or `changed` for a file that changed while it was read. */
  readonly code: string;
}

/**
 * Finds duplicates among the files in `roots`, absolute paths of folders or files. What cannot be
 * read is reported and leaves the rest as it is. Throws `source-not-found` for a root that is not
 * there, `usage` for one that is neither file nor folder, and `aborted`.
 */
export async function findDuplicates(
  roots: readonly string[],
  options: FindDuplicatesOptions = {},
): Promise<DuplicatesReport> {
  const search = startSearch(options);
  const { files, bySize } = await listBySize(roots, options, search);
  const candidates = [...bySize.values()].map(withoutFurtherNames).filter((group) => group.length > 1);
  search.progress = {
    phase: 'Comparing files',
    items: 0,
    totalItems: candidates.reduce((sum, group) => sum + group.length, 0),
    bytes: 0,
    totalBytes: candidates.reduce((sum, group) => sum + group.length * group[0]!.size, 0),
  };
  const sets: Omit<DuplicateSet, 'wasted'>[] = [];
  for (const group of candidates.sort((a, b) => b[0]!.size - a[0]!.size)) {
    const { items, bytes } = search.progress;
    const size = group[0]!.size;
    for (const [sha256, same] of await groupByContent(group, search)) {
      sets.push({ size, sha256, paths: same.map(({ path }) => path) });
    }
    // What did not have to be read is done, too.
    search.progress = { ...search.progress, items: items + group.length, bytes: bytes + group.length * size };
    await advance(search, 0, 0, group[0]!.path);
  }
  search.flush();
  return reportDuplicates(sets, files, search.unreadable);
}

/** Puts sets in order and adds them up. Their paths may be in any order. */
export function reportDuplicates(
  sets: readonly Omit<DuplicateSet, 'wasted'>[],
  files: number,
  unreadable: readonly UnreadableFile[],
): DuplicatesReport {
  const sorted = sets
    .map((set) => ({
      ...set,
      paths: [...set.paths].sort(compareRaw),
      wasted: set.size * (set.paths.length - 1),
    }))
    .sort((a, b) => b.wasted - a.wasted || compareRaw(a.paths[0]!, b.paths[0]!));
  return {
    sets: sorted,
    files,
    duplicateFiles: sorted.reduce((sum, { paths }) => sum + paths.length - 1, 0),
    wastedBytes: sorted.reduce((sum, { wasted }) => sum + wasted, 0),
    unreadable,
  };
}

interface FoundFile {
  readonly path: string;
  readonly size: number;
  /** The same for all names of a file. */
  readonly identity: string;
}

/** What all steps of a search share. */
interface Search {
  readonly signal: AbortSignal | undefined;
  readonly report: ProgressListener;
  readonly flush: () => void;
  readonly unreadable: UnreadableFile[];
  readonly buffer: Buffer;
  progress: ProgressEvent;
  /** When the thread is next lent to others, by `performance.now()`. */
  sliceEnd: number;
}

/** As much of a file as is compared before the rest is read. */
const HEAD_LENGTH = 16 * 1024;
const BUFFER_LENGTH = 1024 * 1024;
const SLICE_MS = 20;

function startSearch(options: FindDuplicatesOptions): Search {
  return {
    ...throttleProgress(options.onProgress),
    signal: options.signal,
    unreadable: [],
    buffer: Buffer.allocUnsafeSlow(BUFFER_LENGTH),
    progress: { phase: 'Listing files', items: 0, bytes: 0 },
    sliceEnd: performance.now() + SLICE_MS,
  };
}

/** Counts what was done, and now and then lets messages in, of which a cancellation may be one. */
async function advance(search: Search, items: number, bytes: number, current: string): Promise<void> {
  const { progress } = search;
  search.progress = { ...progress, items: progress.items + items, bytes: progress.bytes + bytes, current };
  search.report(search.progress);
  if (performance.now() < search.sliceEnd) return;
  await new Promise(setImmediate);
  throwIfAborted(search.signal);
  search.sliceEnd = performance.now() + SLICE_MS;
}

async function listBySize(
  roots: readonly string[],
  { rules = {}, minSize = 1 }: FindDuplicatesOptions,
  search: Search,
): Promise<{ files: number; bySize: Map<number, FoundFile[]> }> {
  const bySize = new Map<number, FoundFile[]>();
  for (const root of roots) {
    for (const { path, stats } of listFiles(root, rules, search)) {
      const size = Number(stats.size);
      if (size >= minSize) {
        // File systems without file numbers give 0 for all.
        const identity = stats.ino === 0n ? path : `${stats.dev}:${stats.ino}`;
        const group = bySize.get(size);
        if (group) group.push({ path, size, identity });
        else bySize.set(size, [{ path, size, identity }]);
      }
      await advance(search, 1, size, path);
    }
  }
  return { files: search.progress.items, bySize };
}

/** The files of a root, without following links except to the root itself. */
function* listFiles(
  root: string,
  rules: IgnoreOptions,
  search: Search,
): Generator<{ path: string; stats: ExactStats }> {
  throwIfAborted(search.signal);
  const stats = withReachablePath(root, (path) => statExactIfThere(path));
  if (!stats) throw new CairnError('source-not-found', `${displayPath(root)} does not exist.`);
  const state = createIgnoreState(root, root, rules);
  if (stats.isFile()) {
    if (leftOutBy(state) === undefined) yield { path: root, stats };
    return;
  }
  if (!stats.isDirectory()) {
    throw new CairnError('usage', `${displayPath(root)} is neither a file nor a folder: it cannot be searched.`);
  }
  for (const step of walk(root, state, search.signal)) {
    if (step.step === 'entry' && step.entry.kind === 'file') yield { path: step.path, stats: step.entry.stats };
    if (step.step !== 'enter') continue;
    // What vanished meanwhile is no duplicate of anything.
    const errors = step.listing.errors.filter(({ kind }) => kind === 'unreadable');
    search.unreadable.push(...errors.map(({ path, error }) => ({ path, code: systemCode(error) ?? 'EIO' })));
  }
}

/** One of the names of each file: the first in the order of their bytes. */
function withoutFurtherNames(group: readonly FoundFile[]): FoundFile[] {
  const names = new Map<string, FoundFile>();
  for (const file of group) {
    const other = names.get(file.identity);
    if (!other || compareRaw(file.path, other.path) < 0) names.set(file.identity, file);
  }
  return [...names.values()];
}

/** Those files of one size that are the same, by the SHA-256 of their content. */
async function groupByContent(group: readonly FoundFile[], search: Search): Promise<Map<string, FoundFile[]>> {
  const size = group[0]!.size;
  const byHead = await groupByHash(group, 0, Math.min(size, HEAD_LENGTH), search);
  if (size <= HEAD_LENGTH) return byHead;
  const result = new Map<string, FoundFile[]>();
  for (const sameHead of byHead.values()) {
    for (const [sha256, same] of await groupByHash(sameHead, HEAD_LENGTH, size, search)) result.set(sha256, same);
  }
  return result;
}

/**
 * Those files whose first `length` bytes have the same hash, two at least. `known` of the bytes were
 * read before, and are not counted again. Unreadable files are noted and left out.
 */
async function groupByHash(
  group: readonly FoundFile[],
  known: number,
  length: number,
  search: Search,
): Promise<Map<string, FoundFile[]>> {
  const groups = new Map<string, FoundFile[]>();
  for (const file of group) {
    const hash = await hashFile(file, known, length, search);
    if (hash === undefined) continue;
    const same = groups.get(hash);
    if (same) same.push(file);
    else groups.set(hash, [file]);
  }
  for (const [hash, { length: count }] of groups) if (count === 1) groups.delete(hash);
  return groups;
}

/** The SHA-256 of the first `length` bytes, or nothing for a file that cannot be read or has another size now. */
async function hashFile(file: FoundFile, known: number, length: number, search: Search): Promise<string | undefined> {
  let descriptor: number | undefined;
  try {
    descriptor = withReachablePath(file.path, openForReading);
    const stats = fstat(descriptor);
    if (stats.isFile() && stats.size === file.size) {
      const hash = createHash('sha256');
      let position = 0;
      while (position < length) {
        const count = readAt(descriptor, search.buffer, 0, Math.min(BUFFER_LENGTH, length - position), position);
        if (count === 0) break;
        hash.update(search.buffer.subarray(0, count));
        position += count;
        await advance(search, 0, Math.max(0, position - Math.max(known, position - count)), file.path);
      }
      if (position === length) return hash.digest('hex');
    }
    search.unreadable.push({ path: file.path, code: 'changed' });
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    // What vanished meanwhile is no duplicate of anything.
    if (code !== 'ENOENT') search.unreadable.push({ path: file.path, code });
  } finally {
    if (descriptor !== undefined) closeFile(descriptor);
  }
  return undefined;
}
