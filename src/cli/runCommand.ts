import type { Command } from 'commander';
import { CairnError } from '../base/errors.ts';
import { systemCode } from '../base/systemCode.ts';
import { readWorkingFolder } from './commandLine.ts';
import type { CommandContext } from './context.ts';
import { EXIT_DONE, EXIT_INTERRUPTED } from './exitCodes.ts';
import type { GlobalOptions } from './globalOptions.ts';
import { Output } from './output.ts';

/** What a command does with its options and operands. The result is the exit code. */
export type CommandWork<Options, Operands extends readonly unknown[]> = (
  context: CommandContext,
  options: Options,
  ...operands: Operands
) => Promise<number>;

export interface CommandTraits {
  /** The command only prints: when nobody reads on (`cairn ls … | head`), it ends, and that is no failure. */
  readonly onlyPrints?: boolean;
}

/**
 * Makes an action for commander: runs `work` with an output, and a signal that fires at Ctrl-C or a
 * request to end; then the exit code is set. At the second Ctrl-C the process ends at once; the
 * repository is valid at every instant.
 */
export function runs<Options, Operands extends readonly unknown[] = []>(
  work: CommandWork<Options, Operands>,
  traits: CommandTraits = {},
): (...args: unknown[]) => Promise<void> {
  return async (...args) => {
    const command = args.at(-1) as Command;
    const options = command.optsWithGlobals<GlobalOptions & Options>();
    const output = new Output(options);
    const interruption = listenForInterrupts(output);
    const reader = watchReader(interruption.controller, traits.onlyPrints ?? false);
    const context = { options, output, signal: interruption.controller.signal, workingFolder: readWorkingFolder() };
    try {
      const exitCode = await work(context, options, ...(command.processedArgs as unknown as Operands));
      await output.finish();
      if (reader.failure) throw reader.failure;
      process.exitCode = exitCode;
    } catch (error) {
      process.exitCode = reader.hasLeft ? EXIT_DONE : output.fail(reader.failure ?? error);
    } finally {
      output.close();
      interruption.end();
    }
  };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C reaches us twice where npm passes it on as well; nobody presses it again so soon. Milliseconds. */
const SAME_INTERRUPT = 500;

function listenForInterrupts(output: Output): { readonly controller: AbortController; end(): void } {
  const controller = new AbortController();
  let interruptedAt = -Infinity;
  const interrupt = () => {
    if (performance.now() - interruptedAt < SAME_INTERRUPT) return;
    interruptedAt = performance.now();
    if (controller.signal.aborted) {
      output.close();
      process.exit(EXIT_INTERRUPTED);
    }
    output.note('stopping; press Ctrl-C again to end at once');
    controller.abort();
  };
  for (const signal of signals) process.on(signal, interrupt);
  return {
    controller,
    // Until the process is gone, an interrupt would make a result that was reached look like none.
    end: () => {
      for (const signal of signals) process.off(signal, interrupt).on(signal, () => process.exit());
    },
  };
}

/** Whoever reads our output may leave, and a disk that it goes to may be full. */
function watchReader(
  controller: AbortController,
  onlyPrints: boolean,
): { readonly hasLeft: boolean; readonly failure: CairnError | undefined } {
  const state: { hasLeft: boolean; failure: CairnError | undefined } = { hasLeft: false, failure: undefined };
  process.stdout.on('error', (cause: Error) => {
    if (systemCode(cause) !== 'EPIPE') {
      const message = `The output cannot be written: ${cause.message}.`;
      state.failure ??= new CairnError('storage-error', message, { cause });
    } else if (onlyPrints) {
      state.hasLeft = true;
    } else {
      // A backup goes on, whoever listens.
      return;
    }
    controller.abort();
  });
  return state;
}
