import { displayPath } from '../../base/rawName.ts';
import { isSameSource, type CopySource } from './copySource.ts';
import { withReachablePath } from '../../disk/reachablePath.ts';
import { joinPath } from '../../disk/paths.ts';
import type { EarlierCandidate } from './planFiles.ts';
import { isDescribedBy } from './compareFile.ts';
import { readManifest, readManifestHeader, withoutStamps, type Manifest } from './manifestFile.ts';
import { isManifestLink, type ManifestHeader } from './manifestFormat.ts';
import type { DatedPlan } from './mirrorPlan.ts';
import { lstatIfThere, lstatExact, type ExactStats } from '../../disk/stats.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { listNames } from '../../disk/folders.ts';

/** A complete dated copy: a folder with a name of ours, and a manifest in it that says it is complete. */
export interface DatedCopy {
  readonly name: string;
  /** When it was made, milliseconds since 1970. */
  readonly created: number;
  readonly header: ManifestHeader;
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
    if (header?.isComplete) copies.push({ name, created: Date.parse(header.created), header });
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

/** What is in a folder of dated copies already, told apart by whose it is. */
export interface EarlierCopies {
  /** Complete ones of the source, the oldest first. */
  readonly own: readonly DatedCopy[];
  /** Complete ones of other sources, the oldest first. */
  readonly others: readonly DatedCopy[];
  /** The names of those that were begun, or whose removal was; not those of other sources. */
  readonly unfinished: readonly string[];
  /** Of which other source there is something, while there is nothing of this one. */
  readonly stranger: CopySource | undefined;
}

/** Looks whose the copies in a folder are. */
export function sortCopies(destination: string, source: CopySource): EarlierCopies {
  const copies = listDatedCopies(destination);
  const begun = listUnfinished(destination).map((name) => ({
    name,
    header: readManifestHeader(joinPath(destination, name)),
  }));
  const isOwn = ({ header }: { readonly header: CopySource | undefined }) => header && isSameSource(header, source);
  const known = [...begun, ...copies].filter(({ header }) => header);
  return {
    own: copies.filter(isOwn),
    others: copies.filter((copy) => !isOwn(copy)),
    unfinished: begun.filter((each) => !each.header || isOwn(each)).map(({ name }) => name),
    stranger: known.some(isOwn) ? undefined : known.at(-1)?.header,
  };
}

/**
 * What is decided about a dated copy before its files are: its name in local time, and what goes once it is
 * complete, if the newest `keep` are to be kept. Those of other sources are none of its business.
 */
export function planDatedCopy(
  destination: string,
  { own, unfinished }: EarlierCopies,
  now: Date,
  keep: number | undefined,
): DatedPlan {
  const names = new Set(listNamesIfThere(destination));
  const isTaken = (name: string) => ['', UNFINISHED, REMOVING].some((ending) => names.has(name + ending));
  const stamp = localStamp(now);
  let name = stamp;
  for (let number = 2; isTaken(name); number++) name = `${stamp}-${number}`;
  const expired = keep === undefined ? [] : expiredCopies(own, keep).map((copy) => copy.name);
  return { name, unfinishedName: name + UNFINISHED, expired, unfinished };
}

/**
 * What goes of `copies`, the oldest first, once there is a whole one more. A copy that lacks files pushes out
 * no whole one: of those the newest `keep` stay, whatever is between them. It goes itself as soon as `keep`
 * newer ones of any kind are there.
 */
function expiredCopies(copies: readonly DatedCopy[], keep: number): DatedCopy[] {
  const isWhole = ({ header }: DatedCopy) => header.lacking === undefined;
  const newest = (of: readonly DatedCopy[]) => new Set(of.slice(Math.max(of.length + 1 - keep, 0)));
  const [kept, keptWhole] = [newest(copies), newest(copies.filter(isWhole))];
  return copies.filter((copy) => !(isWhole(copy) ? keptWhole : kept).has(copy));
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

/**
 * The newest complete copy, the newest that lacks nothing, and what runs that were cut off have copied. `notice`
 * hears of a manifest that is of no use.
 */
export async function readEarlierCopies(
  destination: string,
  { own, others, unfinished }: EarlierCopies,
  source: CopySource,
  notice: (text: string) => void,
  signal?: AbortSignal,
): Promise<Earlier[]> {
  const copies = own.length > 0 ? own : others;
  const newest = [copies.at(-1), copies.findLast(({ header }) => header.lacking === undefined)];
  const names = new Set(newest.flatMap((copy) => (copy ? [copy.name] : [])));
  const begun = unfinished.filter((name) => name.endsWith(UNFINISHED));
  const earlier: Earlier[] = [];
  for (const name of [...names, ...begun]) {
    const folder = joinPath(destination, name);
    const manifest = await readManifest(folder, signal).catch((error: unknown) => {
      if (signal?.aborted) throw error;
      if (names.has(name)) {
        notice(`${(error as Error).message} Nothing is shared with the copy ${displayPath(folder)}.`);
      }
      return undefined;
    });
    if (!manifest) continue;
    earlier.push({ name, manifest: isSameSource(manifest.header, source) ? manifest : withoutStamps(manifest) });
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
