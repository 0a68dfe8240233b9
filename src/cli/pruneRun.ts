import { InvalidArgumentError, type Command } from 'commander';
import { CairnError } from '../base/errors.ts';
import {
  executePrune,
  keepsWhatIsGone,
  parseGrace,
  parseMaxUnused,
  parseSize,
  planPrune,
  withPruneSession,
  type MaxUnused,
  type OpenCodecs,
  type PrunePlan,
  type PruneResult,
  type Repository,
  type Session,
} from '../engine/index.ts';
import { lockOptions, type CommandContext } from './context.ts';
import { EXIT_DONE, EXIT_FAILED } from './exitCodes.ts';
import { count, formatBytes } from './format.ts';

/** The options that {@link addPruneOptions} adds. */
export interface PruneCommandOptions {
  readonly maxUnused?: MaxUnused;
  readonly maxRepackSize?: number;
  readonly repackCacheableOnly?: boolean;
  readonly repackSmallerThan?: number;
  readonly repackSmall?: boolean;
  readonly repackUncompressed?: boolean;
  readonly grace?: number;
  readonly allowEmpty?: boolean;
  readonly dryRun?: boolean;
}

/** Adds the limits of a prune, as restic has them. */
export function addPruneOptions(command: Command): Command {
  return command
    .option('--max-unused <limit>', 'leave so much unused: 5% (the default), 200M or unlimited', parse(parseMaxUnused))
    .option('--max-repack-size <size>', 'rewrite packs of so many bytes at most: 500M', parse(parseSize))
    .option('--repack-cacheable-only', 'rewrite only packs of folder lists')
    .option('--repack-smaller-than <size>', 'merge packs of fewer bytes than so many: 4M', parse(parseSize))
    .option('--repack-small', 'merge also packs that are just below the usual size')
    .option('--repack-uncompressed', 'compress what is stored without compression')
    .option(
      '--grace <duration>',
      'leave packs alone that are newer: 24h (the default), 2d, or 0 if no program without locks, such as rustic, writes here',
      parse(parseGrace),
    )
    .option('--allow-empty', 'also when there is no snapshot, which removes everything');
}

/** Turns a refused value into what commander explains together with the option's name. */
function parse<T>(parser: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parser(text);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  };
}

/** What is to be forgotten before a prune, under its lock. */
export interface ForgetFirst {
  readonly snapshots: PrunePlan['ignoredSnapshots'];
  /** Absent for a dry run. */
  readonly forget?: (session: Session) => Promise<void>;
}

/**
 * Plans a prune, shows the plan, and unless it is a dry run executes it. Returns the exit code.
 */
export async function runPrune(
  context: CommandContext,
  openCodecs: OpenCodecs,
  repository: Repository,
  options: PruneCommandOptions,
  { snapshots: ignoredSnapshots, forget }: ForgetFirst = { snapshots: [] },
): Promise<number> {
  const { output, signal } = context;
  const progress = output.progress;
  const shared = { signal, ...(progress && { onProgress: progress }) };
  const dryRun = options.dryRun ?? false;
  requireLock(context, dryRun);
  const isUnlocked = context.options.lock === false;
  const onRoomMade = (files: number, bytes: number) =>
    output.note(
      `removed ${count(files, 'file')} that nobody needs (${formatBytes(bytes)}): the disk had no room for the lock`,
    );
  return withPruneSession(repository, { ...lockOptions(context), onRoomMade, isUnlocked }, async (session) => {
    await forget?.(session);
    const plan = await planPrune(session, { ...pruneLimits(options), ignoredSnapshots, ...shared });
    reportPlan(context, plan, dryRun);
    if (dryRun) return EXIT_DONE;
    const result = await executePrune(session, openCodecs, plan, shared);
    return reportResult(context, result, keepsWhatIsGone(repository));
  });
}

/** Throws `usage` for a command that removes something without a lock, as restic does. */
export function requireLock({ options }: CommandContext, dryRun: boolean): void {
  if (options.lock === false && !dryRun)
    throw new CairnError('usage', '--no-lock is for looking: here it works with --dry-run only.');
}

function pruneLimits(options: PruneCommandOptions) {
  const { maxUnused, maxRepackSize, repackSmall, repackUncompressed, grace, allowEmpty } = options;
  const { repackCacheableOnly, repackSmallerThan } = options;
  return {
    ...(maxUnused !== undefined && { maxUnused }),
    ...(maxRepackSize !== undefined && { maxRepackSize }),
    ...(repackCacheableOnly && { repackTreesOnly: true }),
    ...(repackSmallerThan !== undefined && { repackSmallerThan }),
    ...(repackSmall && { repackSmall }),
    ...(repackUncompressed && { repackUncompressed }),
    ...(grace !== undefined && { graceMs: grace }),
    ...(allowEmpty && { allowEmpty }),
  };
}

function reportPlan({ output }: CommandContext, plan: PrunePlan, dryRun: boolean): void {
  const { stats } = plan;
  if (output.json) return output.data({ message_type: 'prune_plan', dry_run: dryRun, ...stats });
  if (output.verbosity < 0) return;
  const amount = ({ blobs, bytes }: { blobs: number; bytes: number }) =>
    `${formatBytes(bytes)} in ${count(blobs, 'blob')}`;
  output.line(`Used:      ${amount(stats.used)}`);
  output.line(`Unused:    ${amount(stats.unused)}, ${formatBytes(stats.duplicate.bytes)} stored twice`);
  const { leftovers, waiting } = stats;
  if (stats.packs.unreferenced + leftovers.files > 0) {
    const bytes = formatBytes(stats.unreferencedBytes + leftovers.bytes);
    const files = leftovers.files > 0 ? ` and ${count(leftovers.files, 'file')} that never got a name` : '';
    output.line(`Left over: ${count(stats.packs.unreferenced, 'pack')}${files}, ${bytes}, from interrupted runs`);
  }
  if (waiting.packs > 0) {
    output.line(
      `Waiting:   ${formatBytes(waiting.bytes)} in ${count(waiting.packs, 'pack')} that a program without locks may be about to use, so new are they`,
    );
    output.note('"--grace 0" removes them now; only Cairn and restic may write to the repository then');
  }
  const { removed, repacked, kept } = stats.packs;
  const verbs = dryRun ? ['Would remove', 'rewrite', 'keep'] : ['Removing', 'rewriting', 'keeping'];
  output.line(
    `${verbs[0]} ${count(removed, 'pack')}, ${verbs[1]} ${repacked} (${formatBytes(stats.repacked.bytes)} to read), ${verbs[2]} ${kept}`,
  );
  const frees = dryRun ? 'Would free' : 'Frees';
  output.line(`${frees}: ${formatBytes(stats.freedBytes)}; ${formatBytes(stats.remainingUnusedBytes)} stay unused`);
}

function reportResult({ output }: CommandContext, result: PruneResult, isGuarded: boolean): number {
  for (const { file, message } of result.notRemoved) output.warn(message, { item: file });
  if (output.json) output.data({ message_type: 'pruned', ...result });
  else if (output.verbosity >= 0) {
    output.line(
      `removed ${count(result.packsRemoved, 'pack')}, ${formatBytes(result.bytesRemoved)}; wrote ${formatBytes(result.bytesWritten)}`,
    );
  }
  if (isGuarded && result.bytesRemoved > 0)
    output.note('the guard keeps for some days what was removed; "cairn guard release --now" frees the space now');
  return result.notRemoved.length > 0 ? EXIT_FAILED : EXIT_DONE;
}
