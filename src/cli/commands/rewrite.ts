import type { Command } from 'commander';
import { rewriteSnapshots, type RewrittenSnapshot } from '../../engine/index.ts';
import { lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { parseMoment } from '../parseMoment.ts';
import {
  addExcludeOptions,
  noteUnmatched,
  readExcludes,
  unmatchedToData,
  watchPatterns,
  type ExcludeOptions,
  type PatternWatch,
} from '../patternOptions.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { shortId } from '../snapshotText.ts';

interface RewriteCommandOptions extends FilterOptions, ExcludeOptions {
  readonly forget?: boolean;
  readonly dryRun?: boolean;
  readonly snapshotSummary?: boolean;
  readonly newHost?: string;
  /** Nanoseconds since 1970. */
  readonly newTime?: bigint;
}

/** `cairn rewrite`, which is restic's. */
export function rewriteCommand(): Command {
  const command = createCommand(
    'rewrite',
    'make snapshots without some files, or with another host or time',
    'Of each snapshot that changes a new one is made. It has the tag "rewrite", and the original stays unless --forget is given. Content that no snapshot needs any more goes with the next prune. "cairn restore --delete" leaves alone what was left out here.',
  ).argument('[snapshot...]', 'ids, beginnings of ids, or latest; without any, all that pass the filters');
  addExcludeOptions(command)
    .option('--forget', 'remove the originals')
    .option('-n, --dry-run', 'say what would change')
    .option('--new-host <name>', 'let it be of this host')
    .option('--new-time <time>', 'let it be of this time: "2026-01-31 17:05:09"', (text) => parseMoment(text, 'first'))
    .option('-s, --snapshot-summary', 'count the files of snapshots that have no summary');
  return addSnapshotFilters(command)
    .action(runs<RewriteCommandOptions, [string[]]>(run))
    .addHelpText(
      'after',
      `
Examples:
  cairn rewrite --exclude '*.iso' --dry-run      which files of which snapshots that hits
  cairn rewrite --exclude /home/me/project/secret.env --forget && cairn prune --grace 0
  cairn rewrite --new-host laptop 1a2b3c4d
`,
    );
}

async function run(context: CommandContext, options: RewriteCommandOptions, names: string[]): Promise<number> {
  const { output } = context;
  const { forget = false, dryRun = false, newHost, newTime } = options;
  const excludes = readExcludes(context, options);
  const watch = watchPatterns(excludes);
  let exitCode = EXIT_DONE;
  const rewritten = await withOpenRepository(context, {}, (repository) =>
    rewriteSnapshots(repository, {
      ...lockOptions(context),
      snapshots: names,
      filter: snapshotFilter(context, options),
      excludes,
      forget,
      dryRun,
      addSummary: options.snapshotSummary ?? false,
      ...(newHost && { newHost }),
      ...(newTime !== undefined && { newTime }),
      onMatch: watch.onMatch,
      onLeftOut: (path, snapshot) => {
        if (output.json) output.data({ message_type: 'excluded_path', path, snapshot_id: snapshot });
        else output.line(`excluded  ${path}  (in ${shortId(snapshot)})`);
      },
      onDamaged: (id, error) => {
        exitCode = EXIT_FAILED;
        output.warn((error as Error).message, { item: id });
      },
      ...(output.progress && { onProgress: output.progress }),
    }),
  );
  report(context, rewritten, dryRun, watch);
  return exitCode;
}

function report(
  context: CommandContext,
  rewritten: readonly RewrittenSnapshot[],
  dryRun: boolean,
  watch: PatternWatch,
): void {
  const { output } = context;
  if (output.json) {
    for (const { before, after, isRemoved } of rewritten) {
      const ids = { old_snapshot_id: before, ...(after && { new_snapshot_id: after }) };
      output.data({ message_type: 'rewritten_snapshot', ...ids, removed: isRemoved });
    }
    const facts = { dry_run: dryRun, rewritten_snapshots: rewritten.length };
    output.data({ message_type: 'summary', ...facts, ...unmatchedToData(watch) });
    return;
  }
  for (const snapshot of rewritten) output.line(describe(snapshot, dryRun));
  output.line(`${count(rewritten.length, 'snapshot')} ${dryRun ? 'would be ' : ''}rewritten`);
  noteUnmatched(context, watch);
  if (dryRun) output.line('dry run: nothing was changed');
}

function describe({ before, after, isRemoved }: RewrittenSnapshot, dryRun: boolean): string {
  const made = after ? `rewritten as ${shortId(after)}` : 'would be rewritten';
  return `${shortId(before)} ${made}; the original ${isRemoved ? `${dryRun ? 'would be' : 'was'} removed` : 'stays'}`;
}
