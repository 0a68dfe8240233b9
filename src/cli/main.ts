/** The command `cairn`: reads the command line and runs one command. */
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

void main();
