import type { Command } from 'commander';
import {
  parseGroupBy,
  planForgetAll,
  planForgetByName,
  planForgetByPolicy,
  type ForgetPlan,
  type GroupBy,
  type OpenCodecs,
  type Repository,
  type Session,
} from '../../engine/index.ts';
import { CairnError } from '../../base/errors.ts';
import { withCodecsAhead, withOpenRepository, type CommandContext } from '../context.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exitCodes.ts';
import { runForget } from '../forgetRun.ts';
import { createCommand } from '../globalOptions.ts';
import { addKeepOptions, keepPolicy, type KeepOptions } from '../keepOptions.ts';
import { addPruneOptions, requireLock, runPrune, type PruneCommandOptions } from '../pruneRun.ts';
import { runs } from '../runCommand.ts';
import { addSnapshotFilters, snapshotFilter, type FilterOptions } from '../snapshotFilters.ts';

interface ForgetCommandOptions extends KeepOptions, FilterOptions, PruneCommandOptions {
  readonly groupBy?: GroupBy;
  readonly prune?: boolean;
  readonly force?: boolean;
  readonly compact?: boolean;
  readonly unsafeAllowRemoveAll?: boolean;
}

/** `cairn forget`. */
export function forgetCommand(): Command {
  const command = createCommand(
    'forget',
    'remove snapshots by a policy, or by name',
    'A snapshot stays if any rule keeps it; the newest of each group and those tagged "keep" always stay. Content is removed by prune, or at once with --prune.',
  )
    .argument('[snapshot...]', 'forget exactly these: ids or beginnings of ids')
    .option('-n, --dry-run', 'say what would go and what stays, and why')
    .option('-g, --group-by <properties>', "apply the rules to each of: host,paths,tags, or ''", parseGroupBy)
    .option('-c, --compact', 'say less of each snapshot')
    .option(
      '--unsafe-allow-remove-all',
      'with a filter and no rule: forget all that pass it, but for those tagged "keep"',
    )
    .option('--force', 'with names: also snapshots tagged "keep", and damaged ones')
    .option('--prune', 'give back the space at once; what follows is for that');
  return addSnapshotFilters(addKeepOptions(addPruneOptions(command), { hasLetters: true }), { hasLetter: false })
    .action(runs<ForgetCommandOptions, [string[]]>(forget))
    .addHelpText(
      'after',
      `
Examples:
  cairn forget --keep-daily 7 --keep-weekly 5 --keep-monthly 12 --dry-run
  cairn forget --keep-within 1m --prune
  cairn forget 1a2b3c4d
`,
    );
}

async function forget(context: CommandContext, options: ForgetCommandOptions, names: string[]): Promise<number> {
  return withCodecsAhead(context, (openCodecs, onPassword) => {
    const opening = options.prune && !options.dryRun ? { onPassword } : {};
    return withOpenRepository(context, opening, (repository) =>
      forgetIn(repository, openCodecs, context, options, names),
    );
  });
}

async function forgetIn(
  repository: Repository,
  openCodecs: OpenCodecs,
  context: CommandContext,
  options: ForgetCommandOptions,
  names: string[],
): Promise<number> {
  const dryRun = options.dryRun ?? false;
  requireLock(context, dryRun);
  const how = { dryRun, isCompact: options.compact ?? false };
  const plan = await makePlan(repository, context, options, names);
  const snapshots = plan.remove.map(({ id }) => id);
  const prunes = options.prune === true && snapshots.length > 0;
  if (prunes && !dryRun) {
    const forget = (session: Session) => runForget(context, repository, plan, how, session);
    return runPrune(context, openCodecs, repository, options, { snapshots, forget });
  }
  await runForget(context, repository, plan, how);
  if (prunes) return runPrune(context, openCodecs, repository, options, { snapshots });
  return plan.unreadable.length > 0 ? EXIT_FAILED : EXIT_DONE;
}

function makePlan(
  repository: Repository,
  context: CommandContext,
  options: ForgetCommandOptions,
  names: string[],
): Promise<ForgetPlan> {
  const policy = keepPolicy(options);
  if (names.length > 0) {
    if (policy) throw new CairnError('usage', 'Give names of snapshots or rules of what to keep, not both.');
    return planForgetByName(repository, names, { force: options.force ?? false });
  }
  if (!policy && options.unsafeAllowRemoveAll)
    return planForgetAll(repository, snapshotFilter(context, options), context.signal);
  return planForgetByPolicy(repository, policy ?? {}, {
    filter: snapshotFilter(context, options),
    signal: context.signal,
    ...(options.groupBy && { groupBy: options.groupBy }),
  });
}
