import { matchesFilter, type SnapshotFilter, type StoredSnapshot } from '../../repository/snapshots.ts';
import { applyPolicy, type ApplyPolicyOptions, type PolicyResult } from './applyPolicy.ts';
import { groupSnapshots, type GroupBy, type GroupKey } from './groupSnapshots.ts';
import { checkPolicy, type ForgetPolicy } from './policy.ts';

/** Which snapshots are judged, and how. */
export interface PlanForgetOptions extends ApplyPolicyOptions {
  readonly filter?: SnapshotFilter;
  /** By host and paths, if absent. */
  readonly groupBy?: GroupBy;
}

/** What a policy says of one group. */
export interface ForgetGroup<Entry extends StoredSnapshot> extends PolicyResult<Entry> {
  readonly key: GroupKey;
}

/**
 * Filters, groups and judges snapshots by a policy. Nothing is removed: the plan is for showing and
 * for whoever removes. Throws as `checkPolicy` does.
 */
export function planForget<Entry extends StoredSnapshot>(
  entries: readonly Entry[],
  policy: ForgetPolicy,
  options: PlanForgetOptions,
): ForgetGroup<Entry>[] {
  checkPolicy(policy);
  const chosen = entries.filter(({ snapshot }) => matchesFilter(snapshot, options.filter ?? {}));
  return groupSnapshots(chosen, options.groupBy).map((group) => ({
    key: group.key,
    ...applyPolicy(group.entries, policy, options),
  }));
}
