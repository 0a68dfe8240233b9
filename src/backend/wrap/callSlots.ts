import { abortedError } from '../../base/clock.ts';

interface Waiter {
  readonly isLarge: boolean;
  readonly enter: () => void;
}

/**
 * So many calls may run at the same time. One place is kept from the large ones, if there are several, and small ones
 * go first: a lock must be refreshed however many packs are on their way.
 */
export class CallSlots {
  readonly #all: number;
  readonly #forLarge: number;
  #used = 0;
  #usedByLarge = 0;
  #waiting: Waiter[] = [];

  constructor(count: number) {
    this.#all = Math.max(1, count);
    this.#forLarge = Math.max(1, count - 1);
  }

  /** Runs `work` when there is room. Throws `aborted` if the signal fires before. */
  async use<T>(isLarge: boolean, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    if (!this.#hasRoom(isLarge)) await this.#wait(isLarge, signal);
    else this.#take(isLarge);
    try {
      return await work();
    } finally {
      this.#giveBack(isLarge);
    }
  }

  #hasRoom(isLarge: boolean): boolean {
    return this.#used < this.#all && (!isLarge || this.#usedByLarge < this.#forLarge);
  }

  #take(isLarge: boolean): void {
    this.#used++;
    if (isLarge) this.#usedByLarge++;
  }

  #wait(isLarge: boolean, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting = this.#waiting.filter((other) => other !== waiter);
        reject(abortedError());
      };
      const waiter: Waiter = {
        isLarge,
        enter: () => {
          signal?.removeEventListener('abort', leave);
          resolve();
        },
      };
      if (signal?.aborted) return leave();
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiter);
    });
  }

  #giveBack(isLarge: boolean): void {
    this.#used--;
    if (isLarge) this.#usedByLarge--;
    for (;;) {
      const fitting = this.#waiting.filter((waiter) => this.#hasRoom(waiter.isLarge));
      const next = fitting.find((waiter) => !waiter.isLarge) ?? fitting[0];
      if (!next) return;
      this.#waiting = this.#waiting.filter((other) => other !== next);
      this.#take(next.isLarge);
      next.enter();
    }
  }
}
