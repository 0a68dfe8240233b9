import {
  executeForget,
  executeForgetIn,
  type ForgetPlan,
  type Repository,
  type Session,
  type SnapshotId,
} from '../engine/index.ts';
import { lockOptions, type CommandContext } from './context.ts';
import { printForgetData, reportForget, type ForgetTextOptions } from './forgetText.ts';
import { count } from './format.ts';

/**
 * Shows what a plan keeps and removes, does it unless it is a dry run, and says what was removed, also if it ends early.
 * @param session one that holds an exclusive lock, if there is one.
 */
export async function runForget(
  context: CommandContext,
  repository: Repository,
  plan: ForgetPlan,
  options: ForgetTextOptions,
  session?: Session,
): Promise<void> {
  const { dryRun } = options;
  reportForget(context, plan, options);
  const removed: SnapshotId[] = dryRun ? plan.remove.map(({ id }) => id) : [];
  try {
    const onRemoved = (id: SnapshotId) => removed.push(id);
    if (session) await executeForgetIn(session, plan, { signal: context.signal, onRemoved });
    else if (!dryRun) await executeForget(repository, plan, { ...lockOptions(context), onRemoved });
  } finally {
    const { output } = context;
    if (output.json) printForgetData(context, plan, removed);
    else if (!dryRun) output.line(`${count(removed.length, 'snapshot')} removed`);
  }
}
