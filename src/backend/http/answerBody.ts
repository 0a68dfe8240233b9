import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { CairnError } from '../../base/errors.ts';
import type { HttpAnswer, HttpRequest } from './httpClient.ts';
import { bodyTooLong } from './httpErrors.ts';

/** Of the body of an answer that says no, so much is kept: bytes. */
const MAX_REFUSAL_LENGTH = 64 * 1024;

/** The head of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
}

/** Hears once what became of an answer. */
export interface AnswerListener {
  readonly take: (answer: HttpAnswer) => void;
  readonly fail: (error: CairnError) => void;
  /** It ended before it was whole. */
  readonly cutOff: () => void;
}

/**
 * Reads the body of an answer, and tells at once when it is whole, longer than it may be, or ends early; errors of the
 * stream are for the caller to hear.
 * @param isWhole whether the protocol says so when the stream has ended
 */
export function receiveBody(
  stream: Readable,
  { status, headers }: AnswerHead,
  { method, path, maxLength, room, server }: HttpRequest & { readonly server: string },
  { take, fail, cutOff }: AnswerListener,
  isWhole = () => true,
): void {
  const tooLong = () => bodyTooLong(`${method} ${path.replace(/\?.*/s, '')}`, server, maxLength);
  const isRefusal = status >= 400;
  const announced = method === 'HEAD' ? 0 : announcedLength(headers['content-length']);
  if (!isRefusal && announced !== undefined && announced > maxLength) return fail(tooLong());
  const body = new AnswerBody(isRefusal ? undefined : announced, maxLength, room);
  const finish = (): void => take({ status, headers, body: body.take() });
  stream.on('data', (chunk: Buffer) => {
    if (isRefusal && body.length >= MAX_REFUSAL_LENGTH) return finish();
    body.add(chunk);
    if (!isRefusal && body.length > maxLength) fail(tooLong());
  });
  stream.on('end', () => {
    if (!isWhole() || (announced !== undefined && body.length !== announced)) cutOff();
    else finish();
  });
}

/** Puts the body of an answer together, in room that was lent if it fits, else in new memory. */
class AnswerBody {
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
