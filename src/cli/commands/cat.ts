import type { Command } from 'commander';
import { CairnError } from '../../base/errors.ts';
import { OBJECT_TYPES, readObject } from '../../engine/index.ts';
import { withReading, withReadingLock, type CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { createCommand } from '../globalOptions.ts';
import { locate } from '../locate.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { writeContent } from '../writeContent.ts';

interface CatOptions extends FilterOptions {
  readonly lock: boolean;
}

/** `cairn cat`: that of a file, and restic's. */
export function catCommand(): Command {
  return addSnapshotFilters(
    createCommand(
      'cat',
      'print the content of a file in a snapshot, or an object of the repository',
      'The content is checked before it is printed; nothing is added to it. --host, --tag and --path say which snapshot is the latest. The objects are restic\'s: masterkey, config, "pack ID", "blob ID", "snapshot ID", "index ID", "key ID", "lock ID" and "tree SNAPSHOT:FOLDER"; whoever has the masterkey can read the repository without a password.',
    ),
  )
    .usage('[options] <snapshot:path> | <object> [id]')
    .argument('<snapshot:path>', 'which file: latest:/home/me/a.txt; or the type of an object')
    .argument('[id]', 'which object: a full id, as "cairn list" prints it')
    .action(runs<CatOptions, [string, string | undefined]>(print, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn cat latest:/home/me/project/a.txt
  cairn cat 1a2b3c4d:project/logo.png > logo.png
  cairn cat config
  cairn cat tree latest:/home/me/project
`,
    );
}

/** No snapshot can be called like a type of an object: the id of one has digits and the letters a to f. */
function print(context: CommandContext, options: CatOptions, what: string, name: string | undefined): Promise<number> {
  const type = OBJECT_TYPES.find((known) => known === what);
  if (type) return printObject(context, options, type, name);
  if (name === undefined) return printFile(context, options, what);
  throw new CairnError('usage', `"${what}" is no type of an object. Give one of ${OBJECT_TYPES.join(', ')}.`);
}

async function printObject(
  context: CommandContext,
  options: CatOptions,
  type: (typeof OBJECT_TYPES)[number],
  name: string | undefined,
): Promise<number> {
  const content = await withReadingLock(context, options, (repository, session) =>
    readObject(repository, {
      ...session,
      type,
      ...(name !== undefined && { name }),
      filter: snapshotFilter(context, options),
      onDamaged: (message) => context.output.warn(message),
    }),
  );
  process.stdout.write(content);
  return EXIT_DONE;
}

async function printFile(context: CommandContext, options: CatOptions, file: string): Promise<number> {
  const { signal, workingFolder } = context;
  return withReading(context, options, async (session) => {
    const place = await locate(session, file, snapshotFilter(context, options), workingFolder);
    await writeContent(session, place, process.stdout, signal);
    return EXIT_DONE;
  });
}
