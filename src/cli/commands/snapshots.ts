import type { Command } from 'commander';
import { listSnapshots, matchesFilter, SHORT_ID_LENGTH, type StoredSnapshot } from '../../repository/snapshots.ts';
import { parseTime } from '../../repository/format/time.ts';
import { openNamedRepository, type CommandContext } from '../context.ts';
import { count, formatBytes, formatLocalTime, table } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { runCommand } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';

interface SnapshotsOptions extends FilterOptions {
  readonly latest?: number;
}

/** `cairn snapshots`. */
export function snapshotsCommand(): Command {
  return addSnapshotFilters(createCommand('snapshots', 'list snapshots, oldest first'))
    .argument('[id...]', 'only these snapshots')
    .option('--latest <n>', 'only the newest n', Number)
    .action((ids: string[], _options, command: Command) =>
      runCommand<SnapshotsOptions>(command, (context, options) => list(context, options, ids)),
    );
}

async function list(context: CommandContext, options: SnapshotsOptions, ids: string[]): Promise<number> {
  const { output, signal } = context;
  const repository = await openNamedRepository(context);
  let damaged = 0;
  const all = await listSnapshots(repository, {
    signal,
    onDamaged: (id, error) => {
      damaged++;
      output.warn((error as Error).message, { id });
    },
  });
  const filter = snapshotFilter(options);
  const wanted = all.filter(
    ({ id, snapshot }) =>
      matchesFilter(snapshot, filter) && (ids.length === 0 || ids.some((prefix) => id.startsWith(prefix))),
  );
  const shown = options.latest === undefined ? wanted : wanted.slice(-options.latest);
  if (output.json) {
    for (const stored of shown) output.data(snapshotToData(stored));
  } else {
    const rows = shown.map(describe);
    for (const line of table([['ID', 'Time', 'Host', 'Tags', 'Size', 'Paths'], ...rows])) output.line(line);
    output.line(count(shown.length, 'snapshot'));
  }
  return damaged > 0 ? 1 : 0;
}

function describe({ id, snapshot }: StoredSnapshot): string[] {
  return [
    id.slice(0, SHORT_ID_LENGTH),
    formatLocalTime(parseTime(snapshot.time)),
    snapshot.hostname ?? '',
    (snapshot.tags ?? []).join(','),
    snapshot.summary ? formatBytes(snapshot.summary.totalBytesProcessed) : '',
    snapshot.paths.join(', '),
  ];
}

/** A snapshot with restic's field names. */
export function snapshotToData({ id, snapshot }: StoredSnapshot): object {
  const { programVersion, summary, unknown, ...fields } = snapshot;
  return {
    ...unknown,
    ...fields,
    ...(programVersion !== undefined && { program_version: programVersion }),
    ...(summary && {
      summary: Object.fromEntries(
        Object.entries(summary).map(([name, value]) => [name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), value]),
      ),
    }),
    id,
    short_id: id.slice(0, SHORT_ID_LENGTH),
  };
}
