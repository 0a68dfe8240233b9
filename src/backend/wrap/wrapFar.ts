import type { Clock } from '../../base/clock.ts';
import type { StorageSettings } from '../../base/storageAccess.ts';
import type { TroubleListener } from '../../base/storageTrouble.ts';
import type { Backend } from '../backend.ts';
import { limitCalls } from './limitCalls.ts';
import { PERSONAL_PATIENCE } from './personalPatience.ts';
import { retryCalls } from './retryCalls.ts';
import { watchStalls, type StallOptions } from './watchStalls.ts';

/** Over these a person may be asked for a password first. */
const mayAsk = ['sftp', 'rclone'];

export interface FarOptions {
  /** Hears of calls that failed and will be made again. */
  readonly onTrouble?: TroubleListener;
  readonly clock?: Clock;
}

/**
 * What every storage beyond a network needs, around the bare one. From the inside: the stall watch, which looks after
 * a single request, whose time begins when it is made; the limits, so that each try takes its turn, and a call that
 * waits for its next try keeps no other from its place; the retry, which sees what each of these throws. A cache comes
 * around all of it (`cache/withCache.ts`), since it needs to know which repository this is. Local storage has none of
 * them.
 */
export function wrapFar(
  bare: Backend,
  { location, access }: StorageSettings,
  { onTrouble, clock }: FarOptions = {},
): Backend {
  const { isAwaited, stuckAfter, limits } = access;
  const time = clock && { clock };
  const hasShortStart = isAwaited && !mayAsk.includes(location.kind);
  const stall: StallOptions = {
    ...time,
    ...(stuckAfter !== undefined && { stuckAfter }),
    ...(hasShortStart && { firstStuckAfter: Math.min(PERSONAL_PATIENCE, stuckAfter ?? Infinity) }),
  };
  const watched = stuckAfter === 0 ? bare : watchStalls(bare, stall);
  const limited = limitCalls(watched, { ...time, limits });
  return retryCalls(limited, { ...time, isAwaited, ...(onTrouble && { onTrouble }) });
}
