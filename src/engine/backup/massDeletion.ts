import type { SnapshotSummary } from '../../repository/format/snapshot.ts';

/** Fewer are deleted by people all the time. */
const FEWEST = 20;
/** Of what there was. */
const SHARE = 1 / 3;
/** Of a folder in which nothing is left, fewer are enough. */
const FEWEST_OF_ALL = 5;

/** What of a summary counts. */
type MassCounts = Pick<
  SnapshotSummary,
  'filesNew' | 'filesChanged' | 'filesRemoved' | 'filesTotal' | 'totalFilesProcessed' | 'gitFiles'
>;

/**
 * Whether a backup found so much deleted that a person should hear of it: a third of all files and 20 of them, or all.
 * What is new counts against it, as most of it was only moved.
 */
export function isMassDeletion(summary: MassCounts): boolean {
  const { filesRemoved = 0, filesNew, filesTotal: left = summary.totalFilesProcessed } = summary;
  const lost = filesRemoved - filesNew;
  if (left === 0) return lost >= FEWEST_OF_ALL;
  return lost >= FEWEST && lost >= (left + lost) * SHARE;
}

/** What a backup found in words, if a person may want to go back for it: much deleted, or much written anew. */
export function describeMassChange(summary: MassCounts): string | undefined {
  const { filesRemoved = 0, filesChanged, filesTotal: files = summary.totalFilesProcessed, gitFiles } = summary;
  if (isMassDeletion(summary)) return `${filesRemoved - (gitFiles?.removed ?? 0)} files deleted`;
  const changed = filesChanged - (gitFiles?.changed ?? 0);
  return changed >= FEWEST && changed >= files * SHARE ? `${changed} files changed` : undefined;
}
