import type { Command } from 'commander';
import { copySnapshots, noteCopied, withSession, type CopiedSnapshot, type CopyResult } from '../../engine/index.ts';
import { commandLineCodecs, ledgerOf, lockOptions, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { count, formatBytes } from '../format.ts';
import { addFromOptions, requireTwo, sourceContext, type FromOptions } from '../fromOptions.ts';
import { createCommand } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';
import { shortId } from '../snapshotText.ts';

interface CopyCommandOptions extends FilterOptions, FromOptions {
  readonly dryRun?: boolean;
}

/** `cairn copy`. */
export function copyCommand(): Command {
  const command = createCommand(
    'copy',
    'copy snapshots into another repository',
    'The other repository has keys and a password of its own, and may hold other snapshots. Only content that it lacks is copied, and a snapshot that was copied before is left out. It shares content with new backups only if it was made with "cairn init --from-repo … --copy-chunker-params".',
  )
    .argument('[snapshot...]', 'ids, beginnings of ids, or latest; without any, all that pass the filters')
    .option('-n, --dry-run', 'say what would be copied');
  return addSnapshotFilters(addFromOptions(command))
    .action(runs<CopyCommandOptions, [string[]]>(copy))
    .addHelpText(
      'after',
      `
Examples:
  cairn copy -r /media/disk/backup --password-file disk-password       the default repository, all of it
  cairn copy --from-repo /srv/old --from-password-file old-password -r /srv/new latest
`,
    );
}

async function copy(context: CommandContext, options: CopyCommandOptions, names: string[]): Promise<number> {
  const { output, signal } = context;
  const from = sourceContext(context, options);
  requireTwo(context, from);
  const dryRun = options.dryRun ?? false;
  const result = await withOpenRepository(from, {}, (source) =>
    withOpenRepository(context, {}, async (target) => {
      if (source.config.chunkerPolynomial !== target.config.chunkerPolynomial) output.note(OTHER_CUTS);
      const copied = await withSession(source, { lock: 'shared', ...lockOptions(context) }, (sourceSession) =>
        withSession(target, { lock: dryRun ? 'none' : 'shared', ...lockOptions(context) }, (targetSession) =>
          copySnapshots(sourceSession, targetSession, commandLineCodecs(context), {
            snapshots: names,
            filter: snapshotFilter(context, options),
            dryRun,
            signal,
            ...(output.progress && { onProgress: output.progress }),
            onSnapshot: (outcome) => reportSnapshot(context, outcome),
          }),
        ),
      );
      if (!dryRun) await noteCopied(ledgerOf(context), source, target, copied);
      return copied;
    }),
  );
  summarize(context, result);
  return result.snapshots.some(({ outcome }) => outcome === 'failed') ? EXIT_FAILED : EXIT_DONE;
}

const OTHER_CUTS =
  'the two repositories cut files in other places, so what is copied shares no content with backups made there';

function reportSnapshot(context: CommandContext, { id, source, outcome, copy, problem }: CopiedSnapshot): void {
  const { output, options } = context;
  if (problem) output.warn(problem.message, { item: id });
  if (output.json) {
    output.data({ message_type: outcome.replace('-', '_'), source_id: id, ...(copy && { snapshot_id: copy }) });
    return;
  }
  const what = `${shortId(id)} of ${source?.paths.join(', ') ?? 'unknown places'}`;
  if (outcome === 'copied') output.line(`${what} is now ${shortId(copy!)}`);
  if (outcome === 'would-copy') output.line(`${what} would be copied`);
  if (outcome === 'there' && options.verbose) output.line(`${what} is there already`);
}

function summarize({ output }: CommandContext, { snapshots, blobs, bytes, bytesWritten }: CopyResult): void {
  const countOf = (wanted: CopiedSnapshot['outcome']) => snapshots.filter(({ outcome }) => outcome === wanted).length;
  const [copied, would, there, failed] = [
    countOf('copied'),
    countOf('would-copy'),
    countOf('there'),
    countOf('failed'),
  ];
  if (output.json) {
    output.data({
      message_type: 'summary',
      copied_snapshots: copied + would,
      skipped_snapshots: there,
      failed_snapshots: failed,
      blobs,
      bytes,
      bytes_written: bytesWritten,
    });
    return;
  }
  const what = would > 0 ? `${count(would, 'snapshot')} would be copied` : `${count(copied, 'snapshot')} copied`;
  const rest = [there > 0 ? `${there} there already` : '', failed > 0 ? `${failed} failed` : ''].filter(Boolean);
  output.line([`${what} (${formatBytes(bytes)} of new content)`, ...rest].join(', '));
}
