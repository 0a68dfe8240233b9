import type { Command } from 'commander';
import { repairSnapshots, type PathRepair, type RepairedSnapshot } from '../../engine/index.ts';
import { lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count, formatBytes } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { shortId } from '../snapshotText.ts';

interface RepairSnapshotsCommandOptions extends FilterOptions {
  readonly forget?: boolean;
  readonly dryRun?: boolean;
}

/** `cairn repair snapshots`. */
export function repairSnapshotsCommand(): Command {
  const command = createCommand(
    'snapshots',
    'make snapshots without what is lost for good',
    'Of each snapshot that lacks something a new one is made: files lose the parts that are lost, folders whose lists are lost are empty, entries of no type go. It has the tag "repaired", and the original stays unless --forget is given. Run "cairn repair index" and "cairn repair files" first: what they bring back is not lost.',
  )
    .argument('[snapshot...]', 'ids, beginnings of ids, or latest; without any, all that pass the filters')
    .option('--forget', 'remove the originals, and snapshots of which nothing is left')
    .option('-n, --dry-run', 'say what would change');
  return addSnapshotFilters(command).action(runs<RepairSnapshotsCommandOptions, [string[]]>(run));
}

async function run(context: CommandContext, options: RepairSnapshotsCommandOptions, names: string[]): Promise<number> {
  const { output } = context;
  const { forget = false, dryRun = false } = options;
  let exitCode = EXIT_DONE;
  const repaired = await withOpenRepository(context, {}, (repository) =>
    repairSnapshots(repository, {
      ...lockOptions(context),
      snapshots: names,
      filter: snapshotFilter(context, options),
      forget,
      dryRun,
      onRepair: ({ path, kind, size }, snapshot) => {
        const facts = { path, repair: kind, snapshot_id: snapshot };
        const sizes = size && { size_before: size.before, size_after: size.after };
        if (output.json) output.data({ message_type: 'repaired_path', ...facts, ...sizes });
        else output.line(pathLine({ path, kind, ...(size && { size }) }, snapshot));
      },
      onDamaged: (id, error) => {
        exitCode = EXIT_FAILED;
        output.warn((error as Error).message, { item: id });
      },
      ...(output.progress && { onProgress: output.progress }),
    }),
  );
  report(context, repaired, dryRun);
  return exitCode;
}

/** The snapshot is the first in which the path was met; others may have it, too. */
function pathLine({ path, kind, size }: PathRepair, snapshot: string): string {
  const sizes = size ? `, ${formatBytes(size.after)} of ${formatBytes(size.before)}` : '';
  const shown = kind === 'emptied' ? path.replace(/\/?$/, '/') : path;
  return `${kind.padEnd(9)}  ${shown}  (in ${shortId(snapshot)}${sizes})`;
}

function report({ output }: CommandContext, repaired: readonly RepairedSnapshot[], dryRun: boolean): void {
  if (output.json) {
    for (const { before, after, isLost, isRemoved } of repaired) {
      output.data({
        message_type: 'repaired_snapshot',
        old_snapshot_id: before,
        ...(after && { new_snapshot_id: after }),
        nothing_left: isLost ?? false,
        removed: isRemoved,
      });
    }
    output.data({ message_type: 'summary', dry_run: dryRun, repaired_snapshots: repaired.length });
    return;
  }
  for (const snapshot of repaired) output.line(describe(snapshot, dryRun));
  if (repaired.length === 0) {
    output.line('no snapshot lacks anything, by the index; nothing was done');
    output.note('"cairn repair files" reads all content, and takes from the index what is damaged');
    return;
  }
  output.line(`${count(repaired.length, 'snapshot')} ${dryRun ? 'would be ' : ''}repaired`);
  if (dryRun) output.line('dry run: nothing was changed');
}

function describe({ before, after, isLost, isRemoved }: RepairedSnapshot, dryRun: boolean): string {
  const id = shortId(before);
  const would = dryRun ? 'would be' : 'was';
  if (isLost) {
    return `${id}: nothing of it is left; ${isRemoved ? `it ${would} removed` : 'it stays, and --forget removes it'}`;
  }
  const made = after ? `repaired as ${shortId(after)}` : 'would be repaired';
  return `${id} ${made}; the original ${isRemoved ? `${would} removed` : 'stays'}`;
}
