import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
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
 * for whoever removes. Throws as `checkPolicy` does, and `refused` if no rule keeps anything of a group,
 * as restic refuses it: that is a mistyped tag more often than meant.
 */
export function planForget<Entry extends StoredSnapshot>(
  entries: readonly Entry[],
  policy: ForgetPolicy,
  options: PlanForgetOptions,
): ForgetGroup<Entry>[] {
  checkPolicy(policy);
  const chosen = entries.filter(({ snapshot }) => matchesFilter(snapshot, options.filter ?? {}));
  return groupSnapshots(chosen, options.groupBy).map(({ key, entries: group }) => {
    const result = applyPolicy(group, policy, options);
    const isKept = result.keep.some(({ isByRule }) => isByRule);
    if (options.protectNewest !== false && !isKept && result.remove.length > 0) throw keepsNothing(key, policy);
    return { key, ...result };
  });
}

function keepsNothing({ host, paths, tags }: GroupKey, policy: ForgetPolicy): CairnError {
  const parts = [
    ...(host === undefined ? [] : [`host ${host}`]),
    ...(paths === undefined ? [] : [`paths ${paths.map(displayPath).join(', ')}`]),
    ...(tags === undefined ? [] : [`tags ${tags.join(', ') || 'none'}`]),
  ];
  const group = parts.length > 0 ? ` with ${parts.join(', ')}` : '';
  const asked = policy.tags?.map((list) => list.join(',')).join(' ') ?? '';
  return new CairnError(
    'refused',
    `No rule keeps any of the snapshots${group}, so nothing is forgotten. ` +
      (asked === '' ? '' : `Check the tag to keep: ${asked}. `) +
      'To forget them all the same, name them one by one, or choose others by --tag, --host or --path.',
  );
}
