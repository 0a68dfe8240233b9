import { createGiveWay } from '../../base/giveWay.ts';
import {
  createIgnoreState,
  decide,
  enterFolder,
  readFolderRules,
  type FolderRules,
  type IgnoreState,
} from '../../workspace/ignoreRules.ts';
import { listFolder, type Entry, type FolderListing } from '../../workspace/listFolder.ts';
import { pathInside } from '../../disk/paths.ts';
import { isTemporaryName } from '../../disk/temporaryName.ts';
import { MANIFEST_NAME } from './manifestFormat.ts';
import { looksLikeRepository } from './mirrorGuards.ts';
import { LOCK_NAME } from './mirrorLock.ts';
import type { MirrorProblem } from './mirrorPlan.ts';
import { copyProblem } from './mirrorProblems.ts';
import { relativePath, type SourceScan } from './scanSource.ts';
import { statExact, type ExactStats } from '../../disk/stats.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import type { PathBelow, DiskPath } from '../../base/pathKinds.ts';
import { createPathFinder } from '../../engine/mirror/otherCase.ts';

/** Something that is in the copy already. */
export interface FoundEntry {
  readonly path: string;
  /** `other`: a named pipe, a device, a socket. */
  readonly kind: 'file' | 'dir' | 'symlink' | 'other';
  /** Absent for sockets. */
  readonly stats: ExactStats | undefined;
  /** Why it stays, whatever the source has; what is in it was not looked at then. */
  readonly keptBecause?: string;
}

export interface CopyScan {
  /** Folders before what is in them. */
  readonly found: readonly FoundEntry[];
  /** Half-written files of runs that were cut off. */
  readonly leftovers: readonly string[];
  readonly problems: readonly MirrorProblem[];
}

interface OpenFolder {
  /** The rules of the source for this folder. */
  readonly rules: FolderRules;
  readonly listing: FolderListing;
  next: number;
}

interface Scan extends CopyScan {
  readonly folder: string;
  readonly source: SourceScan;
  readonly device: bigint;
  /** Paths of places that backups go to. */
  readonly targets: ReadonlySet<string>;
  /** By which path the source has an entry of the copy. */
  readonly pathOf: (path: DiskPath) => PathBelow;
  readonly found: FoundEntry[];
  readonly leftovers: string[];
  readonly problems: MirrorProblem[];
}

/**
 * Lists what is in the copy. What the rules of the source (`state`) leave out stays as it is, as with
 * `rsync --delete`: it was not copied, so it is not ours to delete. So do places that backups go to
 * (`never`), repositories of snapshots, and other file systems that the source has no folder for.
 */
export async function scanCopy(
  folder: string,
  source: SourceScan,
  state: IgnoreState,
  never: readonly string[],
  signal?: AbortSignal,
): Promise<CopyScan> {
  const giveWay = createGiveWay(signal);
  const inside = never.map((path) => pathInside(folder, path)).filter((path) => path !== undefined);
  const scan: Scan = {
    folder,
    source,
    device: statExact(toFsPath(folder)).dev,
    pathOf: createPathFinder(folder, source.entries.keys()),
    targets: new Set(inside),
    found: [],
    leftovers: [],
    problems: [],
  };
  const stack = [openFolder(scan, createIgnoreState(folder, folder, {}), readFolderRules(state))];
  for (let at = stack.at(-1); at; at = stack.at(-1)) {
    const entry = at.listing.entries[at.next++];
    if (!entry) stack.pop();
    else {
      const below = examine(scan, entry, at.rules);
      if (below) stack.push(below);
    }
    await giveWay();
  }
  return scan;
}

function openFolder(scan: Scan, own: IgnoreState, rules: FolderRules): OpenFolder {
  const listing = listFolder(own.path, own);
  for (const { path, error } of listing.errors) scan.problems.push(copyProblem(path, error));
  for (const { path: fullPath } of listing.skipped) {
    const path = relativePath(scan.folder, fullPath);
    scan.found.push({ path, kind: 'other', stats: undefined });
  }
  return { rules, listing, next: 0 };
}

/** Notes an entry, and returns the folder to go on with if it is one that is looked into. */
function examine(scan: Scan, entry: Entry, rules: FolderRules): OpenFolder | undefined {
  const { name, stats } = entry;
  const path = scan.pathOf(entry.path);
  if (path === MANIFEST_NAME || path === LOCK_NAME) return undefined;
  const kind = ['file', 'dir', 'symlink'].includes(entry.kind) ? (entry.kind as 'file' | 'dir' | 'symlink') : 'other';
  const wanted = scan.source.entries.get(path);
  if (!wanted && kind !== 'dir' && isTemporaryName(name)) {
    scan.leftovers.push(path);
    return undefined;
  }
  const decision = decide(rules, name, kind === 'dir', false);
  const keptBecause = decision.included ? whyKept(scan, entry, path) : `${decision.reason}: ${decision.detail}`;
  scan.found.push({ path, kind, stats, ...(keptBecause !== undefined && { keptBecause }) });
  if (keptBecause !== undefined || !entry.rules || !decision.included) return undefined;
  const isInSource = wanted?.kind === 'dir';
  const below = readFolderRules(enterFolder(rules, name, decision), isInSource ? undefined : () => false);
  return openFolder(scan, entry.rules, below);
}

function whyKept({ targets, source, device }: Scan, entry: Entry, path: string): string | undefined {
  if (targets.has(path)) return 'backups are stored here';
  if (entry.kind !== 'dir' || source.entries.get(path)?.kind === 'dir') return undefined;
  if (entry.stats.dev !== device) return 'another file system is mounted here';
  return looksLikeRepository(entry.path) ? 'a repository of snapshots' : undefined;
}
