/** What passes between a codec pool and its threads. Only plain data, shared memory and transferred buffers. */
import type { MessagePort } from 'node:worker_threads';
import type { ErrorData } from '../base/errors.ts';
import type { StorageTrouble } from '../base/storageTrouble.ts';
import type { CodecJobName, PackListener } from '../engine/codec/codecPool.ts';
import type { CodecSetup } from '../engine/codec/codecSetup.ts';

/** What a thread has to know before its first job. */
export interface CodecThreadData {
  readonly setup: CodecSetup;
  /** So many packs of this thread may be on their way to the repository before it must wait. */
  readonly packsAway: number;
  /** Brings emptied pack buffers back; read synchronously by the thread. */
  readonly bufferPort: MessagePort;
  /** One Int32: how many buffers came back. The thread waits on it. */
  readonly returnedBuffers: SharedArrayBuffer;
  /** One Int32, shared by all threads of the pool: one of {@link INTERRUPTED}. */
  readonly interrupted: SharedArrayBuffer;
}

/** Whether jobs should end early, and whether nothing is taken from the thread any more. */
export const INTERRUPTED = { no: 0, job: 1, end: 2 } as const;

export type PoolMessage =
  /** Comes once, and first: threads may start before it is known what they work for. */
  | { readonly kind: 'setup'; readonly data: CodecThreadData }
  | { readonly kind: 'job'; readonly id: number; readonly job: CodecJobName; readonly params: unknown }
  /**
   * The thread ends itself: ended from outside while it makes a zstd context, Node aborts the whole process.
   */
  | { readonly kind: 'end' };

export type ThreadMessage =
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorData }
  | { readonly kind: 'trouble'; readonly trouble: StorageTrouble }
  | {
      readonly kind: 'pack';
      readonly pack: Omit<Parameters<PackListener>[0], 'bytes'>;
      /** Transferred; the pack is its first `length` bytes. */
      readonly buffer: ArrayBuffer;
      readonly length: number;
    };
