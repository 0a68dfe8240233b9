import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { throwIfAborted } from '../../base/abort.ts';
import { CairnError } from '../../base/errors.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';
import type { HttpAnswer, HttpClient, HttpRequest } from '../http/httpClient.ts';
import { connectionClosed } from '../http/httpErrors.ts';
import type { Exchange } from './http2Exchange.ts';
import { brokeOff, endedEarly, notReady, quote } from './rcloneErrors.ts';
import { RcloneProcess, type RcloneCommand } from './rcloneProcess.ts';

export interface RcloneSettings {
  readonly command: RcloneCommand;
  readonly environment: StorageAccess['environment'];
  /** Milliseconds for its first answer. */
  readonly timeout: number;
  /** For people. */
  readonly location: string;
}

interface Running {
  readonly process: RcloneProcess;
  readonly session: ClientHttp2Session;
  readonly exchange: Exchange;
  readonly end: () => void;
  /** Ends it; the next request starts another. */
  readonly forget: () => void;
}

/**
 * Speaks with an rclone that it starts when the first request comes, and again when one has died that had answered:
 * the request that met the death fails and may be made again.
 */
export class RcloneClient implements HttpClient {
  readonly #settings: RcloneSettings;
  #running: Promise<Running> | undefined;
  /** Has not answered yet. */
  #starting: RcloneProcess | undefined;
  #isClosed = false;
  #waiting = 0;
  #said: () => string = () => '';

  constructor(settings: RcloneSettings) {
    this.#settings = settings;
  }

  /** What rclone said last, to be put at the end of a sentence. */
  readonly lastWords = (): string => quote(this.#said());

  async send(request: HttpRequest): Promise<HttpAnswer> {
    throwIfAborted(request.signal);
    if (this.#isClosed) throw connectionClosed(this.#settings.location);
    const running = await untilAborted((this.#running ??= this.#start()), request.signal);
    return this.#exchange(running, request);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#starting?.stop({ isIdle: true });
    const running = await this.#running?.catch(() => undefined);
    if (!running) return;
    running.end();
    await running.process.stop();
  }

  async #exchange({ process, session, exchange, forget }: Running, request: HttpRequest): Promise<HttpAnswer> {
    const { location } = this.#settings;
    if (this.#waiting++ === 0) process.hold(true);
    try {
      return await exchange(session, request, location, (isSessionOver) => {
        // At once, so that the next request does not meet the same end.
        if (isSessionOver) forget();
        return this.#isClosed ? connectionClosed(location) : brokeOff(process.lastWords(), location);
      });
    } finally {
      if (--this.#waiting === 0) process.hold(false);
    }
  }

  async #start(): Promise<Running> {
    const { command, environment, timeout, location } = this.#settings;
    // Few commands need Node's HTTP/2, which takes long to load.
    const { exchange, openSession } = await import('./http2Exchange.ts');
    let process: RcloneProcess;
    try {
      process = await RcloneProcess.start(command, environment);
    } catch (error) {
      this.#running = undefined;
      throw error;
    }
    this.#said = () => process.lastWords();
    if (this.#isClosed) {
      await process.stop({ isIdle: true });
      throw connectionClosed(location);
    }
    this.#starting = process;
    const { session, end } = openSession(process.output, process.input);
    let isOver = false;
    const forget = (): void => {
      if (isOver) return;
      isOver = true;
      this.#running = undefined;
      end();
      void process.stop();
    };
    session.once('close', forget);
    const ended = process.ended.finally(forget);
    const running = { process, session, exchange, end, forget };
    try {
      await this.#waitForAnswer(running, ended, timeout);
    } catch (error) {
      forget();
      throw this.#isClosed ? connectionClosed(location) : error;
    } finally {
      this.#starting = undefined;
    }
    return running;
  }

  /** It is ready when it answers anything. */
  async #waitForAnswer(running: Running, ended: Promise<string>, timeout: number): Promise<void> {
    const { process } = running;
    const { location } = this.#settings;
    const signal = AbortSignal.timeout(timeout);
    const asked = this.#exchange(running, { method: 'HEAD', path: '/config', maxLength: 0, signal }).catch(
      async (error: unknown) => {
        if (signal.aborted) throw notReady(timeout, process.lastWords(), location);
        // Its end is told a moment later, and says why.
        await Promise.race([ended, once(signal, 'abort')]);
        throw error;
      },
    );
    const died = ended.then((how) => {
      throw endedEarly(how, process.lastWords(), location);
    });
    await Promise.race([died, asked]);
  }
}

/** What is waited for goes on for others. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new CairnError('aborted', 'The operation was cancelled.'));
    signal.addEventListener('abort', abort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
