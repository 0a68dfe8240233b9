import { joinPath } from '../../disk/paths.ts';
import { hasMetadata, type OwnerRules, type EntryMetadata } from '../../disk/entryMetadata.ts';
import { compareFile, isDescribedBy, lazySourceHash, type Candidate, type Comparing } from './compareFile.ts';
import type { KnownContent, MirrorProblem, PlannedFile } from './mirrorPlan.ts';
import { sourceProblem } from './mirrorProblems.ts';
import type { SourceEntry } from './scanSource.ts';
import type { ExactStats, Stats } from '../../disk/stats.ts';

/** What planning files needs and fills. */
export interface FilePlanning extends Comparing {
  readonly owner: OwnerRules;
  readonly problems: MirrorProblem[];
  /** Which source file has been found to be the one with a file of the copy, by device and inode. */
  readonly claims: Map<string, string>;
  /** The first name of each source file with several, as planned. */
  readonly leaders: Map<string, { readonly file: PlannedFile; readonly stats: ExactStats | undefined }>;
}

/** A candidate in an earlier dated copy. */
export interface EarlierCandidate extends Candidate {
  readonly earlier: string;
}

/**
 * Decides about a file, given what stands at its place in the copy. `isTaken`: that is no file, but
 * something that a file replaces. Nothing if the source cannot be read; that is noted.
 */
export async function planFile(
  planning: FilePlanning,
  entry: SourceEntry,
  candidate: Candidate | undefined,
  isTaken: boolean,
): Promise<PlannedFile | undefined> {
  const leader = entry.identity === undefined ? undefined : planning.leaders.get(entry.identity);
  const sameAs = leader?.file.path;
  const before = candidate && isDescribedBy(candidate.recorded, candidate.stats) ? candidate.recorded : undefined;
  const { path, size, metadata } = entry;
  const copied: PlannedFile = {
    path,
    change: candidate || isTaken ? 'overwrite' : 'create',
    size,
    metadata,
    ...(sameAs !== undefined && { sameAs }),
    ...(before && { before }),
  };
  const choose = (file: PlannedFile): PlannedFile => {
    if (entry.identity !== undefined && !leader) {
      planning.leaders.set(entry.identity, { file, stats: candidate?.stats });
    }
    return file;
  };
  if (!candidate || !claim(planning, candidate.stats, entry)) return choose(copied);
  const isLinked = leader?.stats !== undefined && isSameFile(leader.stats, candidate.stats);
  if (leader && isLinked) {
    const { known } = leader.file;
    return known ? { path, change: 'keep', size, metadata, known, sameAs: leader.file.path } : copied;
  }
  const found = await findContent(planning, entry, [candidate]);
  if (found === 'unreadable') return undefined;
  if (!found) return choose(copied);
  if (leader) return { path, change: 'relink', size, metadata, known: found.known, sameAs: leader.file.path };
  const isRight = isMetadataRight(planning, candidate.stats, metadata, found.isAsRecorded);
  return choose({ path, change: isRight ? 'keep' : 'metadata', size, metadata, known: found.known });
}

/**
 * Decides about a file of a new dated copy, given the places where its content may stand already. Only a
 * file that is equal in all that a copy carries can be shared. Nothing if the source cannot be read.
 */
export async function planDatedFile(
  planning: FilePlanning,
  entry: SourceEntry,
  candidates: readonly EarlierCandidate[],
): Promise<PlannedFile | undefined> {
  const { path, size, metadata, identity } = entry;
  const leader = identity === undefined ? undefined : planning.leaders.get(identity);
  if (leader) return { path, change: 'create', size, metadata, sameAs: leader.file.path };
  const usable = candidates.filter(({ stats }) => isMetadataRight(planning, stats, metadata, false));
  const found = await findContent(planning, entry, usable);
  if (found === 'unreadable') return undefined;
  const file: PlannedFile =
    found && claim(planning, found.candidate.stats, entry)
      ? { path, change: 'link', size, metadata, known: found.known, earlier: found.candidate.earlier }
      : { path, change: 'create', size, metadata };
  if (identity !== undefined) planning.leaders.set(identity, { file, stats: undefined });
  return file;
}

/** The first candidate with the content of the source. */
async function findContent<C extends Candidate>(
  planning: FilePlanning,
  entry: SourceEntry,
  candidates: readonly C[],
): Promise<{ candidate: C; known: KnownContent; isAsRecorded: boolean } | 'unreadable' | undefined> {
  const hashSource = lazySourceHash(planning, entry);
  try {
    for (const candidate of candidates) {
      const content = await compareFile(planning, entry, candidate, hashSource);
      if (!content) continue;
      const { isAsRecorded, ...known } = content;
      return { candidate, known, isAsRecorded };
    }
    return undefined;
  } catch (error) {
    planning.problems.push(sourceProblem(joinPath(planning.source, entry.path), error));
    return 'unreadable';
  }
}

/**
 * False if the file of the copy already stands for another source file: two names of one file cannot be two
 * files, whatever their content.
 */
function claim({ claims }: FilePlanning, { dev, ino, nlink }: ExactStats, entry: SourceEntry): boolean {
  if (nlink < 2n || ino === 0n) return true;
  const key = `${dev}:${ino}`;
  const owner = entry.identity ?? `path ${entry.path}`;
  if (!claims.has(key)) claims.set(key, owner);
  return claims.get(key) === owner;
}

function isSameFile(a: ExactStats, b: ExactStats): boolean {
  return a.ino !== 0n && a.ino === b.ino && a.dev === b.dev;
}

/** `isAsRecorded`: its time is what came out when it was set last, however coarse the file system is. */
function isMetadataRight(
  { owner }: Pick<FilePlanning, 'owner'>,
  stats: ExactStats,
  metadata: EntryMetadata,
  isAsRecorded: boolean,
): boolean {
  const now = plainStats(stats);
  return hasMetadata(now, isAsRecorded ? { ...metadata, mtime: now.mtimeMs / 1000 } : metadata, owner);
}

/** What of exact stats `hasMetadata` looks at. */
export function plainStats({ mtimeNs, uid, gid, mode }: ExactStats): Pick<Stats, 'mtimeMs' | 'uid' | 'gid' | 'mode'> {
  return { mtimeMs: Number(mtimeNs) / 1e6, uid: Number(uid), gid: Number(gid), mode: Number(mode) };
}
