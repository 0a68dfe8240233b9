import type { Command } from 'commander';
import { withCodecsAhead, withOpenRepository } from '../context.ts';
import { createCommand } from '../globalOptions.ts';
import { addPruneOptions, runPrune, type PruneCommandOptions } from '../pruneRun.ts';
import { runs } from '../runCommand.ts';

/** `cairn prune`. */
export function pruneCommand(): Command {
  const command = createCommand(
    'prune',
    'give back the space of what no snapshot needs',
    'Nobody else can use the repository meanwhile. It may be interrupted at any moment: nothing that a snapshot needs is lost, and the next prune finishes the work.',
  ).option('-n, --dry-run', 'say what would be done');
  return addPruneOptions(command)
    .action(
      runs<PruneCommandOptions>((context, options) =>
        withCodecsAhead(context, (openCodecs, onPassword) =>
          withOpenRepository(context, options.dryRun ? {} : { onPassword }, (repository) =>
            runPrune(context, openCodecs, repository, options),
          ),
        ),
      ),
    )
    .addHelpText(
      'after',
      `
Examples:
  cairn prune --dry-run                 how much it would free, and what it costs
  cairn prune --max-unused unlimited    only what goes without rewriting anything
`,
    );
}
