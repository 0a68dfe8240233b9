import { errorToData } from '../base/errors.ts';
import { exitCodeOf } from './exitCodes.ts';
import { ProgressBar } from './progressBar.ts';
import type { ProgressListener } from '../base/progress.ts';

/** Where a command prints: results to standard output, everything else to standard error. */
export class Output {
  readonly json: boolean;
  readonly verbosity: number;
  readonly #bar: ProgressBar | undefined;

  constructor(options: { readonly json?: boolean; readonly quiet?: boolean; readonly verbose?: number }) {
    this.json = options.json ?? false;
    this.verbosity = options.quiet ? -1 : (options.verbose ?? 0);
    const showBar = !this.json && this.verbosity >= 0 && process.stderr.isTTY;
    this.#bar = showBar ? new ProgressBar() : undefined;
  }

  /** A line of the result. */
  line(text = ''): void {
    this.#bar?.clear();
    process.stdout.write(`${text}\n`);
  }

  /** A result as one line of JSON. */
  data(value: object): void {
    process.stdout.write(`${JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? Number(item) : item))}\n`);
  }

  /** Something worth knowing, not part of the result; left out with `--quiet` and `--json`. */
  note(text: string): void {
    if (this.json || this.verbosity < 0) return;
    this.#bar?.clear();
    process.stderr.write(`${text}\n`);
  }

  /** Something that went wrong though the command goes on. */
  warn(text: string, facts: object = {}): void {
    this.#bar?.clear();
    if (this.json) process.stderr.write(`${JSON.stringify({ message_type: 'warning', message: text, ...facts })}\n`);
    else process.stderr.write(`warning: ${text}\n`);
  }

  /** Why the command ends; returns the exit code. */
  fail(error: unknown): number {
    this.#bar?.clear();
    const data = errorToData(error);
    const code = exitCodeOf(data.code);
    if (this.json) {
      process.stderr.write(`${JSON.stringify({ message_type: 'exit_error', exit_code: code, ...data })}\n`);
    } else {
      process.stderr.write(`cairn: ${data.message}\n`);
      if (data.stack !== undefined) process.stderr.write(`${data.stack}\n`);
    }
    return code;
  }

  /** Draws progress on a terminal, prints status lines for `--json`, and nothing in a pipe. */
  get progress(): ProgressListener | undefined {
    if (this.json) {
      return (event) =>
        this.data({
          message_type: 'status',
          phase: event.phase,
          files_done: event.items,
          bytes_done: event.bytes,
          ...(event.totalItems !== undefined && { total_files: event.totalItems }),
          ...(event.totalBytes !== undefined && { total_bytes: event.totalBytes }),
        });
    }
    const bar = this.#bar;
    return bar && ((event) => bar.update(event));
  }

  /** Takes the progress bar away; the command is over. */
  close(): void {
    this.#bar?.stop();
  }
}
