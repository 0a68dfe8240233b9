import { steadyClock } from '../base/clock.ts';
import type { Repository } from '../repository/repository.ts';

/** Milliseconds from one look at the storage to the next. */
const LOOK_EVERY = 5_000;

/**
 * Waits for other work on a repository, as long as its storage answers: that work may have the patience to go on
 * trying for a quarter of an hour. Throws what looking at the storage throws.
 */
export async function whileAnswering<T>({ backend }: Repository, work: Promise<T>): Promise<T> {
  const end = new AbortController();
  const look = async (): Promise<never> => {
    for (;;) {
      await steadyClock.sleep(LOOK_EVERY, { signal: end.signal, background: true });
      await backend.stat({ type: 'config', name: '' });
    }
  };
  const looking = look();
  looking.catch(() => {});
  try {
    return await Promise.race([work, looking]);
  } finally {
    end.abort();
  }
}
