import type { Command } from 'commander';
import {
  chooseSnapshots,
  groupSnapshots,
  parseGroupBy,
  parseSnapshotTags,
  withoutActor,
  type GroupBy,
  type SnapshotGroup,
  type StoredSnapshot,
} from '../../engine/index.ts';
import { describeActor } from '../actorText.ts';
import { describeGroup, groupKeyToData } from '../forgetText.ts';
import { lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count, formatBytes, formatLocalTime, table } from '../format.ts';
import { createCommand, parseWholeNumber } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { shortId, snapshotToData } from '../snapshotText.ts';

interface SnapshotsOptions extends FilterOptions {
  readonly latest?: number;
  readonly compact?: boolean;
  readonly groupBy?: GroupBy;
}

/** `cairn snapshots`. */
export function snapshotsCommand(): Command {
  return addSnapshotFilters(createCommand('snapshots', 'list the snapshots, oldest first'))
    .argument('[snapshot...]', 'only these: ids, beginnings of ids, or latest')
    .option('--latest <n>', 'only the newest n of each host and set of paths', parseWholeNumber(1))
    .option('-c, --compact', 'say less of each')
    .option('-g, --group-by <properties>', 'in groups by any of host,paths,tags', parseGroupBy)
    .action(runs<SnapshotsOptions, [string[]]>(listSnapshots, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn snapshots                            all of the default repository
  cairn snapshots --latest 3 --path ~/project
  cairn snapshots --actor agent:claude       what Claude Code changed
  cairn snapshots --tag nightly --json | jq -r .short_id
`,
    );
}

async function listSnapshots(context: CommandContext, options: SnapshotsOptions, names: string[]): Promise<number> {
  const { output } = context;
  let exitCode = EXIT_DONE;
  const chosen = await withOpenRepository(context, {}, (repository) =>
    chooseSnapshots(
      repository,
      { snapshots: names, filter: snapshotFilter(context, options), signal: lockOptions(context).signal! },
      (id, error) => {
        exitCode = EXIT_FAILED;
        output.warn((error as Error).message, { item: id });
      },
    ),
  );
  const shown = options.latest === undefined ? chosen : newestOfEach(chosen, options.latest);
  shown.reverse();
  const groups = options.groupBy && groupSnapshots(shown, options.groupBy);
  if (output.json) printJson(context, shown, groups);
  else if (!groups) printTable(context, options, shown);
  else
    for (const { key, entries } of groups) {
      output.line(describeGroup(key));
      printTable(context, options, entries);
    }
  return exitCode;
}

function printJson(
  { output }: CommandContext,
  shown: readonly StoredSnapshot[],
  groups?: readonly SnapshotGroup<StoredSnapshot>[],
): void {
  const toItem = (stored: StoredSnapshot) => ({ ...snapshotToData(stored), message_type: 'snapshot' });
  if (groups)
    for (const { key, entries } of groups)
      output.item({ group_key: groupKeyToData(key), snapshots: entries.map(toItem) });
  else for (const stored of shown) output.item(toItem(stored));
  output.endItems();
}

function printTable({ output }: CommandContext, { compact }: SnapshotsOptions, shown: readonly StoredSnapshot[]): void {
  // Most repositories know nobody, and a column without a word says nothing.
  const knowsWho = shown.some(({ snapshot }) => parseSnapshotTags(snapshot.tags ?? []).actor);
  const heading = ['ID', 'Time', 'Host', ...(knowsWho ? ['Who'] : []), 'Tags', ...(compact ? [] : ['Size', 'Paths'])];
  const rows = shown.map((stored) => describe(stored, knowsWho).slice(0, heading.length));
  if (rows.length > 0) for (const line of table([heading, ...rows])) output.line(line);
  output.line(count(shown.length, 'snapshot'));
}

/** `newestFirst` without those that are too far back in their group. */
function newestOfEach(newestFirst: readonly StoredSnapshot[], number: number): StoredSnapshot[] {
  const kept = new Set(groupSnapshots(newestFirst).flatMap(({ entries }) => entries.slice(0, number)));
  return newestFirst.filter((stored) => kept.has(stored));
}

function describe({ id, snapshot }: StoredSnapshot, knowsWho: boolean): string[] {
  const tags = snapshot.tags ?? [];
  return [
    shortId(id),
    formatLocalTime(snapshot.time),
    snapshot.hostname ?? '',
    ...(knowsWho ? [describeActor(parseSnapshotTags(tags).actor)] : []),
    withoutActor(tags).join(','),
    snapshot.summary ? formatBytes(snapshot.summary.totalBytesProcessed) : '',
    snapshot.paths.join(', '),
  ];
}
