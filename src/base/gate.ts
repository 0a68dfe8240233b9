/** Lets so much be at hand at the same time; whoever comes later waits for its turn, in the order of coming. */
export class Gate {
  readonly #room: number;
  #used = 0;
  readonly #line: { readonly weight: number; readonly enter: () => void }[] = [];

  /** @param room how much fits; what is heavier goes in alone. */
  constructor(room: number) {
    this.#room = Math.max(1, room);
  }

  /** Runs `work` once there is room for its weight. */
  async run<T>(weight: number, work: () => Promise<T>): Promise<T> {
    const counted = Math.min(weight, this.#room);
    await this.#enter(counted);
    try {
      return await work();
    } finally {
      this.#used -= counted;
      this.#admit();
    }
  }

  #enter(weight: number): Promise<void> {
    return new Promise((enter) => {
      this.#line.push({ weight, enter });
      this.#admit();
    });
  }

  #admit(): void {
    for (let next = this.#line[0]; next && this.#used + next.weight <= this.#room; next = this.#line[0]) {
      this.#line.shift();
      this.#used += next.weight;
      next.enter();
    }
  }
}
