import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import type { Cairn } from '../cairn.ts';
import { folderOfTarget, shownLocation, type Target } from './targetStore.ts';

/** What is known of a target. Times are RFC 3339. */
export type TargetStatus =
  | { readonly health: 'unknown' }
  /** Nothing was backed up to it yet. */
  | { readonly health: 'never'; readonly place?: string }
  | {
      readonly health: 'good';
      /** For people. */
      readonly place: string;
      readonly lastBackup?: string;
      /** Snapshots, or copies. */
      readonly count: number;
      /** Absent where that is not known without reading all. */
      readonly bytes?: number;
    }
  | { readonly health: 'unreachable' | 'failing'; readonly reason: string };

/** Nobody waits longer for a target, in milliseconds; it may still answer later. */
const PATIENCE_MS = 10_000;

/** Looks at a target; `onLate` hears of an answer that came after the wait was given up. Throws nothing. */
export async function fetchStatus(
  cairn: Cairn,
  target: Target,
  onLate: (status: TargetStatus) => void,
): Promise<TargetStatus> {
  let isLate = false;
  let timer: NodeJS.Timeout | undefined;
  const answer = look(cairn, target)
    .catch((error: unknown) => explain(target, error))
    .then((status) => {
      if (isLate) onLate(status);
      return status;
    });
  const patience = new Promise<TargetStatus>((resolve) => {
    timer = setTimeout(() => {
      isLate = true;
      resolve({ health: 'unreachable', reason: vscode.l10n.t('It does not answer.') });
    }, PATIENCE_MS);
  });
  return Promise.race([answer, patience]).finally(() => clearTimeout(timer));
}

async function look({ engine, targets }: Cairn, target: Target): Promise<TargetStatus> {
  if (target.kind === 'repository') {
    const repository = await targets.repositoryRef(target, { ask: false });
    const { location, snapshots, lastSnapshot, bytes } = await engine.call('repositoryInfo', { repository });
    if (!lastSnapshot) return { health: 'never', place: location };
    return { health: 'good', place: location, lastBackup: lastSnapshot.time, count: snapshots, bytes };
  }
  const place = folderOfTarget(target);
  const { copies, newest, isCutOff } = await engine.call('folderTargetInfo', { folder: place });
  if (isCutOff) return { health: 'failing', reason: vscode.l10n.t('The last copy was cut off. Back up again.') };
  if (newest === undefined) return { health: 'never', place };
  return { health: 'good', place, lastBackup: newest, count: copies };
}

function explain(target: Target, error: unknown): TargetStatus {
  const reason = error instanceof Error ? error.message : String(error);
  const code = errorCode(error);
  const isMissing = code === 'repository-not-found';
  // The one of its own appears with the first backup; a target that a person chose was there once.
  if (isMissing && target.location === undefined) return { health: 'never' };
  if (isMissing && target.replicaOf !== undefined) return { health: 'never', place: shownLocation(target)! };
  const isAway = isMissing || code === 'target-unavailable' || code === 'permission-denied';
  return { health: isAway ? 'unreachable' : 'failing', reason };
}
