/** Work that nobody waits for, one after the other, and that ends as soon as there is something else to do. */
export class YieldingWork {
  #current = new AbortController();
  #running: Promise<void> = Promise.resolve();

  /** Has what runs end soon. */
  interrupt(): void {
    this.#current.abort();
  }

  /** Has work begin, once what ran before was interrupted and has ended. What it throws, nobody hears of. */
  start(work: (signal: AbortSignal) => Promise<void>): void {
    this.interrupt();
    const { signal } = (this.#current = new AbortController());
    this.#running = this.#running.then(() => (signal.aborted ? undefined : work(signal))).catch(() => {});
  }

  /** Ends all of it. */
  async close(): Promise<void> {
    this.interrupt();
    await this.#running;
  }
}
