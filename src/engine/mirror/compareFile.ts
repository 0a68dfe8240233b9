import { joinPath } from '../../disk/paths.ts';
import { hashFile, type AfterChunk, type HashedFile } from '../../disk/hashFile.ts';
import type { ManifestFile } from './manifestFormat.ts';
import type { KnownContent } from './mirrorPlan.ts';
import type { SourceEntry } from './scanSource.ts';
import type { ExactStats } from '../../disk/stats.ts';

/** A file that may be the copy of a source file. */
export interface Candidate {
  /** Absolute. */
  readonly path: string;
  readonly stats: ExactStats;
  /** What the manifest beside it says. */
  readonly recorded: ManifestFile | undefined;
}

/** What comparisons share. */
export interface Comparing {
  /** Absolute. */
  readonly source: string;
  /** Read both sides, whatever the manifest says. */
  readonly forceHash: boolean;
  readonly afterChunk: AfterChunk;
}

/** Reads a source file at most once, and only if somebody asks. */
export function lazySourceHash(comparing: Comparing, entry: SourceEntry): () => Promise<HashedFile | undefined> {
  let result: Promise<HashedFile | undefined> | undefined;
  return () => (result ??= hashFile(joinPath(comparing.source, entry.path), comparing.afterChunk));
}

/**
 * What is known of the content, if the candidate has that of the source; else nothing. Where the manifest
 * still describes a side (size and times, for the source ctime and inode, too), that side is not read.
 * Throws the system's error if the source cannot be read; a candidate that cannot be read counts as different.
 */
export async function compareFile(
  { forceHash, afterChunk }: Comparing,
  entry: SourceEntry,
  candidate: Candidate,
  hashSource: () => Promise<HashedFile | undefined>,
): Promise<(KnownContent & { readonly isAsRecorded: boolean }) | undefined> {
  const { stats, recorded } = candidate;
  const mtime = stats.mtimeNs;
  if (entry.size !== Number(stats.size)) return undefined;
  const isCopyAsRecorded = !forceHash && isDescribedBy(recorded, stats);
  const isSourceAsRecorded = !forceHash && recorded !== undefined && isSourceOf(recorded, entry);
  if (isCopyAsRecorded && isSourceAsRecorded) {
    return { sha256: recorded.sha256, mtime, ...(recorded.from && { from: recorded.from }), isAsRecorded: true };
  }
  const source = isSourceAsRecorded ? { sha256: recorded.sha256, stamp: recorded.from } : await hashSource();
  if (!source) return undefined;
  const sha256 = isCopyAsRecorded ? recorded.sha256 : await hashCandidate(candidate, afterChunk);
  if (source.sha256 !== sha256) return undefined;
  return { sha256, mtime, ...(source.stamp && { from: source.stamp }), isAsRecorded: false };
}

/** True if the manifest's entry is of the very file that stands there, as far as size and time tell. */
export function isDescribedBy(recorded: ManifestFile | undefined, stats: ExactStats): recorded is ManifestFile {
  return recorded !== undefined && recorded.size === Number(stats.size) && recorded.mtime === stats.mtimeNs;
}

function isSourceOf({ size, from }: ManifestFile, entry: SourceEntry): boolean {
  const { mtime, ctime, inode } = entry.stamp;
  return size === entry.size && from?.mtime === mtime && from.ctime === ctime && from.inode === inode;
}

async function hashCandidate({ path, stats }: Candidate, afterChunk: AfterChunk): Promise<string | undefined> {
  try {
    const hashed = await hashFile(path, afterChunk);
    return hashed?.stats.mtimeNs === stats.mtimeNs ? hashed.sha256 : undefined;
  } catch (error) {
    if ((error as { code?: unknown }).code === 'aborted') throw error;
    return undefined;
  }
}
