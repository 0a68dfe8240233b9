import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StorageAccess } from '../../base/storageAccess.ts';
import { splitWords } from '../../base/splitWords.ts';
import { notStarted } from './rcloneErrors.ts';

/** As restic starts it: what is removed from B2 is then gone for good. */
const usual = { program: 'rclone', args: 'serve restic --stdio --b2-hard-delete' };

/** What it said last: lines, characters in all, and milliseconds to wait for them when it has ended. */
const LAST_WORDS = { lines: 4, length: 1000, timeout: 1_000 };

/** Milliseconds for it to end by itself, and once more after it was asked to. */
const END_TIMEOUT = 5_000;

export interface RcloneCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/** The command for a remote, by the options `rclone.program` and `rclone.args`. Throws `usage`. */
export function rcloneCommand(remote: string, options: StorageAccess['options']): RcloneCommand {
  const [program = usual.program, ...first] = splitWords(
    options['rclone.program'] ?? usual.program,
    '-o rclone.program',
  );
  return { program, args: [...first, ...splitWords(options['rclone.args'] ?? usual.args, '-o rclone.args'), remote] };
}

/** rclone at work, or what stands for it. */
export class RcloneProcess {
  readonly input: Socket;
  readonly output: Socket;
  /** Resolves with a few words when it has ended. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #secrets: readonly string[];
  #said = '';

  private constructor(child: ChildProcessWithoutNullStreams, environment: StorageAccess['environment']) {
    this.#child = child;
    this.#secrets = secretsOf(environment);
    this.input = child.stdin as unknown as Socket;
    this.output = child.stdout as unknown as Socket;
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#said = (this.#said + text).slice(-4 * LAST_WORDS.length);
    });
    this.ended = once(child, 'exit').then(async () => {
      // Its last words may still be on their way, but a program that it started can hold their pipe open.
      if (!child.stderr.closed) await Promise.race([once(child.stderr, 'close'), sleep(LAST_WORDS.timeout)]);
      return child.exitCode === null ? `by ${child.signalCode}` : `with code ${child.exitCode}`;
    });
    // It alone is no reason for this process to stay.
    child.unref();
    for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as unknown as Socket).unref();
  }

  /** Throws where there is no such program. */
  static async start({ program, args }: RcloneCommand, environment: StorageAccess['environment']) {
    const child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...environment },
      windowsHide: true,
      // Ctrl-C in a terminal is for us: we still need it to take our lock away. It ends when its input does.
      detached: true,
    });
    for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.on('error', () => {});
    try {
      await once(child, 'spawn');
    } catch (error) {
      throw notStarted(error, program);
    }
    return new RcloneProcess(child, environment);
  }

  /** Keeps this process alive while it is waited for. */
  hold(isWanted: boolean): void {
    if (isWanted) this.output.ref();
    else this.output.unref();
  }

  /** The last lines of its messages, without what looks like a secret in its environment. */
  lastWords(): string {
    let text = this.#said;
    for (const secret of this.#secrets) text = text.replaceAll(secret, '***');
    const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
    return lines
      .slice(-LAST_WORDS.lines)
      .join('; ')
      .replace(/\p{Cc}/gu, ' ')
      .slice(-LAST_WORDS.length);
  }

  /** Ends it: by the end of its input first, so that it can undo what is half done; `isIdle` says that nothing is. */
  async stop({ isIdle = false } = {}): Promise<void> {
    this.#child.ref();
    this.input.destroy();
    this.output.destroy();
    if (isIdle) this.#child.kill('SIGTERM');
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const late = new AbortController();
      const wait = sleep(END_TIMEOUT, 'late', { signal: late.signal }).catch(() => 'over');
      const first = await Promise.race([this.ended, wait]);
      late.abort();
      if (first !== 'late') return;
      this.#child.kill(signal);
    }
    await this.ended;
  }
}

function secretsOf(environment: StorageAccess['environment']): string[] {
  return Object.entries(environment).flatMap(([name, value = '']) =>
    /pass|secret|key|token|auth/i.test(name) && value.length >= 6 ? [value] : [],
  );
}
