import { abortedError, type Clock } from '../../src/base/clock.ts';
import type { Backend, CallOptions } from '../../src/backend/backend.ts';

/** Bytes that move at once. */
const PIECE = 64 * 1024;

export interface Wire {
  readonly clock: Clock;
  /** Bytes in a millisecond; as fast as anything unless stated. */
  readonly speed?: number;
  /** Milliseconds before each call does anything. */
  readonly delay?: number;
  /** Tells nobody what moves. */
  readonly isSilent?: boolean;
  /** Of the next call, nothing moves after so many bytes of its content. Taken away by it. */
  hangsAfter?: number | undefined;
}

/** A backend around another as if behind a network, whose time is that of a clock. */
export function overWire(inner: Backend, wire: Wire): Backend {
  async function move(direction: 'up' | 'down', size: number, options: CallOptions, hangsAfter: number) {
    for (let moved = 0; moved < size || hangsAfter === moved; moved += PIECE) {
      if (moved >= hangsAfter) await forever(options.signal);
      const count = Math.min(PIECE, size - moved);
      if (wire.speed !== undefined) await wire.clock.sleep(count / wire.speed, options);
      if (!wire.isSilent) await options.onBytes?.(direction, count);
    }
  }
  async function call<T>(options: CallOptions, make: (hangsAfter: number) => Promise<T>): Promise<T> {
    const { hangsAfter = Infinity } = wire;
    wire.hangsAfter = undefined;
    if (wire.delay !== undefined) await wire.clock.sleep(wire.delay, options);
    return make(hangsAfter);
  }
  const plain = <T>(options: CallOptions, make: () => Promise<T>) =>
    call(options, async (hangsAfter) => {
      await move('down', 0, options, hangsAfter);
      return make();
    });
  return {
    location: inner.location,
    settings: inner.settings,
    properties: { connections: 5, isFar: true, cheapGap: 1024 * 1024 },
    create: (options = {}) => plain(options, () => inner.create(options)),
    save: (handle, data, options = {}) =>
      call(options, async (hangsAfter) => {
        const size = data.reduce((sum, part) => sum + part.length, 0);
        await move('up', size, options, hangsAfter);
        await inner.save(handle, data, options);
      }),
    load: (handle, options = {}) =>
      call(options, async (hangsAfter) => {
        const content = await inner.load(handle, options);
        await move('down', content.length, options, hangsAfter);
        return content;
      }),
    stat: (handle, options = {}) => plain(options, () => inner.stat(handle, options)),
    remove: (handle, options = {}) => plain(options, () => inner.remove(handle, options)),
    list: (type, options = {}) => plain(options, () => inner.list(type, options)),
    leftovers: (options = {}) => plain(options, () => inner.leftovers(options)),
    removeLeftover: (leftover, options = {}) => plain(options, () => inner.removeLeftover(leftover, options)),
    close: () => inner.close(),
  };
}

function forever(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    if (signal?.aborted) reject(abortedError());
    signal?.addEventListener('abort', () => reject(abortedError()), { once: true });
  });
}
