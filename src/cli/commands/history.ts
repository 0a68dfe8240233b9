import type { Command } from 'commander';
import { fileHistory, type FileVersion } from '../../engine/index.ts';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count, formatBytes, formatLocalTime, table } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { nodeToData } from '../nodeText.ts';
import { resolvePath } from '../resolvePath.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { shortId } from '../snapshotText.ts';

interface HistoryCommandOptions extends FilterOptions {
  readonly lock: boolean;
}

/** `cairn history`. */
export function historyCommand(): Command {
  return addSnapshotFilters(
    createCommand(
      'history',
      'list the versions of a file, newest first',
      'A version is a run of snapshots in which the content stayed the same. The id is that of the first of them; "cairn cat ID:FILE" prints the version.',
    ),
  )
    .argument('<file>', 'the file, where it is or was on the disk')
    .action(runs<HistoryCommandOptions, [string]>(showHistory, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn history src/main.ts
  cairn history --host laptop ~/notes/todo.txt
`,
    );
}

async function showHistory(context: CommandContext, options: HistoryCommandOptions, file: string): Promise<number> {
  const { output, signal, workingFolder } = context;
  const path = resolvePath(workingFolder, file);
  let exitCode = EXIT_DONE;
  const versions = await withReading(context, options, (session) =>
    fileHistory(session, path, {
      filter: snapshotFilter(context, options),
      signal,
      onProblem: ({ message, code, path: item }) => {
        exitCode = EXIT_FAILED;
        output.warn(message, { item, code });
      },
    }),
  );
  if (output.json) {
    for (const version of versions) output.data({ message_type: 'version', ...versionToData(version) });
  } else {
    const rows = versions.map(describe);
    if (rows.length > 0) {
      for (const line of table([['ID', 'Since', 'Size', 'Change', 'Snapshots'], ...rows])) output.line(line);
    }
    output.line(`${count(versions.length, 'version')} of ${path}`);
  }
  return exitCode;
}

const changeNames = { added: 'new', modified: 'changed', typeChanged: 'another type', deleted: 'deleted' };

function describe({ change, first, snapshots, node }: FileVersion): string[] {
  return [
    shortId(first.id),
    formatLocalTime(first.time),
    node?.type === 'file' ? formatBytes(node.size ?? 0) : (node?.type ?? ''),
    changeNames[change],
    String(snapshots),
  ];
}

function versionToData({ change, first, last, snapshots, path, node, contentId }: FileVersion): object {
  return {
    change,
    first,
    last,
    snapshots,
    path,
    ...(contentId !== undefined && { content_id: contentId }),
    ...(node && { node: nodeToData(path, node) }),
  };
}
