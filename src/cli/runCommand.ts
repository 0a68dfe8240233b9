import type { Command } from 'commander';
import type { CommandContext, GlobalOptions } from './context.ts';
import { Output } from './output.ts';

/** What a command does: its result is the exit code. */
export type CommandAction<Options> = (context: CommandContext, options: Options) => Promise<number>;

/** The exit code of the command that ran; `main` ends the process with it. */
let exitCode = 0;

/** The exit code of the last command. */
export function lastExitCode(): number {
  return exitCode;
}

/**
 * Runs a command with its output, and a signal that fires at Ctrl-C or a request to end. At the
 * second Ctrl-C the process ends at once; the repository is valid at every instant.
 */
export async function runCommand<Options>(command: Command, action: CommandAction<Options>): Promise<void> {
  const options = command.optsWithGlobals<GlobalOptions & Options>();
  const output = new Output(options);
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(130);
    output.note('stopping; what is stored so far is kept (press again to end at once)');
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('SIGHUP', interrupt);
  try {
    exitCode = await action({ options, output, signal: controller.signal }, options);
  } catch (error) {
    exitCode = output.fail(error);
  } finally {
    output.close();
    process.off('SIGINT', interrupt);
    process.off('SIGTERM', interrupt);
    process.off('SIGHUP', interrupt);
  }
}
