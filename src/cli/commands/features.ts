import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';

/** `cairn features`, for the sake of restic's: there are none. */
export function featuresCommand(): Command {
  return createCommand(
    'features',
    'list features that can be switched on or off: there are none',
    'restic has some; RESTIC_FEATURES changes nothing here.',
  )
    .action(runs(printFeatures, { onlyPrints: true }))
    .addHelpText('after', '\nExamples:\n  cairn features --json\n');
}

function printFeatures({ output }: CommandContext): Promise<number> {
  if (output.json) output.data({ message_type: 'features', features: [] });
  else output.line('Cairn has no features that can be switched on or off.');
  return Promise.resolve(EXIT_DONE);
}
