import { Option, type Command } from 'commander';
import { findFiles, type FindOptions, type FoundFile, type NodeType, type StoredSnapshot } from '../../engine/index.ts';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { formatLocalTime } from '../format.ts';
import { collect, createCommand } from '../globalOptions.ts';
import { longLine, matchToData } from '../nodeText.ts';
import { parseMoment } from '../parseMoment.ts';
import { runs } from '../runCommand.ts';
import { objectKind, runFindObjects, type FindObjectsOptions } from '../findObjectsRun.ts';
import { addSnapshotFilters, snapshotFilter } from '../snapshotFilters.ts';
import { shortId } from '../snapshotText.ts';

interface FindCommandOptions extends FindObjectsOptions {
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
    .option('-R, --reverse', 'oldest snapshot first')
    .option('--human-readable', 'taken for the sake of scripts: sizes have units anyway')
    .option('--blob', 'the arguments are ids of contents: say which files need them')
    .option('--tree', 'the arguments are ids of folder lists')
    .option('--pack', 'the arguments are ids of packs')
    .option('--show-pack-id', 'with these: say also in which pack it lies')
    .addOption(new Option('--type <type>', 'only entries of this type').choices(['file', 'dir', 'symlink']));
  return addSnapshotFilters(command)
    .action(runs<FindCommandOptions, [string[]]>(find, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Times are local: 2026-01-31, "2026-01-31 17:05" or "2026-01-31 17:05:09".

Examples:
  cairn find '*.sqlite'                         in every snapshot
  cairn find -s latest -i 'readme*' -l
  cairn find --oldest 2026-01-01 'src/**/*.ts'
  cairn find --blob 1a2b3c4d                    which files need a blob
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
    ...(options.reverse && { isReverse: true }),
    ...(options.ignoreCase && { ignoreCase: true }),
    ...(options.type && { type: options.type }),
    ...(options.oldest !== undefined && { oldest: options.oldest }),
    ...(options.newest !== undefined && { newest: options.newest }),
    onProblem: ({ path, code, message }) => {
      exitCode = EXIT_FAILED;
      output.warn(message, { item: path, code });
    },
  };
  const kind = objectKind(options);
  await withReading(context, options, async (session) => {
    if (kind) exitCode = await runFindObjects(context, options, session, kind, patterns);
    else await printFiles(context, options, findFiles(session, patterns, search));
  });
  return exitCode;
}

async function printFiles(
  { output }: CommandContext,
  { long }: FindCommandOptions,
  found: AsyncIterable<FoundFile>,
): Promise<void> {
  let last: StoredSnapshot | undefined;
  let matches: object[] = [];
  const finish = () => {
    if (last && output.json) output.item({ matches, hits: matches.length, snapshot: last.id });
    matches = [];
  };
  for await (const { stored, path, node } of found) {
    if (stored !== last) {
      finish();
      last = stored;
      if (!output.json) output.line(`snapshot ${shortId(stored.id)} of ${formatLocalTime(stored.snapshot.time)}:`);
    }
    if (output.json) matches.push(matchToData(path, node));
    else output.line(`  ${long ? longLine(path, node) : path}`);
  }
  finish();
  if (output.json) output.endItems();
}
