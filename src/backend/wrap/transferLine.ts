import type { Clock } from '../../base/clock.ts';
import { LIMITS_LENGTH, type TransferLimits } from '../../base/storageAccess.ts';

/** A direction in which no more than so many bytes in a second may move, whichever threads move them. */
export class TransferLine {
  readonly #perSecond: number;
  readonly #clock: Clock;
  /** When all that was booked will have moved: microseconds by the clock. */
  readonly #bookedUntil: BigInt64Array;

  constructor(perSecond: number, bookedUntil: BigInt64Array, clock: Clock) {
    this.#perSecond = perSecond;
    this.#bookedUntil = bookedUntil;
    this.#clock = clock;
  }

  /** Adds bytes to what moves, and returns the milliseconds until it is their turn. */
  book(count: number): number {
    const cost = BigInt(Math.ceil((count / this.#perSecond) * 1e6));
    for (;;) {
      const now = this.#now();
      const until = Atomics.load(this.#bookedUntil, 0);
      const start = until > now ? until : now;
      if (Atomics.compareExchange(this.#bookedUntil, 0, until, start + cost) === until) {
        return Number(start - now) / 1000;
      }
    }
  }

  #now(): bigint {
    return BigInt(Math.floor(this.#clock.now() * 1000));
  }
}

export interface TransferLines {
  readonly up: TransferLine | undefined;
  readonly down: TransferLine | undefined;
}

/** One for each direction that has a limit. */
export function transferLines(limits: TransferLimits, clock: Clock): TransferLines {
  const shared = new BigInt64Array(limits.shared ?? new SharedArrayBuffer(LIMITS_LENGTH));
  const line = (perSecond: number | undefined, at: number) =>
    perSecond === undefined ? undefined : new TransferLine(perSecond, shared.subarray(at, at + 1), clock);
  return { up: line(limits.upload, 0), down: line(limits.download, 1) };
}
