/** What passes between a walk in a thread of its own and the backup that uses it. Only plain data and shared memory. */
import type { ErrorData } from '../base/errors.ts';
import type { WalkBatch, WalkPlan } from '../engine/backup/runningWalk.ts';

/** What the thread is started with. */
export interface WalkThreadData {
  readonly plan: WalkPlan;
  /** Two Int32, at the places of {@link WALK}; the thread waits on the first. */
  readonly shared: SharedArrayBuffer;
}

/** `used`: entries, modulo 2^32, of all batches that the backup has done with; `end`: not 0 once it wants no more. */
export const WALK = { used: 0, end: 1 } as const;

export type WalkMessage =
  { readonly kind: 'batch'; readonly batch: WalkBatch } | { readonly kind: 'failed'; readonly error: ErrorData };
