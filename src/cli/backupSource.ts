import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { CairnError } from '../base/errors.ts';
import { pathsInList, type PathListKind } from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { collect } from './globalOptions.ts';
import { resolvePath } from './resolvePath.ts';

/** The options that {@link addSourceOptions} adds. */
export interface SourceOptions {
  readonly filesFrom?: string[];
  readonly filesFromVerbatim?: string[];
  readonly filesFromRaw?: string[];
  readonly stdin?: boolean;
  readonly stdinFromCommand?: boolean;
  readonly stdinFilename: string;
}

/** Adds restic's ways to say what is backed up, beside paths. */
export function addSourceOptions(command: Command): Command {
  return command
    .optionsGroup('What is backed up, beside paths:')
    .option('--files-from <file>', 'what this file lists, a pattern a line; - for standard input', collect)
    .option('--files-from-verbatim <file>', 'what it lists, a path a line', collect)
    .option('--files-from-raw <file>', 'what it lists, each path with a zero byte after it', collect)
    .option('--stdin', 'what standard input delivers, as one file')
    .option('--stdin-from-command', 'what a command prints, whose words are the arguments (after --)')
    .option('--stdin-filename <name>', 'how that file is called', 'stdin')
    .optionsGroup('');
}

/** The paths that arguments and lists name. Throws `usage` if there are none. */
export function sourcePaths(context: CommandContext, options: SourceOptions, paths: readonly string[]): string[] {
  const lists: [PathListKind, readonly string[] | undefined][] = [
    ['patterns', options.filesFrom],
    ['verbatim', options.filesFromVerbatim],
    ['raw', options.filesFromRaw],
  ];
  const listed = lists.flatMap(([kind, files = []]) => files.flatMap((file) => readList(context, kind, file)));
  const all = [...listed, ...paths];
  if (all.length > 0) return all;
  throw new CairnError('usage', 'Say what to back up: files and folders, or lists of them by --files-from.');
}

function readList({ workingFolder, output }: CommandContext, kind: PathListKind, file: string): string[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === '-' ? 0 : resolvePath(workingFolder, file));
  } catch (cause) {
    throw new CairnError('usage', `The list ${file} cannot be read: ${(cause as Error).message}.`, { cause });
  }
  return pathsInList(bytes, kind, workingFolder, (pattern) =>
    output.warn(`${file} lists "${pattern}", which fits nothing.`, { item: pattern }),
  );
}

/** Whether a stream is backed up, and not what is on the disk. Throws `usage` where both are asked for. */
export function isStream(options: SourceOptions, paths: readonly string[]): boolean {
  const { stdin, stdinFromCommand, filesFrom, filesFromRaw, filesFromVerbatim } = options;
  if (!stdin && !stdinFromCommand) return false;
  if (filesFrom || filesFromRaw || filesFromVerbatim)
    throw new CairnError('usage', 'A stream is backed up alone: leave out --files-from and its like.');
  if (stdinFromCommand && paths.length === 0)
    throw new CairnError('usage', 'Say which command: cairn backup --stdin-from-command -- pg_dump mydb');
  if (!stdinFromCommand && paths.length > 0)
    throw new CairnError('usage', 'Standard input is backed up alone: leave out the paths.');
  return true;
}

/** What is to be stored: standard input, or what a command prints. That fails as soon as the command does. */
export function openStream(options: SourceOptions, words: readonly string[]): AsyncIterable<Uint8Array> {
  return options.stdinFromCommand ? outputOf(words) : (process.stdin as AsyncIterable<Uint8Array>);
}

async function* outputOf([program = '', ...args]: readonly string[]): AsyncGenerator<Uint8Array, void, void> {
  const child = spawn(program, args, { stdio: ['inherit', 'pipe', 'inherit'] });
  const ended = once(child, 'close').then(
    ([code, signal]) => (code === 0 ? undefined : `ended with ${signal ? String(signal) : `status ${String(code)}`}`),
    (error: Error) => `cannot be run: ${error.message}`,
  );
  try {
    yield* child.stdout as AsyncIterable<Uint8Array>;
  } finally {
    // Nobody reads on when the backup is cancelled.
    child.stdout.destroy();
    if (child.exitCode === null && child.signalCode === null) child.kill();
  }
  const failure = await ended;
  if (failure === undefined) return;
  throw new CairnError('source-unreadable', `No snapshot was made: the command "${program}" ${failure}.`);
}
