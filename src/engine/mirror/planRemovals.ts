import type { LeftOut, PlannedRemoval } from './mirrorPlan.ts';
import type { FoundEntry } from './scanCopy.ts';
import type { SourceScan } from './scanSource.ts';
import { parentOf } from '../../base/pathBelow.ts';

export interface Removals {
  /** What stands where something of another kind must go; what is in a folder comes before it. */
  readonly obstacles: readonly PlannedRemoval[];
  /** What the source does not have; what is in a folder comes before it. */
  readonly deletions: readonly PlannedRemoval[];
  readonly kept: readonly LeftOut[];
  /** Paths where a folder stands that must stay, though the source has something else there. */
  readonly conflicts: ReadonlySet<string>;
}

type Fate = 'stay' | 'obstacle' | 'deletion';

/** Decides what of the copy goes. With `noDelete` only what stands in the way does, if nothing is in it. */
export function planRemovals(found: readonly FoundEntry[], source: SourceScan, noDelete: boolean): Removals {
  const kept: LeftOut[] = [];
  const fates = new Map<string, Fate>();
  for (const entry of found) {
    if (entry.keptBecause !== undefined) kept.push({ path: entry.path, reason: entry.keptBecause });
    fates.set(entry.path, chooseFate(entry, fates.get(parentOf(entry.path)), source, noDelete));
  }
  const obstacles: PlannedRemoval[] = [];
  const deletions: PlannedRemoval[] = [];
  const conflicts = new Set<string>();
  const occupied = new Set<string>();
  // Backwards, contents come before their folder.
  for (const { path, kind, stats } of found.toReversed()) {
    const fate = fates.get(path)!;
    const isFolder = kind === 'dir';
    if (fate === 'stay' || occupied.has(path)) {
      occupied.add(parentOf(path));
      if (fate === 'obstacle' && source.entries.has(path)) conflicts.add(path);
      continue;
    }
    const size = kind === 'file' && stats !== undefined ? Number(stats.size) : 0;
    (fate === 'obstacle' ? obstacles : deletions).push({ path, isFolder, size });
  }
  return { obstacles, deletions, kept, conflicts };
}

function chooseFate(entry: FoundEntry, parent: Fate | undefined, source: SourceScan, noDelete: boolean): Fate {
  const { path, kind, keptBecause } = entry;
  if (keptBecause !== undefined) return 'stay';
  const wanted = source.entries.get(path);
  if (wanted) {
    // A file or link takes the place of anything but a folder by its renaming.
    return (wanted.kind === 'dir') === (kind === 'dir') ? 'stay' : 'obstacle';
  }
  if (noDelete || isUnknown(path, source.unknown)) return 'stay';
  return parent === 'obstacle' ? 'obstacle' : 'deletion';
}

/** True if the source has something there, or above it, that could not be looked at. */
function isUnknown(path: string, unknown: ReadonlySet<string>): boolean {
  if (unknown.size === 0) return false;
  for (let at = path; at !== ''; at = parentOf(at)) if (unknown.has(at)) return true;
  return false;
}
