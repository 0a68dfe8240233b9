/** Of the body of an answer that says no, so much is kept: bytes. */
export const MAX_REFUSAL_LENGTH = 64 * 1024;

/** Puts the body of an answer together, in room that was lent if it fits, else in new memory. */
export class AnswerBody {
  readonly #room: Buffer | undefined;
  readonly #chunks: Buffer[] = [];
  #length = 0;

  /** @param whole bytes that were announced; absent if none were. */
  constructor(whole: number | undefined, maxLength: number, room: Buffer | undefined) {
    if (whole === undefined || whole > maxLength) return;
    this.#room = room && room.length >= whole ? room.subarray(0, whole) : Buffer.allocUnsafeSlow(whole);
  }

  get length(): number {
    return this.#length;
  }

  add(chunk: Buffer): void {
    const room = this.#room;
    if (!room) this.#chunks.push(chunk);
    else if (this.#length + chunk.length <= room.length) chunk.copy(room, this.#length);
    this.#length += chunk.length;
  }

  /** What has come. It is no piece of Node's pool, which may be transferred to another thread. */
  take(): Buffer {
    if (this.#room && this.#room.length === this.#length) return this.#room;
    const whole = Buffer.allocUnsafeSlow(this.#length);
    let done = 0;
    for (const chunk of this.#room ? [this.#room.subarray(0, this.#length)] : this.#chunks)
      done += chunk.copy(whole, done);
    return whole;
  }
}

/** The length that headers announce, if they do. */
export function announcedLength(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : undefined;
}
