/** What moves rows waits for so long after the pointer came to one, or one was chosen. Milliseconds. */
const HOLD = 5_000;

/** Puts off what would move rows under somebody's pointer: a click would hit another row than was aimed at. */
export class HoldStill {
  #until = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Somebody is about to do something with a row. */
  hold(): void {
    this.#until = performance.now() + HOLD;
  }

  /** Does it as soon as nobody is; of several that wait, only the last. */
  run(work: () => void): void {
    clearTimeout(this.#timer);
    const wait = this.#until - performance.now();
    if (wait <= 0) work();
    else this.#timer = setTimeout(() => this.run(work), wait);
  }

  dispose(): void {
    clearTimeout(this.#timer);
  }
}
