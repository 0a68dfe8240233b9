/**
 * The codec pool does the heavy part of backup, restore and verify: reading, chunking, hashing,
 * compressing, sealing, and the way back. The engine sees this interface only; the threads behind it
 * are `worker/codecPool.ts`. What a thread does for a job is `codecJobs.ts`.
 */
import type { FinishedPack } from '../../repository/pack/packBuilder.ts';
import type { CodecJobs } from './codecJobs.ts';
import type { CodecSetup } from './codecSetup.ts';

export type CodecJobName = keyof CodecJobs;

/** Threads that run codec jobs for one repository. */
export interface CodecPool {
  /** How many jobs run at the same time. */
  readonly size: number;

  /**
   * Runs a job on the next free thread. Jobs wait in line; the caller bounds how many.
   * Throws what the job threw, or `worker-crashed`.
   */
  run<K extends CodecJobName>(job: K, params: CodecJobs[K]['params']): Promise<CodecJobs[K]['result']>;

  /** Runs a job once on every thread, after what is in line. */
  runOnEach<K extends CodecJobName>(job: K, params: CodecJobs[K]['params']): Promise<CodecJobs[K]['result'][]>;

  /** Makes long jobs end early: what they were at is given up, with the failure `ECANCELED`. For good. */
  interrupt(): void;

  /** Stops the threads. Jobs in line fail with `aborted`. */
  close(): Promise<void>;
}

/** Receives finished packs; the thread makes no further ones while many of its own are not taken. */
export type PackListener = (pack: FinishedPack) => Promise<void>;

/** How the engine gets a pool; the faces pass `worker/codecPool.ts: openCodecPool`. */
export type OpenCodecs = (setup: CodecSetup, onPack: PackListener) => CodecPool;
