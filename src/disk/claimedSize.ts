import { systemError } from '../base/systemCode.ts';
import { fstat } from './stats.ts';

/**
 * Bytes that a file may deliver beyond the size that it claims. Files of the system claim none and deliver a few
 * KiB or, as `/proc/PID/pagemap`, hundreds of GiB; and a file may grow while it is read, but claims that, too.
 */
const MAX_UNCLAIMED = 64 * 1024 * 1024;

/** Tells a file that delivers without end from one that grows while it is read. */
export class ClaimedSize {
  readonly #fd: number;
  #claimed: number;

  /** `claimed` is in bytes, as it is known so far. */
  constructor(fd: number, claimed = 0) {
    this.#fd = fd;
    this.#claimed = claimed;
  }

  /** To be asked after reading up to `position`. Throws `ENDLESS` if that is too far beyond what the file claims by now. */
  check(position: number): void {
    if (position <= this.#claimed + MAX_UNCLAIMED) return;
    this.#claimed = Number(fstat(this.#fd).size);
    if (position <= this.#claimed + MAX_UNCLAIMED) return;
    throw systemError('ENDLESS', 'The file delivers far more than its size says.');
  }
}
