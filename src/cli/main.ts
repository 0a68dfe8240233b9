/** The command `cairn`: reads the command line and runs one command. */
import { CommanderError } from 'commander';
import { createProgram } from './program.ts';
import { lastExitCode } from './runCommand.ts';

async function main(): Promise<void> {
  // A reader that stops early (`cairn ls … | head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  try {
    await createProgram().parseAsync(process.argv);
    process.exitCode = lastExitCode();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode;
  }
}

void main();
