import { parseTime, wallClock, ZERO_TIME } from '../../repository/format/time.ts';
import type { Snapshot } from '../../repository/format/snapshot.ts';
import { hasTags, type StoredSnapshot } from '../../repository/snapshots.ts';
import { KEEP_TAG } from '../snapshotTags.ts';
import {
  formatDuration,
  isZeroDuration,
  subtractDuration,
  type CalendarDuration,
  type ZoneOffset,
} from './duration.ts';
import { checkPolicy, PERIOD_WINDOWS, PERIODS, type ForgetPolicy, type Period, type TagList } from './policy.ts';

/** Why a snapshot stays that no rule keeps. */
export const NEWEST_OF_GROUP = 'newest snapshot of its group';

/** How a policy is applied. The switches are for comparing with other programs; leave them on. */
export interface ApplyPolicyOptions {
  /** Nanoseconds since 1970. Windows reach back from the newest snapshot that is not later than this. */
  readonly now: bigint;
  /** The local time zone, for windows that reach across a change of the clocks. Absent: fixed offsets. */
  readonly localOffset?: ZoneOffset;
  /**
   * The oldest snapshot is also kept by every counter with something left, and by every period window
   * that reaches it (restic 0.16 and later).
   */
  readonly keepOldest?: boolean;
  /** Snapshots tagged `keep` stay. */
  readonly protectKeepTag?: boolean;
  /** The newest snapshot of the group stays. */
  readonly protectNewest?: boolean;
}

/** What each counter may still keep, -1 for any number. Those that are spent or switched off are absent. */
export type CountersLeft = { readonly [period in Period]?: number };

/** A snapshot that stays. */
export interface KeptSnapshot<Entry extends StoredSnapshot> {
  readonly entry: Entry;
  /** In restic's words: "last snapshot", "daily within 7d", "has tags [a, b]". */
  readonly reasons: readonly string[];
  /** False: no rule of the policy keeps it, but what protects snapshots whatever the policy says. */
  readonly isByRule: boolean;
  /** After this snapshot was judged. */
  readonly counters: CountersLeft;
}

/** What a policy says of a group, newest first. */
export interface PolicyResult<Entry extends StoredSnapshot> {
  readonly keep: KeptSnapshot<Entry>[];
  readonly remove: Entry[];
}

/**
 * Says which snapshots of one group a policy keeps, and why (format notes 10.2). Snapshots of equal
 * time keep their order. Throws as `checkPolicy` does.
 */
export function applyPolicy<Entry extends StoredSnapshot>(
  entries: readonly Entry[],
  policy: ForgetPolicy,
  options: ApplyPolicyOptions,
): PolicyResult<Entry> {
  checkPolicy(policy);
  const { keepOldest = true, protectKeepTag = true, protectNewest = true } = options;
  const sorted = sortNewestFirst(entries);
  const latest = latestTime(sorted, options.now);
  const windowStart = startOf(policy.within, latest, options.localOffset);
  const buckets = makeBuckets(policy, latest, options.localOffset);

  const result: PolicyResult<Entry> = { keep: [], remove: [] };
  sorted.forEach((candidate, index) => {
    const { entry, instant } = candidate;
    const keepAnyway = keepOldest && index === sorted.length - 1;
    const reasons = tagReasons(entry.snapshot, policy.tags ?? []);
    if (windowStart !== undefined && instant > windowStart) reasons.push(`within ${formatDuration(policy.within!)}`);
    for (const bucket of buckets) reasons.push(...chooseByBucket(bucket, candidate, index, keepAnyway));
    const isByRule = reasons.length > 0;
    if (protectKeepTag && entry.snapshot.tags?.includes(KEEP_TAG)) reasons.push(`protected by tag ${KEEP_TAG}`);
    if (protectNewest && index === 0) reasons.push(NEWEST_OF_GROUP);
    if (reasons.length === 0) result.remove.push(entry);
    else result.keep.push({ entry, reasons, isByRule, counters: countersLeft(buckets) });
  });
  return result;
}

