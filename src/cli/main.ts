/** The command `cairn`: reads the command line and runs one command. */
import { setFlagsFromString } from 'node:v8';
import { CommanderError } from 'commander';
import { readArguments } from './commandLine.ts';
import { Output } from './output.ts';
import { createProgram } from './program.ts';

async function main(): Promise<void> {
  const args = readArguments();
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode =
      error instanceof CommanderError ? error.exitCode : new Output({ json: args.includes('--json') }).fail(error);
  }
}

// A walk makes much short-lived data. Left alone, V8 answers with a nursery of 100 MB; small, it costs no time.
setFlagsFromString('--max-semi-space-size=2');
void main();
