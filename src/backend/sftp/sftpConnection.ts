import type { SFTP } from 'ssh2/lib/protocol/SFTP.js';
import { CairnError } from '../../base/errors.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';
import type { SshCommand } from './sshCommand.ts';
import { notSftp, sshFailure, type SshPlace } from './sshFailure.ts';
import { SshProcess } from './sshProcess.ts';
import { sftpStatus } from './sftpStatus.ts';

/** What a callback of the codec says. */
export type Done<T> = (error: Error | undefined, value: T) => void;

/** How files are read and written: in pieces of so many bytes, so many of them on the way at the same time. */
export interface Pieces {
  readonly size: number;
  readonly atOnce: number;
}

/** What all servers take. */
const smallPieces: Pieces = { size: 31 * 1024, atOnce: 64 };
/** What OpenSSH takes, which says so. */
const largePieces: Pieces = { size: 255 * 1024, atOnce: 16 };

/** Milliseconds for a program to end by itself. */
const PATIENCE = 2000;

/**
 * One run of ssh, and the protocol over its pipes. All that waits for an answer fails when that run ends, with
 * `target-unavailable`, and so does every call afterwards.
 */
export class SftpConnection {
  readonly #process: SshProcess;
  readonly #place: SshPlace;
  readonly #codec: SFTP;
  readonly #waiting = new Set<(error: Error) => void>();
  readonly #onLoss: () => void;
  #isReady = false;
  #loss: Error | undefined;

  /**
   * Starts the program.
   * @param codec loaded by the caller.
   * @param onLoss called if it is lost after it was ready, before those who wait hear of it.
   */
  constructor(
    codec: typeof SFTP,
    command: SshCommand,
    environment: StorageAccess['environment'],
    place: SshPlace,
    onLoss: () => void,
  ) {
    this.#place = { ...place, program: command.program };
    this.#onLoss = onLoss;
    this.#process = new SshProcess(command, environment);
    const { input, ended } = this.#process;
    const protocol = {
      channelData: (_: number, data: Buffer) => void input.write(data),
      channelClose: () => void input.end(),
    };
    const channel = { id: 0, window: Infinity, packetSize: Infinity, state: 'open' as const };
    this.#codec = new codec(
      { _protocol: protocol },
      { type: 'sftp', incoming: { ...channel }, outgoing: { ...channel } },
    );
    void ended.then((end) => {
      this.#lose(sshFailure(end, this.#place, this.#isReady));
      return this.#process.end(0, true);
    });
  }

  /** Waits until the server answers. Throws what `sshFailure` says. */
  async begin(): Promise<void> {
    await this.#wait<void>((resolve) => {
      this.#codec.on('ready', resolve);
      this.#codec.on('error', (error) => this.#refuse(error));
      this.#process.output.on('data', (data: Buffer) => {
        if (this.#loss) return;
        try {
          this.#codec.push(data);
        } catch (error) {
          this.#refuse(error as Error);
        }
      });
      this.#codec._init();
    });
    this.#isReady = true;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get pieces(): Pieces {
    return this.#codec.maxOpenHandles === undefined ? smallPieces : largePieces;
  }

  /** So many folders can be listed at the same time. */
  get folders(): number {
    return Math.max(1, Math.min(128, Math.floor((this.#codec.maxOpenHandles ?? 128) / 2)));
  }

  /** Makes a request. Rejects with an error for which `statusOf` has a number if the server refuses. */
  call<T>(send: (codec: SFTP, done: Done<T>) => void): Promise<T> {
    return this.#wait((resolve, reject) => {
      try {
        send(this.#codec, (error, value) => (error ? reject(error) : resolve(value)));
      } catch (error) {
        // So the codec says that the server does not have an extension.
        reject(Object.assign(error as Error, { code: sftpStatus.unsupported }));
      }
    });
  }

  /** Gives everything back; what still waits for an answer fails. */
  async close(): Promise<void> {
    const isLeftAlone = this.#isReady && !this.#loss;
    await this.#process.end(this.#isReady ? PATIENCE : 0, !isLeftAlone);
    const message = `The connection to the repository ${this.#place.location} was closed while it was used.`;
    this.#lose(new CairnError('aborted', message));
  }

  #refuse(error: Error): void {
    this.#lose(notSftp(this.#place.location, error.message));
    void this.#process.end(0, true);
  }

  #wait<T>(begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> {
    if (this.#loss) return Promise.reject(this.#loss);
    return new Promise((resolve, reject) => {
      const over = () => {
        this.#waiting.delete(reject);
        if (this.#waiting.size === 0 && !this.#loss) this.#process.hold(false);
      };
      if (this.#waiting.size === 0) this.#process.hold(true);
      this.#waiting.add(reject);
      begin(
        (value) => {
          over();
          resolve(value);
        },
        (error) => {
          over();
          reject(error);
        },
      );
    });
  }

  #lose(error: Error): void {
    if (this.#loss) return;
    this.#loss = error;
    if (this.#isReady) this.#onLoss();
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
  }
}
