import { throwIfAborted } from '../../base/abort.ts';
import type { CodecPool } from './codecPool.ts';

/**
 * Runs `work`, which gives a job to the pool, for each item: few at a time, so that items are made as
 * they are needed. After a failure no further ones are begun; it is thrown once those at hand are done.
 * Throws `aborted` likewise; the pool is told of it, so that what is at hand ends early where it is long.
 */
export async function runJobs<Item>(
  codecs: CodecPool,
  items: Iterable<Item> | AsyncIterable<Item>,
  work: (item: Item) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: unknown;
  const interrupt = () => codecs.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  try {
    for await (const item of items) {
      while (running.size >= codecs.size * 2) await Promise.race(running);
      if (failure !== undefined) break;
      throwIfAborted(signal);
      const task: Promise<void> = work(item)
        .catch((error: unknown) => void (failure ??= error))
        .finally(() => running.delete(task));
      running.add(task);
    }
  } catch (error) {
    failure ??= error;
  }
  await Promise.all(running);
  signal?.removeEventListener('abort', interrupt);
  if (failure !== undefined) throw failure;
  throwIfAborted(signal);
}
