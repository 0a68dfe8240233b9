import { executeForget, type ForgetPlan, type Repository, type SnapshotId } from '../engine/index.ts';
import { lockOptions, type CommandContext } from './context.ts';
import { reportForget } from './forgetText.ts';
import { count } from './format.ts';

/** Shows what a plan keeps and removes, does it unless it is a dry run, and says what was removed, also if it ends early. */
export async function runForget(
  context: CommandContext,
  repository: Repository,
  plan: ForgetPlan,
  dryRun: boolean,
): Promise<void> {
  reportForget(context, plan, dryRun);
  const removed: SnapshotId[] = dryRun ? plan.remove.map(({ id }) => id) : [];
  try {
    if (!dryRun)
      await executeForget(repository, plan, { ...lockOptions(context), onRemoved: (id) => removed.push(id) });
  } finally {
    const { output } = context;
    if (output.json) output.data({ message_type: 'forget', dry_run: dryRun, removed });
    else if (!dryRun) output.line(`${count(removed.length, 'snapshot')} removed`);
  }
}
