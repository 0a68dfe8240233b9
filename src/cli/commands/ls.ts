import type { Command } from 'commander';
import { findSnapshot, listFiles, parseSnapshotPath } from '../../engine/index.ts';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { addLockOption, createCommand } from '../globalOptions.ts';
import { locatePath } from '../locate.ts';
import { longLine, nodeToData } from '../nodeText.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { snapshotToData } from '../snapshotText.ts';

interface LsOptions extends FilterOptions {
  readonly long?: boolean;
  readonly recursive?: boolean;
  readonly lock: boolean;
}

/** `cairn ls`. */
export function lsCommand(): Command {
  const command = createCommand(
    'ls',
    'list files of a snapshot',
    'Without a path, everything in the snapshot is listed; with one, what is in that folder. --host, --tag and --path say which snapshot is the latest.',
  )
    .argument('<snapshot>', 'an id, the beginning of one, or latest; also SNAPSHOT:PATH')
    .argument('[path]', 'only this folder or file')
    .option('-l, --long', 'show modes, owners, sizes and times')
    .option('-R, --recursive', 'with a path: also what is in the folders below');
  return addSnapshotFilters(addLockOption(command))
    .action(runs<LsOptions, [string, string | undefined]>(list, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn ls latest                       all files
  cairn ls latest ~/project/src         one folder
  cairn ls -lR 1a2b3c4d:/home/me/notes  a folder and all below, with sizes and times
`,
    );
}

async function list(
  context: CommandContext,
  options: LsOptions,
  snapshot: string,
  path: string | undefined,
): Promise<number> {
  const { output, signal, workingFolder } = context;
  const named = parseSnapshotPath(snapshot);
  const place = path ?? named.path;
  const recursive = options.recursive ?? place === '';
  return withReading(context, options, async (session) => {
    const stored = await findSnapshot(session.repository, named.snapshot, snapshotFilter(context, options));
    if (output.json) output.data({ message_type: 'snapshot', ...snapshotToData(stored) });
    let exitCode = EXIT_DONE;
    const start = await locatePath(session, stored, place, workingFolder);
    for await (const found of listFiles(session, start, { recursive, signal })) {
      if (found.kind === 'problem') {
        exitCode = EXIT_FAILED;
        output.warn(found.message, { item: found.path, code: found.code });
      } else if (output.json) output.data({ message_type: 'node', ...nodeToData(found.path, found.node) });
      else output.line(options.long ? longLine(found.path, found.node) : found.path);
    }
    return exitCode;
  });
}
