import type { Command } from 'commander';
import {
  dataFolder,
  deletedFiles,
  goneWorktrees,
  readSources,
  type DeletedFile,
  type DeletedOptions,
  type StoredSnapshot,
} from '../../engine/index.ts';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count, formatBytes, formatLocalTime } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { parseSince } from '../parseSince.ts';
import { resolvePath } from '../resolvePath.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, filterOfThisHost, isThisHost, type FilterOptions } from '../snapshotFilters.ts';
import { shortId } from '../snapshotText.ts';

interface DeletedCommandOptions extends FilterOptions {
  readonly since?: bigint;
  readonly renamed?: boolean;
  readonly lock: boolean;
}

/** `cairn deleted`. */
export function deletedCommand(): Command {
  const command = createCommand(
    'deleted',
    'list what once was in a folder and is not any more, newest first',
    'Looks at the snapshots that were made on this host, or on those given, of the folder or of one that it is in. The id is that of the newest snapshot that has the file; "Gone by" is the time of the next one.',
  )
    .argument('[path]', 'a folder, where it is or was on the disk; the working folder unless given')
    .option('--since <time>', 'only what went at this time or later, or so long ago (7d)', (text) => parseSince(text))
    .option('--renamed', 'also what was renamed or moved, with its new place');
  return addSnapshotFilters(command)
    .action(runs<DeletedCommandOptions, [string | undefined]>(listDeleted, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn deleted                                 in the working folder
  cairn deleted ~/project/src --since 3d
  cairn restore 1a2b3c4d ~/project/src/gone.ts --in-place
                                                bring one back; the id stands before it in the list
`,
    );
}

async function listDeleted(
  context: CommandContext,
  options: DeletedCommandOptions,
  path: string | undefined,
): Promise<number> {
  const { output, signal, workingFolder } = context;
  const place = resolvePath(workingFolder, path ?? '.');
  let exitCode = EXIT_DONE;
  const totals = { deleted: 0, renamed: 0 };
  const search: DeletedOptions = {
    filter: filterOfThisHost(context, options),
    signal,
    withDisk: isThisHost(options),
    ...(options.since !== undefined && { since: options.since }),
    onProblem: ({ message, code, path: item }) => {
      exitCode = EXIT_FAILED;
      output.warn(message, { item, code });
    },
  };
  await withReading(context, options, async (session) => {
    for await (const file of deletedFiles(session, place, search)) {
      const isRenamed = file.renamedTo !== undefined;
      totals[isRenamed ? 'renamed' : 'deleted']++;
      if (!isRenamed || options.renamed) print(context, file, totals.deleted + totals.renamed === 1);
    }
  });
  if (!output.json) output.line(summarize(place, options, totals));
  for (const path of goneWorktrees(readSources(dataFolder()), place)) printWorktree(context, path);
  return exitCode;
}

/** It is a folder beside, with snapshots of its own. */
function printWorktree({ output }: CommandContext, path: string): void {
  if (output.json) output.data({ message_type: 'deleted_worktree', path });
  else output.line(`the worktree ${path} is gone: "cairn restore latest --path ${path} --in-place" brings it back`);
}

function print({ output }: CommandContext, file: DeletedFile, isFirst: boolean): void {
  const { path, pathInTree, last, gone, renamedTo, type, size, mtime } = file;
  if (output.json) {
    return output.data({
      message_type: 'deleted',
      path,
      type,
      ...(size !== undefined && { size }),
      mtime,
      last: momentOf(last),
      path_in_snapshot: pathInTree,
      ...(gone && { gone: momentOf(gone) }),
      ...(renamedTo !== undefined && { renamed_to: renamedTo }),
    });
  }
  if (isFirst) output.line(columns('ID', 'Gone by', 'Size', 'Path'));
  const when = gone ? formatLocalTime(gone.snapshot.time) : 'now';
  const where = renamedTo === undefined ? path : `${path} -> ${renamedTo}`;
  output.line(columns(shortId(last.id), when, size === undefined ? type : formatBytes(size), where));
}

/** Rows come one by one, so the widths are given. */
function columns(id: string, when: string, size: string, path: string): string {
  return `${id.padEnd(8)}  ${when.padEnd(19)}  ${size.padEnd(9)}  ${path}`;
}

function momentOf({ id, snapshot }: StoredSnapshot): object {
  return { id, time: snapshot.time };
}

function summarize(
  place: string,
  options: DeletedCommandOptions,
  totals: { deleted: number; renamed: number },
): string {
  const hidden = totals.renamed > 0 && !options.renamed ? '; --renamed lists them' : '';
  const renamed = totals.renamed > 0 ? `, ${totals.renamed} renamed${hidden}` : '';
  return `${count(totals.deleted, 'deleted file')} in ${place}${renamed}`;
}
