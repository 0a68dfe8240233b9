/** Which snapshots are wanted when, for an editor and for `cairn watch` alike. All delays are in milliseconds. */
import type { BackupRequest } from '../worker/engineProtocol/backup.ts';
import type { GitNews } from './gitReflogs.ts';
import type { Run, Wish } from './runSchedule.ts';

/** A program that writes one file after the other has so long for the next. */
const OUTSIDE_QUIET = 2_000;
/** It may go on for hours: making snapshots takes at most one part in so many of them. */
const OUTSIDE_REST = 10;
/** Commits come in twos and threes, and their hooks change files. */
const GIT_QUIET = 1_000;
const GIT_LONGEST = 5_000;
/** What deletes much is soon done with it, and a person has to hear of it soon. */
const DELETION_QUIET = 1_500;
const DELETION_LONGEST = 3_000;

/** Something changed files. @param delay while that goes on, snapshots are no farther apart. */
export function outsideWish(delay: number): Wish {
  return { reason: 'outside', quiet: Math.min(OUTSIDE_QUIET, delay), longest: delay, rest: OUTSIDE_REST };
}

/** Much was deleted. */
export function deletionWish(): Wish {
  return { reason: 'deletion', quiet: DELETION_QUIET, longest: DELETION_LONGEST };
}

/** Git did something. */
export function gitWish(news: GitNews): Wish {
  const timing = { quiet: GIT_QUIET, longest: GIT_LONGEST };
  if ('commit' in news) return { reason: 'commit', ...timing, commit: news.commit };
  const { name, words } = news.operation;
  return { reason: 'git', ...timing, moment: { label: words, actor: { kind: 'git', name }, paths: [] } };
}

/** A look at everything, so long from now. */
export function fullWish(reason: 'start' | 'interval' | 'resume' | 'first', after = 0): Wish {
  return { reason, quiet: after, longest: after };
}

/** Whether, so many milliseconds after the last look at everything, it is time for another. @param minutes 0 for never. */
export function isIntervalOver(since: number, minutes: number): boolean {
  return minutes > 0 && since >= minutes * 60_000;
}

/** Names of files and folders that globs leave out wherever they are. */
export function excludedNamesOf(globs: readonly string[]): ReadonlySet<string> {
  return new Set(globs.flatMap((glob) => (/^\*\*\/[\w.-]+$/.test(glob) ? glob.slice(3) : [])));
}

/**
 * Whether events of a path, as names below its folder, are passed over. What happens in `.git` folders is captured by
 * full scans alone; what happens in folders like `node_modules`, never. Of other rules the engine takes care.
 */
export function isPassedOver(names: readonly string[], excludedNames: ReadonlySet<string>): boolean {
  if (names.slice(0, -1).includes('.git')) return true;
  return names.some((name) => excludedNames.has(name));
}

/** What {@link requestOf} says. */
export type RequestOfRun = Pick<
  BackupRequest,
  'trigger' | 'scan' | 'actor' | 'label' | 'mayCreate' | 'commit' | 'commitIn' | 'evenIfUnchanged'
>;

/** What of a backup follows from why it is made. @param actor who changed things, where that was no commit. */
export function requestOf(
  { trigger, scan, commit, moment, isFirst }: Run,
  actor: NonNullable<BackupRequest['actor']>,
): RequestOfRun {
  return {
    trigger,
    scan,
    actor: commit ? { kind: 'git', name: 'commit' } : actor,
    ...(moment && { label: moment.label }),
    ...(isFirst && { mayCreate: true }),
    // A commit is worth a mark even where the files were backed up a moment before.
    ...(commit && {
      ...{ commit: commit.id, label: commit.subject, evenIfUnchanged: true },
      ...(commit.within !== undefined && { commitIn: commit.within }),
    }),
  };
}
