import { withReachablePath } from '../../disk/reachablePath.ts';
import { joinPath } from '../../disk/paths.ts';
import type { EarlierCandidate } from './planFiles.ts';
import { isDescribedBy } from './compareFile.ts';
import { readManifest, readManifestHeader, type Manifest } from './manifestFile.ts';
import { isManifestLink } from './manifestFormat.ts';
import type { DatedPlan } from './mirrorPlan.ts';
import { lstatIfThere, lstatExact, type ExactStats } from '../../disk/stats.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { listNames } from '../../disk/folders.ts';

/** A complete dated copy: a folder with a name of ours, and a manifest in it that says it is complete. */
export interface DatedCopy {
  readonly name: string;
  /** When it was made, milliseconds since 1970. */
  readonly created: number;
}

/** Until a copy is complete its name has this ending. */
export const UNFINISHED = '.unfinished';
/** From the moment on when its removal begins, it has this one. */
export const REMOVING = '.removing';
const copyName = /^\d{8}-\d{6}(-\d{1,9})?$/;

/** The complete dated copies in a folder, the oldest first. */
export function listDatedCopies(destination: string): DatedCopy[] {
  const copies: DatedCopy[] = [];
  for (const name of listNamesIfThere(destination)) {
    if (!copyName.test(name) || !isRealFolder(joinPath(destination, name))) continue;
    const header = readManifestHeader(joinPath(destination, name));
    if (header?.isComplete) copies.push({ name, created: Date.parse(header.created) });
  }
  // A clock that was set back, and the hour that comes twice, make names lie.
  return copies.sort((a, b) => a.created - b.created || compareNames(a.name, b.name));
}

function compareNames(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

/** The names of copies that were begun, or whose removal was, and never finished. */
function listUnfinished(destination: string): string[] {
  return listNamesIfThere(destination).filter((name) => {
    const ending = [UNFINISHED, REMOVING].find((each) => name.endsWith(each));
    if (ending === undefined || !copyName.test(name.slice(0, -ending.length))) return false;
    return isRealFolder(joinPath(destination, name));
  });
}

/**
 * What is decided about a dated copy before its files are: its name in local time, and what goes once it is
 * complete, if the newest `keep` are to be kept.
 */
export function planDatedCopy(destination: string, now: Date, keep: number | undefined): DatedPlan {
  const names = new Set(listNamesIfThere(destination));
  const isTaken = (name: string) => ['', UNFINISHED, REMOVING].some((ending) => names.has(name + ending));
  const stamp = localStamp(now);
  let name = stamp;
  for (let number = 2; isTaken(name); number++) name = `${stamp}-${number}`;
  const copies = listDatedCopies(destination).map((copy) => copy.name);
  const surplus = keep === undefined ? 0 : Math.max(copies.length + 1 - keep, 0);
  const expired = copies.slice(0, surplus);
  return { name, unfinishedName: name + UNFINISHED, expired, unfinished: listUnfinished(destination) };
}

/** `YYYYMMDD-HHMMSS` in local time. */
function localStamp(now: Date): string {
  const pad = (value: number, width = 2) => String(value).padStart(width, '0');
  const day = pad(now.getFullYear(), 4) + pad(now.getMonth() + 1) + pad(now.getDate());
  return `${day}-${pad(now.getHours())}${pad(now.getMinutes())}${pad(now.getSeconds())}`;
}

/** An earlier copy, complete or not, in which content may stand already. */
interface Earlier {
  readonly name: string;
  readonly manifest: Manifest;
}

/** The newest complete copy, and what runs that were cut off after it have copied. */
export async function readEarlierCopies(
  destination: string,
  unfinished: readonly string[],
  signal?: AbortSignal,
): Promise<Earlier[]> {
  const newest = listDatedCopies(destination).at(-1);
  const begun = unfinished.filter((name) => name.endsWith(UNFINISHED));
  const earlier: Earlier[] = [];
  for (const name of [...(newest ? [newest.name] : []), ...begun]) {
    const manifest = await readManifest(joinPath(destination, name), signal).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      // Without it, all is copied anew.
      return undefined;
    });
    if (manifest) earlier.push({ name, manifest });
  }
  return earlier;
}

/** The files of earlier copies that stand at a path, as far as their manifests still describe them. */
export function findCandidates(destination: string, earlier: readonly Earlier[], path: string): EarlierCandidate[] {
  const candidates: EarlierCandidate[] = [];
  for (const { name, manifest } of earlier) {
    const recorded = manifest.entries.get(path);
    if (!recorded || isManifestLink(recorded)) continue;
    const fullPath = joinPath(joinPath(destination, name), path);
    const stats = statFile(fullPath);
    if (stats && isDescribedBy(recorded, stats)) candidates.push({ path: fullPath, stats, recorded, earlier: name });
  }
  return candidates;
}

function statFile(path: string): ExactStats | undefined {
  try {
    const stats = withReachablePath(path, (reachable) => lstatExact(reachable));
    return stats.isFile() ? stats : undefined;
  } catch {
    return undefined;
  }
}

function listNamesIfThere(folder: string): string[] {
  try {
    return listNames(toFsPath(folder));
  } catch {
    return [];
  }
}

function isRealFolder(path: string): boolean {
  return lstatIfThere(toFsPath(path))?.isDirectory() ?? false;
}
