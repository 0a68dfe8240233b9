import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { SshCommand } from './sshCommand.ts';

/** How a program ended that was to connect us. */
export interface SshEnd {
  /** It could not be started. */
  readonly failure?: NodeJS.ErrnoException;
  /** Absent if a signal ended it, or if it only closed its output. */
  readonly status?: number;
  /** The last of what it printed on standard error. */
  readonly complaint: string;
}

/** Characters of the complaint that are kept. */
const KEPT = 4000;
/** Milliseconds in which what belongs to the end of a program comes. */
const LAST_WORDS = 1000;

/** A running program that speaks SFTP. While nobody waits for it, it does not keep this process from its end. */
export class SshProcess {
  readonly input: Socket;
  readonly output: Socket;
  /** Never rejects. */
  readonly ended: Promise<SshEnd>;
  readonly #child: ReturnType<typeof spawn>;
  readonly #errors: Socket;
  #complaint = '';

  constructor({ program, args, mayAsk }: SshCommand, environment: Readonly<Record<string, string | undefined>>) {
    // Out of reach of the terminal, so that Ctrl-C ends it only after our last call.
    const options = { env: { ...environment }, detached: !mayAsk, windowsHide: true };
    this.#child = spawn(program, args, { ...options, stdio: 'pipe' });
    const { stdin, stdout, stderr } = this.#child;
    [this.input, this.output, this.#errors] = [stdin, stdout, stderr] as Socket[] as [Socket, Socket, Socket];
    // What it means that nobody reads is told by the end of the program.
    for (const pipe of [this.input, this.output, this.#errors]) pipe.on('error', () => {});
    this.#errors.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-KEPT);
    });
    this.ended = this.#waitForEnd();
    this.hold(false);
  }

  /** Whether somebody waits for what it does. */
  hold(isAwaited: boolean): void {
    for (const each of [this.#child, this.input, this.output, this.#errors]) {
      if (isAwaited) each.ref();
      else each.unref();
    }
  }

  /** Lets it end by itself, as its input is closed; after some milliseconds lets go of it, or ends it. */
  async end(patience: number, isKilled: boolean): Promise<void> {
    this.hold(true);
    this.input.end();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((done) => (timer = setTimeout(done, patience)));
    await Promise.race([this.ended, late]);
    clearTimeout(timer);
    if (isKilled) this.#child.kill();
    for (const pipe of [this.input, this.output, this.#errors]) pipe.destroy();
    this.hold(false);
  }

  #waitForEnd(): Promise<SshEnd> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const end = (how: Omit<SshEnd, 'complaint'>) => {
        clearTimeout(timer);
        resolve({ ...how, complaint: this.#complaint });
      };
      // A connection that others share goes on in the background and keeps our pipes open, so `close` may not come.
      const soon = (how: Omit<SshEnd, 'complaint'>) => {
        clearTimeout(timer);
        timer = setTimeout(end, LAST_WORDS, how);
      };
      const statusOf = (status: number | null) => (status === null ? {} : { status });
      this.#child.once('error', (failure: NodeJS.ErrnoException) => end({ failure }));
      this.#child.once('close', (status: number | null) => end(statusOf(status)));
      this.#child.once('exit', (status: number | null) => soon(statusOf(status)));
      this.output.once('end', () => soon({}));
    });
  }
}
