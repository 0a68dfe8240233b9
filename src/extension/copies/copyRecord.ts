import type * as vscode from 'vscode';
import type { ErrorCode } from '../../base/errors.ts';
import type { SnapshotsAfter } from '../../worker/engineProtocol/copies.ts';
import type { Target } from '../targets/targetStore.ts';

/** What is remembered of a replica, by any window. Times are in milliseconds since 1970. */
export interface CopyRecord {
  /** When it was first met: what is older does not make it overdue. */
  readonly known: number;
  /** When it was last brought up to date. */
  readonly lastGood?: number;
  /** The time of the newest snapshot of its source that it has, RFC 3339. */
  readonly newest?: string;
  /** How many snapshots of its source it lacked at the last look. */
  readonly missing: number;
  /** The time of the first change that it lacks. What retention takes from the source meanwhile does not move it. */
  readonly behindSince?: number;
  /** Why the last run failed. */
  readonly failure?: CopyFailure;
  /** A person was told that it lacks a change for too long. */
  readonly isTold?: boolean;
}

export interface CopyFailure {
  readonly code: ErrorCode;
  /** A sentence. */
  readonly message: string;
  /** The storage is not reachable, which ends by itself. */
  readonly isAway: boolean;
  /** When the first of these failures in a row came. */
  readonly since: number;
}

/** The record after a look at what the source has that the replica lacks. */
export function afterLook(record: CopyRecord, { count, oldest }: SnapshotsAfter): CopyRecord {
  const { behindSince: before, ...rest } = record;
  if (count === 0 || oldest === undefined) return { ...rest, missing: 0 };
  const since = Math.max(Date.parse(oldest), record.known);
  return { ...rest, missing: count, behindSince: Math.min(before ?? Infinity, since) };
}

/** The record after the replica was brought up to date; `newest`: of the source when that began. */
export function afterGoodRun({ known }: CopyRecord, now: number, newest: string | undefined): CopyRecord {
  return { known, lastGood: now, missing: 0, ...(newest !== undefined && { newest }) };
}

/** The record after a run that failed. */
export function afterFailure(record: CopyRecord, failure: Omit<CopyFailure, 'since'>, now: number): CopyRecord {
  return { ...record, failure: { ...failure, since: record.failure?.since ?? now } };
}

/** Whether a replica lacks a change for longer than so many milliseconds, and nobody was told. */
export function isNewlyOverdue({ behindSince, isTold }: CopyRecord, longest: number, now: number): boolean {
  return longest > 0 && !isTold && behindSince !== undefined && now - behindSince > longest;
}

/** What was noted of a replica; a new record if nothing was. */
export function readCopyRecord(memory: vscode.Memento, target: Target, now = Date.now()): CopyRecord {
  return memory.get<CopyRecord>(keyOf(target)) ?? { known: now, missing: 0 };
}

export async function saveCopyRecord(memory: vscode.Memento, target: Target, record: CopyRecord): Promise<void> {
  await memory.update(keyOf(target), record);
}

/** A target that is moved to another place is another replica. */
function keyOf({ id, location = '' }: Target): string {
  return `copies.${id} ${location}`;
}
