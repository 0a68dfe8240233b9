import type { Command } from 'commander';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { locate } from '../locate.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { writeContent } from '../writeContent.ts';

interface CatOptions extends FilterOptions {
  readonly lock: boolean;
}

/** `cairn cat`. */
export function catCommand(): Command {
  return addSnapshotFilters(
    createCommand(
      'cat',
      'print the content of a file in a snapshot',
      'The content is checked before it is printed; nothing is added to it. --host, --tag and --path say which snapshot is the latest.',
    ),
  )
    .argument('<snapshot:path>', 'which file: latest:/home/me/a.txt')
    .action(runs<CatOptions, [string]>(printFile, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn cat latest:/home/me/project/a.txt
  cairn cat 1a2b3c4d:project/logo.png > logo.png
`,
    );
}

async function printFile(context: CommandContext, options: CatOptions, file: string): Promise<number> {
  const { signal, workingFolder } = context;
  return withReading(context, options, async (session) => {
    const place = await locate(session, file, snapshotFilter(context, options), workingFolder);
    await writeContent(session, place, process.stdout, signal);
    return EXIT_DONE;
  });
}
