import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { CairnError } from '../../base/errors.ts';
import { receiveBody } from '../http/answerBody.ts';
import type { HttpAnswer, HttpRequest } from '../http/httpClient.ts';

/** Bytes that may be on their way to us for one answer, and for all. */
const WINDOW = { stream: 4 * 1024 * 1024, all: 32 * 1024 * 1024 };

/** Bytes that are handed over at once: what waits in a session counts against its limit, and stays when cancelled. */
const PIECE = 256 * 1024;

/** Above what is under way, Node takes no more requests: its usual 10 MB are less than one pack. In MB. */
const SESSION_MEMORY = 1024;

/** By these a server ends one answer in which something went wrong; all else is the end of the session. */
const ofOneStream: readonly number[] = [constants.NGHTTP2_INTERNAL_ERROR, constants.NGHTTP2_REFUSED_STREAM];

export interface Http2Session {
  readonly session: ClientHttp2Session;
  /**
   * Ends it, what is under way too. By its pipes: where a write is under way, Node's own `destroy` writes into it and
   * throws ERR_INTERNAL_ASSERTION.
   */
  readonly end: () => void;
}

/** See {@link exchange}. */
export type Exchange = typeof exchange;

/** HTTP/2 with a program, over its output and input. */
export function openSession(output: Readable, input: Writable): Http2Session {
  const pipes = Duplex.from({ readable: output, writable: input });
  const session = connect('http://localhost', {
    createConnection: () => pipes,
    maxSessionMemory: SESSION_MEMORY,
    settings: { initialWindowSize: WINDOW.stream, enablePush: false },
  });
  session.once('connect', () => session.setLocalWindowSize(WINDOW.all));
  // The streams have the same error, and the program's end says more.
  session.on('error', () => {});
  return { session, end: () => void pipes.destroy() };
}

/**
 * One request and its answer. Throws `aborted`, and `brokenOff` where no whole answer comes.
 * @param server for people.
 */
export function exchange(
  session: ClientHttp2Session,
  wanted: HttpRequest,
  server: string,
  brokenOff: (isSessionOver: boolean) => CairnError,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const { signal } = wanted;
    let stream: ClientHttp2Stream;
    try {
      stream = session.request(headersOf(wanted), { endStream: wanted.body === undefined });
    } catch {
      return reject(brokenOff(true));
    }
    const abort = (): void => fail(new CairnError('aborted', 'The operation was cancelled.'));
    let isOver = false;
    const done = (): void => {
      isOver = true;
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: CairnError): void => {
      done();
      reject(error);
      stream.close(constants.NGHTTP2_CANCEL);
    };
    signal?.addEventListener('abort', abort);
    const cutOff = (): void => {
      // A session that ends by an error gives its streams the same code as a server that fails in one.
      const isAlone = !session.destroyed && !session.closed && ofOneStream.includes(stream.rstCode ?? 0);
      if (!isOver) fail(brokenOff(!isAlone));
    };
    stream.on('error', cutOff).on('aborted', cutOff);
    const take = (answer: HttpAnswer): void => {
      done();
      resolve(answer);
      // What is left of a body that was not wanted.
      if (!stream.writableFinished) stream.close(constants.NGHTTP2_CANCEL);
    };
    // Told at once, since the stream is closed before a promise would be heard.
    stream.on('response', ({ ':status': status = 0, ...headers }) =>
      receiveBody(stream, { status, headers }, { ...wanted, server }, { take, fail, cutOff }),
    );
    // Without an answer; else nothing happens here.
    stream.on('close', cutOff);
    if (wanted.body !== undefined) upload(stream, piecesOf(wanted.body));
  });
}

/** Writes as fast as the other side takes it. */
function upload(stream: ClientHttp2Stream, pieces: Iterator<Uint8Array>): void {
  const writeOn = (): void => {
    while (!stream.destroyed && !stream.closed) {
      const next = pieces.next();
      if (next.done) return void stream.end();
      if (!stream.write(next.value)) return void stream.once('drain', writeOn);
    }
  };
  writeOn();
}

function* piecesOf(parts: readonly Uint8Array[]): Generator<Uint8Array, undefined> {
  for (const part of parts) for (let at = 0; at < part.length; at += PIECE) yield part.subarray(at, at + PIECE);
}

function headersOf({ method, path, headers, body }: HttpRequest) {
  const length = body?.reduce((sum, part) => sum + part.length, 0);
  return { ':method': method, ':path': path, ...(length !== undefined && { 'content-length': length }), ...headers };
}
