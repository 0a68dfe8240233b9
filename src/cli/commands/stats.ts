import { Option, type Command } from 'commander';
import { stats, type Stats, type StatsMode } from '../../engine/index.ts';
import { withReading, type CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { formatBytes } from '../format.ts';
import { createCommand } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';

interface StatsCommandOptions extends FilterOptions {
  readonly mode: StatsMode;
  readonly lock: boolean;
}

/** `cairn stats`. */
export function statsCommand(): Command {
  const command = createCommand('stats', 'say how much snapshots hold and take')
    .argument('[snapshot...]', 'only these; all if none is named')
    .addOption(
      new Option('--mode <mode>', 'what is counted')
        .choices(['restore-size', 'files-by-contents', 'raw-data'])
        .default('restore-size'),
    );
  return addSnapshotFilters(command)
    .action(runs<StatsCommandOptions, [string[]]>(showStats))
    .addHelpText(
      'after',
      `
Modes:
  restore-size       what restoring each snapshot would write
  files-by-contents  each different content of a file once
  raw-data           what they take in the repository

Examples:
  cairn stats latest
  cairn stats --mode raw-data
`,
    );
}

async function showStats(context: CommandContext, options: StatsCommandOptions, snapshots: string[]): Promise<number> {
  const { output, signal } = context;
  const { mode } = options;
  const choice = { snapshots, filter: snapshotFilter(context, options), signal };
  const result = await withReading(context, options, (session) => stats(session, { mode, ...choice }));
  if (output.json) output.data({ message_type: 'stats', mode, ...statsToData(result) });
  else for (const line of describe(result)) output.line(line);
  return EXIT_DONE;
}

function describe({ snapshots, totalSize, totalFiles, totalBlobs, compression }: Stats): string[] {
  const lines = [`Snapshots:    ${snapshots}`];
  if (totalFiles !== undefined) lines.push(`Files:        ${totalFiles}`);
  if (totalBlobs !== undefined) lines.push(`Blobs:        ${totalBlobs}`);
  lines.push(`Size:         ${formatBytes(totalSize)}`);
  if (compression) {
    const { uncompressedSize, ratio, spaceSaving } = compression;
    lines.push(`Uncompressed: ${formatBytes(uncompressedSize)}`);
    lines.push(`Compression:  ${ratio.toFixed(2)}x, ${spaceSaving.toFixed(1)} % saved`);
  }
  return lines;
}

/** With restic's field names. */
function statsToData({ snapshots, totalSize, totalFiles, totalBlobs, compression }: Stats): object {
  return {
    snapshots_count: snapshots,
    total_size: totalSize,
    ...(totalFiles !== undefined && { total_file_count: totalFiles }),
    ...(totalBlobs !== undefined && { total_blob_count: totalBlobs }),
    ...(compression && {
      total_uncompressed_size: compression.uncompressedSize,
      compression_ratio: compression.ratio,
      compression_progress: compression.progress,
      compression_space_saving: compression.spaceSaving,
    }),
  };
}
