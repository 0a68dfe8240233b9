import { steadyClock, type Clock } from '../../base/clock.ts';
import type { TransferLimits } from '../../base/storageAccess.ts';
import type { Backend, BytesListener, FileType } from '../backend.ts';
import { CallSlots } from './callSlots.ts';
import { transferLines } from './transferLine.ts';
import { wrapCalls, type Around } from './wrapCalls.ts';

/** Small, and late ones do harm: they count for the limits without having to wait. */
const urgentTypes: ReadonlySet<FileType> = new Set<FileType>(['lock', 'key', 'config']);

export interface LimitOptions {
  readonly limits?: TransferLimits;
  readonly clock?: Clock;
}

/**
 * Makes at most `properties.connections` calls at the same time, and as many for which a person waits, and moves no more bytes in a second than the limits
 * say. A storage that says by `onBytes` what it moves is slowed down as it goes; of another the next call waits until
 * what was moved fits the limit again.
 */
export function limitCalls(inner: Backend, { limits = {}, clock = steadyClock }: LimitOptions = {}): Backend {
  const slots = new CallSlots(inner.properties.connections);
  /** What a person waits for stands in no line behind calls that may hang for minutes. */
  const personal = new CallSlots(inner.properties.connections);
  const lines = transferLines(limits, clock);

  const around: Around = (call) => {
    const { options, direction, type, size } = call;
    const line = direction && lines[direction];
    const isUrgent = type !== undefined && urgentTypes.has(type);
    let reported = 0;

    const pace = (way: 'up' | 'down', count: number): Promise<void> | undefined => {
      const wait = lines[way]?.book(count) ?? 0;
      return wait >= 1 && !isUrgent ? clock.sleep(wait, options) : undefined;
    };
    const onBytes: BytesListener = (way, count) => {
      if (way === direction) reported += count;
      const outer = options.onBytes?.(way, count);
      const own = pace(way, count);
      return outer && own ? Promise.all([outer, own]).then(() => {}) : (outer ?? own);
    };

    return (options.isAwaited ? personal : slots).use(
      type === 'pack' && direction !== undefined,
      options.signal,
      async () => {
        if (direction && line) await pace(direction, 0);
        const result = await call.make({ onBytes });
        const moved = Buffer.isBuffer(result) ? result.length : (size ?? 0);
        if (moved > reported) line?.book(moved - reported);
        return result;
      },
    );
  };
  return wrapCalls(inner, around);
}
