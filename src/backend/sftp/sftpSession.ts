import { displayLocation, type SftpLocation } from '../../base/location.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';
import { connectionClosed } from '../http/httpErrors.ts';
import { sshCommands, type SshCommand } from './sshCommand.ts';
import { isAboutSecrets, type SshPlace } from './sshFailure.ts';
import { SftpConnection } from './sftpConnection.ts';
import { untilAborted } from './untilAborted.ts';

/** Milliseconds in which what was cancelled may clean up before the connection is closed. */
const CLEANING = 2000;

/** One connection that is made when it is first needed, and anew when it was lost: by the next call. */
export class SftpSession {
  readonly location: string;
  readonly #commands: readonly SshCommand[];
  readonly #environment: StorageAccess['environment'];
  readonly #place: SshPlace;
  readonly #works = new Set<Promise<unknown>>();
  #current: Promise<SftpConnection> | undefined;
  /** The newest, ready or not. */
  #connection: SftpConnection | undefined;
  #isClosed = false;

  /** Throws `usage` for options that make no sense. */
  constructor(location: SftpLocation, access: StorageAccess) {
    this.location = displayLocation(location);
    this.#commands = sshCommands(location, access);
    this.#environment = access.environment;
    const { user, host, port } = location;
    const target = `${port === undefined ? '' : `-p ${port} `}${user === undefined ? '' : `${user}@`}${host}`;
    this.#place = { location: this.location, target, program: 'ssh' };
  }

  /** Lets `work` have a connection; goes on without waiting for it when the signal fires. */
  async use<T>(signal: AbortSignal | undefined, work: (connection: SftpConnection) => Promise<T>): Promise<T> {
    this.#requireOpen();
    const working = this.#connect().then(work);
    this.#works.add(working);
    const forget = () => this.#works.delete(working);
    working.then(forget, forget);
    return untilAborted(working, signal);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((done) => (timer = setTimeout(done, CLEANING)));
    if (this.#connection?.isReady) await Promise.race([Promise.allSettled(this.#works), late]);
    clearTimeout(timer);
    await this.#connection?.close();
  }

  #connect(): Promise<SftpConnection> {
    if (this.#current) return this.#current;
    const opening = this.#open(() => {
      if (this.#current === opening) this.#current = undefined;
    });
    this.#current = opening;
    opening.catch(() => {
      if (this.#current === opening) this.#current = undefined;
    });
    return opening;
  }

  async #open(onLoss: () => void): Promise<SftpConnection> {
    const [first, ...others] = this.#commands as [SshCommand, ...SshCommand[]];
    try {
      return await this.#openBy(first, onLoss);
    } catch (error) {
      if (others.length === 0 || !isAboutSecrets(error)) throw error;
      return this.#openBy(others[0]!, onLoss);
    }
  }

  async #openBy(command: SshCommand, onLoss: () => void): Promise<SftpConnection> {
    // Loaded when it is needed, since most runs need none of it.
    const { SFTP } = await import('ssh2/lib/protocol/SFTP.js');
    this.#requireOpen();
    const connection = new SftpConnection(SFTP, command, this.#environment, this.#place, onLoss);
    this.#connection = connection;
    await connection.begin();
    return connection;
  }

  #requireOpen(): void {
    if (this.#isClosed) throw connectionClosed(this.location);
  }
}
