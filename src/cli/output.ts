import { CairnError, errorToData, type ErrorData } from '../base/errors.ts';
import { systemCode } from '../base/systemCode.ts';
import type { ProgressEvent, ProgressListener } from '../base/progress.ts';
import type { StorageTrouble } from '../base/storageTrouble.ts';
import { displayPath } from '../base/rawName.ts';
import { exitCodeOf } from './exitCodes.ts';
import { toJson, type JsonLine } from './jsonLine.ts';
import { ProgressBar } from './progressBar.ts';
import { statusToData } from './statusData.ts';

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** How often `-v` was given. */
  readonly verbose?: number;
}

/** Lines for a pipe or a file are written together up to this length, and not held longer than a moment. */
const BUFFER_LENGTH = 32 * 1024;
const BUFFER_MS = 100;
/** Milliseconds. */
const TROUBLE_INTERVAL = 60_000;

/**
 * Where a command prints: results to standard output, all else to standard error. Text may hold
 * names from a disk or a repository: control characters in it are shown escaped, so that one line
 * stays one line and nobody's file name speaks to the terminal.
 */
export class Output {
  readonly json: boolean;
  /** -1 with `--quiet`, else how often `-v` was given. */
  readonly verbosity: number;
  readonly #bar: ProgressBar | undefined;
  #hasItems = false;
  #held = '';
  #writtenAt = 0;
  #troubledAt = -Infinity;

  constructor(options: OutputOptions) {
    this.json = options.json ?? false;
    this.verbosity = options.quiet ? -1 : (options.verbose ?? 0);
    // A dumb terminal cannot take a line back.
    const canDraw = process.stderr.isTTY && process.env['TERM'] !== 'dumb';
    const showBar = !this.json && this.verbosity >= 0 && canDraw;
    this.#bar = showBar ? new ProgressBar() : undefined;
  }

  /** A line of the result. */
  line(text = ''): void {
    this.#writeResult(`${displayPath(text)}\n`);
  }

  /** A line of the result as JSON. */
  data(line: JsonLine): void {
    this.#writeResult(`${toJson(line)}\n`);
  }

  /** An entry of the one array that the result is as JSON, as restic prints lists. */
  item(entry: object): void {
    this.#writeResult(`${this.#hasItems ? ',' : '['}${toJson(entry)}`);
    this.#hasItems = true;
  }

  /** The end of that array, which may be empty. */
  endItems(): void {
    this.#writeResult(this.#hasItems ? ']\n' : '[]\n');
    this.#hasItems = false;
  }

  /** Something worth knowing, not part of the result; left out with `--quiet` and `--json`. */
  note(text: string): void {
    if (!this.json && this.verbosity >= 0) this.#writeError(displayPath(text));
  }

  /** Notes that a call to the storage will be made again: once in a minute at most, as there may be many. */
  readonly onTrouble = ({ message, waitMs }: StorageTrouble): void => {
    if (performance.now() - this.#troubledAt < TROUBLE_INTERVAL) return;
    this.#troubledAt = performance.now();
    this.note(`${message} Trying again in ${Math.ceil(waitMs / 1000)} s.`);
  };

  /** Something that went wrong though the command goes on. `item` is the path that it is about. */
  warn(message: string, facts: { readonly item?: string; readonly code?: string } = {}): void {
    this.#writeError(
      this.json
        ? toJson({ message_type: 'error', error: { message }, message, ...facts })
        : `warning: ${displayPath(message)}`,
    );
  }

  /** Why the command ends; returns the exit code. */
  fail(error: unknown): number {
    const { code, message, details, stack } = describeFailure(error);
    const exitCode = exitCodeOf(code);
    if (this.json) {
      const facts = { ...(details && { details }), ...(stack !== undefined && { stack }) };
      this.#writeError(toJson({ message_type: 'exit_error', code: exitCode, reason: code, message, ...facts }));
    } else {
      this.#writeError(`cairn: ${displayPath(message)}`);
      if (stack !== undefined) this.#writeError(displayStack(stack, message));
    }
    return exitCode;
  }

  /** Draws progress on a terminal, prints status lines for `--json`, and nothing in a pipe. */
  get progress(): ProgressListener | undefined {
    return this.progressWith(() => ({}));
  }

  /** The same, with more fields in the status lines. */
  progressWith(more: (event: ProgressEvent) => object): ProgressListener | undefined {
    if (this.json) {
      const startedAt = performance.now();
      return (event) => this.data({ ...statusToData(event, (performance.now() - startedAt) / 1000), ...more(event) });
    }
    const bar = this.#bar;
    return bar && ((event) => bar.update(event));
  }

  /** Waits until everything is written, or has failed to be. */
  async finish(): Promise<void> {
    this.close();
    await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
    // The stream tells its listeners of an error only after the callback.
    await new Promise(setImmediate);
  }

  /** Writes what is held back, and takes the progress bar away: before a question, and at the end. */
  close(): void {
    this.#bar?.clear();
    this.#flush();
  }

  #writeResult(text: string): void {
    this.#bar?.clear();
    this.#held += text;
    const isDue = this.#held.length > BUFFER_LENGTH || performance.now() - this.#writtenAt > BUFFER_MS;
    if (process.stdout.isTTY || isDue) this.#flush();
  }

  #flush(): void {
    if (this.#held !== '') process.stdout.write(this.#held);
    this.#held = '';
    this.#writtenAt = performance.now();
  }

  #writeError(text: string): void {
    this.#bar?.clear();
    this.#flush();
    process.stderr.write(`${text}\n`);
  }
}

/** The lines of a stack. The message at its beginning, which may hold names, stays on one of them. */
function displayStack(stack: string, message: string): string {
  const start = stack.indexOf(message);
  if (start < 0) return stack.split('\n').map(displayPath).join('\n');
  const end = start + message.length;
  return displayPath(stack.slice(0, end)) + stack.slice(end).split('\n').map(displayPath).join('\n');
}

/** A failure of the system that nobody foresaw is no bug of ours: it needs no stack. */
function describeFailure(error: unknown): ErrorData {
  const system = systemCode(error);
  if (error instanceof CairnError || system === undefined) return errorToData(error);
  return { code: 'internal', message: (error as Error).message, details: { system } };
}
