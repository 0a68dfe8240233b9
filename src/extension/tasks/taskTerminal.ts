import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import type { ProgressEvent } from '../../base/progress.ts';

/** Exit codes, as those of `cairn`. */
export const EXIT_DONE = 0;
export const EXIT_FAILED = 1;
/** Done, but some files could not be read or copied. */
export const EXIT_INCOMPLETE = 3;
const EXIT_INTERRUPTED = 130;

/** Progress is written anew at most every so many milliseconds. */
const PROGRESS_MS = 200;

/** What a task works with. */
export interface TaskRun {
  readonly signal: AbortSignal;
  print(line: string): void;
  /** Shows how far it is, on a line that the next one replaces. */
  onProgress(event: ProgressEvent): void;
}

/** A terminal that runs a task when it is opened, and ends with its exit code. Closing it cancels the task. */
export class TaskTerminal implements vscode.Pseudoterminal {
  readonly #work: (run: TaskRun) => Promise<number>;
  readonly #written = new vscode.EventEmitter<string>();
  readonly #closed = new vscode.EventEmitter<number>();
  readonly #controller = new AbortController();
  #progressAt = 0;

  readonly onDidWrite = this.#written.event;
  readonly onDidClose = this.#closed.event;

  constructor(work: (run: TaskRun) => Promise<number>) {
    this.#work = work;
  }

  open(): void {
    void this.#run();
  }

  close(): void {
    this.#controller.abort();
  }

  /** Ctrl-C. */
  handleInput(data: string): void {
    if (data === '\x03') this.#controller.abort();
  }

  async #run(): Promise<void> {
    const run: TaskRun = {
      signal: this.#controller.signal,
      print: (line) => this.#print(line),
      onProgress: (event) => this.#showProgress(event),
    };
    let code: number;
    try {
      code = await this.#work(run);
    } catch (error) {
      const isCancelled = errorCode(error) === 'aborted' || error instanceof vscode.CancellationError;
      code = isCancelled ? EXIT_INTERRUPTED : EXIT_FAILED;
      this.#print(isCancelled ? vscode.l10n.t('Cancelled.') : error instanceof Error ? error.message : String(error));
    }
    this.#closed.fire(code);
  }

  /** In place of the progress. What a terminal would obey, as names of files may have it, is shown escaped. */
  #print(line: string): void {
    const lines = line.split('\n').map((part) => displayPath(part));
    this.#written.fire(`\r\x1b[K${lines.join('\r\n')}\r\n`);
  }

  #showProgress({ phase, items, totalItems }: ProgressEvent): void {
    const now = Date.now();
    if (now - this.#progressAt < PROGRESS_MS) return;
    this.#progressAt = now;
    const total = totalItems === undefined ? '' : ` / ${totalItems.toLocaleString(vscode.env.language)}`;
    this.#written.fire(`\r\x1b[K${phase}: ${items.toLocaleString(vscode.env.language)}${total}`);
  }
}
