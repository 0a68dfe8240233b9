/** What passes between a codec pool and its threads. Only plain data, shared memory and transferred buffers. */
import type { MessagePort } from 'node:worker_threads';
import type { ErrorData } from '../base/errors.ts';
import type { CodecJobName, PackListener } from '../engine/codec/codecPool.ts';
import type { CodecSetup } from '../engine/codec/codecSetup.ts';

/** What a thread is started with. */
export interface CodecThreadData {
  readonly setup: CodecSetup;
  /** Brings emptied pack buffers back; read synchronously by the thread. */
  readonly bufferPort: MessagePort;
  /** One Int32: how many buffers came back. The thread waits on it. */
  readonly returnedBuffers: SharedArrayBuffer;
  /** One Int32, not zero once the pool is interrupted. */
  readonly interrupted: SharedArrayBuffer;
}

export interface JobMessage {
  readonly id: number;
  readonly job: CodecJobName;
  readonly params: unknown;
}

export type ThreadMessage =
  | { readonly kind: 'done'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failed'; readonly id: number; readonly error: ErrorData }
  | {
      readonly kind: 'pack';
      readonly pack: Omit<Parameters<PackListener>[0], 'bytes'>;
      /** Transferred; the pack is its first `length` bytes. */
      readonly buffer: ArrayBuffer;
      readonly length: number;
    };
