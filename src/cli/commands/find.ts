import { Option, type Command } from 'commander';
import { findFiles, type FindOptions, type FoundFile, type NodeType, type StoredSnapshot } from '../../engine/index.ts';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { formatLocalTime } from '../format.ts';
import { addLockOption, collect, createCommand } from '../globalOptions.ts';
import { longLine, nodeToData } from '../nodeText.ts';
import { parseMoment } from '../parseMoment.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { shortId } from '../snapshotText.ts';

interface FindCommandOptions extends FilterOptions {
  readonly snapshot?: string[];
  readonly ignoreCase?: boolean;
  readonly long?: boolean;
  readonly oldest?: bigint;
  readonly newest?: bigint;
  readonly type?: NodeType;
  readonly lock: boolean;
}

/** `cairn find`. */
export function findCommand(): Command {
  const command = createCommand('find', 'find files in all snapshots, newest first')
    .argument('<glob...>', 'names (*.ts), ends of paths (src/*.ts) or whole paths (/home/me/**)')
    .option('-s, --snapshot <id>', 'look in this snapshot only (may be repeated)', collect)
    .option('-i, --ignore-case', 'do not tell upper from lower case')
    .option('-l, --long', 'show modes, owners, sizes and times')
    .option('-O, --oldest <time>', 'only files modified at this time or later', (text) => parseMoment(text, 'first'))
    .option('-N, --newest <time>', 'only files modified at this time or earlier', (text) => parseMoment(text, 'last'))
    .addOption(new Option('--type <type>', 'only entries of this type').choices(['file', 'dir', 'symlink']));
  return addSnapshotFilters(addLockOption(command))
    .action(runs<FindCommandOptions, [string[]]>(find, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Times are local: 2026-01-31, "2026-01-31 17:05" or "2026-01-31 17:05:09".

Examples:
  cairn find '*.sqlite'                         in every snapshot
  cairn find -s latest -i 'readme*' -l
  cairn find --oldest 2026-01-01 'src/**/*.ts'
`,
    );
}

async function find(context: CommandContext, options: FindCommandOptions, patterns: string[]): Promise<number> {
  const { output } = context;
  let exitCode = EXIT_DONE;
  const search: FindOptions = {
    filter: snapshotFilter(context, options),
    signal: context.signal,
    ...(options.snapshot && { snapshots: options.snapshot }),
    ...(options.ignoreCase && { ignoreCase: true }),
    ...(options.type && { type: options.type }),
    ...(options.oldest !== undefined && { oldest: options.oldest }),
    ...(options.newest !== undefined && { newest: options.newest }),
    onProblem: ({ path, code, message }) => {
      exitCode = EXIT_FAILED;
      output.warn(message, { item: path, code });
    },
  };
  await withReading(context, options, async (session) => {
    let last: StoredSnapshot | undefined;
    for await (const found of findFiles(session, patterns, search)) {
      if (found.stored !== last) last = announce(context, found.stored);
      print(context, options, found);
    }
  });
  return exitCode;
}

function announce({ output }: CommandContext, stored: StoredSnapshot): StoredSnapshot {
  const { id, snapshot } = stored;
  if (!output.json) output.line(`snapshot ${shortId(id)} of ${formatLocalTime(snapshot.time)}:`);
  return stored;
}

function print({ output }: CommandContext, options: FindCommandOptions, { stored, path, node }: FoundFile): void {
  if (output.json) output.data({ message_type: 'match', snapshot: stored.id, ...nodeToData(path, node) });
  else output.line(`  ${options.long ? longLine(path, node) : path}`);
}
