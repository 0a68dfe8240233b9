/** The command `cairn`: reads the command line and runs one command. */
import { setFlagsFromString } from 'node:v8';
import { CommanderError } from 'commander';
import { systemCode } from '../base/systemCode.ts';
import { readArguments } from './commandLine.ts';
import { EXIT_FAILED } from './exitCodes.ts';
import { Output } from './output.ts';
import { createProgram } from './program.ts';

/** `--verbose=2` as `-v -v`: commander would take the word after a plain `--verbose` for a level. */
function expandLevels(args: readonly string[]): string[] {
  const end = args.indexOf('--');
  return args.flatMap((text, at) => {
    const level = end < 0 || at < end ? /^(?:--verbose|-v)=([0-9])$/.exec(text)?.[1] : undefined;
    return level === undefined ? [text] : Array<string>(Number(level)).fill('-v');
  });
}

async function main(): Promise<void> {
  // Help, too, may be read by somebody who leaves early (`cairn --help | head`).
  process.stdout.on('error', (error) => {
    if (systemCode(error) !== 'EPIPE') process.exitCode = EXIT_FAILED;
  });
  process.stderr.on('error', () => {});
  const args = expandLevels(readArguments());
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode =
      error instanceof CommanderError ? error.exitCode : new Output({ json: args.includes('--json') }).fail(error);
  }
}

// A walk makes much short-lived data, to which V8 answers with a nursery and a heap that grow and hold
// some 150 MB. Smaller ones cost no time. Their largest size cannot be set in a running process, but
// their growth can.
setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--heap-growing-percent=50');
void main();
