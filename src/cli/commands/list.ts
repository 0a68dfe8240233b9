import { Argument, type Command } from 'commander';
import { LISTED_TYPES, listObjects, type ListedObjects } from '../../engine/index.ts';
import { withReadingLock, type CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';

interface ListOptions {
  readonly lock: boolean;
}

/** `cairn list`, which is restic's. */
export function listCommand(): Command {
  return createCommand(
    'list',
    'list the objects of a repository',
    'Prints full ids, one a line, in no order; of blobs, the type before. With --json it prints the same, as restic does.',
  )
    .addArgument(new Argument('<type>', 'which objects').choices(LISTED_TYPES))
    .action(runs<ListOptions, [ListedObjects]>(list, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn list snapshots
  cairn list blobs | grep ^tree | wc -l          how many folder lists there are
`,
    );
}

async function list(context: CommandContext, options: ListOptions, type: ListedObjects): Promise<number> {
  const found = await withReadingLock(context, options, (repository, session) =>
    listObjects(repository, type, session),
  );
  for (const { id, type: blobType } of found) context.output.line(blobType ? `${blobType} ${id}` : id);
  return EXIT_DONE;
}
