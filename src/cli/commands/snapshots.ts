import type { Command } from 'commander';
import {
  chooseSnapshots,
  groupSnapshots,
  parseSnapshotTags,
  withoutActor,
  type StoredSnapshot,
} from '../../engine/index.ts';
import { describeActor } from '../actorText.ts';
import { lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count, formatBytes, formatLocalTime, table } from '../format.ts';
import { createCommand, parseWholeNumber } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { shortId, snapshotToData } from '../snapshotText.ts';

interface SnapshotsOptions extends FilterOptions {
  readonly latest?: number;
}

/** `cairn snapshots`. */
export function snapshotsCommand(): Command {
  return addSnapshotFilters(createCommand('snapshots', 'list the snapshots, oldest first'))
    .argument('[snapshot...]', 'only these: ids, beginnings of ids, or latest')
    .option('--latest <n>', 'only the newest n of each host and set of paths', parseWholeNumber(1))
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
  if (output.json) {
    for (const stored of shown) output.data({ message_type: 'snapshot', ...snapshotToData(stored) });
    return exitCode;
  }
  // Most repositories know nobody, and a column without a word says nothing.
  const knowsWho = shown.some(({ snapshot }) => parseSnapshotTags(snapshot.tags ?? []).actor);
  const heading = ['ID', 'Time', 'Host', ...(knowsWho ? ['Who'] : []), 'Tags', 'Size', 'Paths'];
  const rows = shown.map((stored) => describe(stored, knowsWho));
  if (rows.length > 0) for (const line of table([heading, ...rows])) output.line(line);
  output.line(count(shown.length, 'snapshot'));
  return exitCode;
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
