/** Counts bytes that several threads have done, so that a file which takes minutes shows progress. */
export class ByteCounter {
  /** What another thread makes its counter of. */
  readonly shared: SharedArrayBuffer;
  readonly #bytes: BigInt64Array;

  constructor(shared = new SharedArrayBuffer(8)) {
    this.shared = shared;
    this.#bytes = new BigInt64Array(shared);
  }

  add(bytes: number): void {
    Atomics.add(this.#bytes, 0, BigInt(bytes));
  }

  get value(): number {
    return Number(Atomics.load(this.#bytes, 0));
  }
}
