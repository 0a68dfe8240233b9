import { Option, type Command } from 'commander';
import { reviewCaches, type CacheReport } from '../../engine/index.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { count, formatBytes } from '../format.ts';
import { createCommand, parseWholeNumber } from '../globalOptions.ts';
import { runs } from '../runCommand.ts';
import { accessOf } from '../storageOptions.ts';

interface CacheCommandOptions {
  readonly cleanup?: boolean;
  /** Days. */
  readonly maxAge: number;
  /** False by `--no-size`. */
  readonly size: boolean;
}

const DAY = 24 * 3_600_000;

/** `cairn cache`. */
export function cacheCommand(): Command {
  return createCommand(
    'cache',
    'list, or clean up, what is cached of far storage',
    'What is removed here is fetched again when it is needed.',
  )
    .option('--cleanup', 'remove old caches')
    .addOption(
      new Option('--max-age <days>', 'caches that were not used for longer are old')
        .argParser(parseWholeNumber(0))
        .default(30),
    )
    .option('--no-size', 'do not look how large they are')
    .action(runs<CacheCommandOptions>(showCaches, { onlyPrints: true }))
    .addHelpText(
      'after',
      `
Examples:
  cairn cache
  cairn cache --cleanup --max-age 7
`,
    );
}

async function showCaches({ options: global, output }: CommandContext, options: CacheCommandOptions): Promise<number> {
  const { cleanup = false, maxAge, size } = options;
  const { folder, caches } = reviewCaches(accessOf(global), {
    maxAgeDays: maxAge,
    withSizes: size,
    removeOld: cleanup,
  });
  if (output.json) {
    output.data({ message_type: 'caches', folder, caches: caches.map(toData) });
    return EXIT_DONE;
  }
  const rows = caches.map((cache) => [
    cache.repositoryId.slice(0, 10),
    `${Math.floor((Date.now() - cache.usedAt) / DAY)} days ago`,
    cache.isRemoved ? 'removed' : cache.isOld ? 'yes' : '',
    cache.size === undefined ? '' : formatBytes(cache.size),
  ]);
  const lines = [['Repository', 'Last used', 'Old', size ? 'Size' : ''], ...rows];
  const widths = [10, 12, 7, 0];
  for (const line of lines)
    output.line(
      line
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    );
  output.line(`${count(caches.length, 'cache')} in ${folder}`);
  return EXIT_DONE;
}

function toData({ repositoryId, usedAt, isOld, isRemoved, size }: CacheReport): object {
  return {
    repository_id: repositoryId,
    last_used: new Date(usedAt).toISOString(),
    old: isOld,
    removed: isRemoved,
    ...(size !== undefined && { size }),
  };
}