/** A snapshot with its instant, which is compared often. */
interface Candidate<Entry extends StoredSnapshot> {
  readonly entry: Entry;
  readonly instant: bigint;
}

/** A counter or a period window on its way from the newest snapshot to the oldest. */
interface Bucket {
  readonly period: Period;
  readonly reason: string;
  /** Windows only: earlier snapshots, and those of this very instant, are out. */
  readonly after?: bigint;
  /** How many more it may keep; -1 for any number. */
  left: number;
  /** The period of the snapshot that it kept last. */
  lastKept: string;
}

function sortNewestFirst<Entry extends StoredSnapshot>(entries: readonly Entry[]): Candidate<Entry>[] {
  return entries
    .map((entry) => ({ entry, instant: parseTime(entry.snapshot.time) }))
    .sort((a, b) => (a.instant > b.instant ? -1 : a.instant < b.instant ? 1 : 0));
}

/** The time from which windows reach back. If all snapshots lie in the future, restic takes the year 1. */
function latestTime(sorted: readonly Candidate<StoredSnapshot>[], now: bigint): string {
  return sorted.find(({ instant }) => instant < now)?.entry.snapshot.time ?? ZERO_TIME;
}

/** Where a window starts; undefined for one that is switched off. */
function startOf(window: CalendarDuration | undefined, latest: string, zone?: ZoneOffset): bigint | undefined {
  return window && !isZeroDuration(window) ? subtractDuration(latest, window, zone) : undefined;
}

/** The counters and period windows that are switched on, in the order in which restic lists its reasons. */
function makeBuckets(policy: ForgetPolicy, latest: string, zone?: ZoneOffset): Bucket[] {
  const buckets: Bucket[] = [];
  for (const period of PERIODS) {
    const left = policy[period] ?? 0;
    if (left !== 0) buckets.push({ period, reason: `${period} snapshot`, left, lastKept: '' });
  }
  for (const [window, period] of PERIOD_WINDOWS) {
    const after = startOf(policy[window], latest, zone);
    if (after === undefined) continue;
    const reason = `${period} within ${formatDuration(policy[window]!)}`;
    buckets.push({ period, reason, after, left: -1, lastKept: '' });
  }
  return buckets;
}

/** The reason why this bucket keeps the snapshot, or none. Takes one off the counter if it does. */
function chooseByBucket<Entry extends StoredSnapshot>(
  bucket: Bucket,
  candidate: Candidate<Entry>,
  index: number,
  keepAnyway: boolean,
): string[] {
  if (bucket.left === 0) return [];
  if (bucket.after !== undefined && candidate.instant <= bucket.after) return [];
  const period = periodOf(bucket.period, candidate.entry.snapshot.time, index);
  const isFirst = period !== bucket.lastKept;
  if (!isFirst && !keepAnyway) return [];
  bucket.lastKept = period;
  if (bucket.left > 0) bucket.left--;
  return [isFirst ? bucket.reason : `oldest ${bucket.reason}`];
}

function tagReasons(snapshot: Snapshot, lists: readonly TagList[]): string[] {
  return lists.filter((list) => hasTags(snapshot, list)).map((list) => `has tags [${list.join(', ')}]`);
}

/** What the counters have left. Windows have none, and a spent counter is left out. */
function countersLeft(buckets: readonly Bucket[]): CountersLeft {
  const counters = buckets.filter((bucket) => bucket.after === undefined && bucket.left !== 0);
  return Object.fromEntries(counters.map((bucket) => [bucket.period, bucket.left]));
}

/** The period that a time falls into, by the wall clock of the zone in which it was written. */
function periodOf(period: Period, time: string, index: number): string {
  const { year, month, day, hour, isoYear, isoWeek } = wallClock(time);
  switch (period) {
    case 'last':
      return String(index);
    case 'hourly':
      return `${year}-${month}-${day} ${hour}`;
    case 'daily':
      return `${year}-${month}-${day}`;
    case 'weekly':
      return `${isoYear}-W${isoWeek}`;
    case 'monthly':
      return `${year}-${month}`;
    case 'yearly':
      return String(year);
  }
}
