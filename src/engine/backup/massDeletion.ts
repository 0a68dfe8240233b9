import type { SnapshotSummary } from '../../repository/format/snapshot.ts';

/** Fewer are deleted by people all the time. */
const FEWEST = 20;
/** Of what there was. */
const SHARE = 1 / 3;
/** So many are worth a word wherever they are more than a small part. */
const MANY = 1_000;
const SHARE_OF_MANY = 1 / 20;
/** Of a folder in which nothing is left, fewer are enough; so are they of files that became noise, if these are many of all. */
const FEWEST_OF_ALL = 5;

/** What of a summary counts. */
type MassCounts = Pick<
  SnapshotSummary,
  | 'filesNew'
  | 'filesChanged'
  | 'filesRemoved'
  | 'filesTotal'
  | 'totalFilesProcessed'
  | 'gitFiles'
  | 'routineFiles'
  | 'scrambledFiles'
>;

/** What a person should hear of at once: files are gone, or what was in them is. */
export interface Alarm {
  readonly kind: 'deleted' | 'scrambled';
  /** How many. */
  readonly files: number;
}

/** What a backup found that nobody does every day, if it found such a thing. */
export function findAlarm(summary: MassCounts): Alarm | undefined {
  const { scrambledFiles = 0, filesRemoved = 0, gitFiles } = summary;
  const many = scrambledFiles >= FEWEST || scrambledFiles >= ownFiles(summary) * SHARE;
  if (scrambledFiles >= FEWEST_OF_ALL && many) return { kind: 'scrambled', files: scrambledFiles };
  if (isMassDeletion(summary)) return { kind: 'deleted', files: filesRemoved - (gitFiles?.removed ?? 0) };
  return undefined;
}

/**
 * Whether a backup found so much deleted that a person should hear of it: a third of all files and 20 of them, very many, or
 * all. What is new counts against it, as most of it was only moved. What programs bring back by themselves does not count.
 */
export function isMassDeletion(summary: MassCounts): boolean {
  const { filesRemoved = 0, filesNew, routineFiles: routine } = summary;
  const left = ownFiles(summary);
  const lost = filesRemoved - (routine?.removed ?? 0) - (filesNew - (routine?.new ?? 0));
  if (left === 0) return lost >= FEWEST_OF_ALL;
  const share = lost / (left + lost);
  return (lost >= FEWEST && share >= SHARE) || (lost >= MANY && share >= SHARE_OF_MANY);
}

/** All files that are there, but for those that programs make. */
function ownFiles({ filesTotal, totalFilesProcessed, routineFiles }: MassCounts): number {
  return (filesTotal ?? totalFilesProcessed) - (routineFiles?.total ?? 0);
}

/** What a backup found in words, if a person may want to go back for it: an alarm, or much written anew. */
export function describeMassChange(summary: MassCounts): string | undefined {
  const { filesChanged, filesTotal: files = summary.totalFilesProcessed, gitFiles } = summary;
  const alarm = findAlarm(summary);
  if (alarm) return `${alarm.files} files ${alarm.kind === 'deleted' ? 'deleted' : 'turned to noise'}`;
  const changed = filesChanged - (gitFiles?.changed ?? 0);
  return changed >= FEWEST && changed >= files * SHARE ? `${changed} files changed` : undefined;
}
