import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Comparison } from '../documents/comparison.ts';
import type { Target } from '../targets/targetStore.ts';

/** Two snapshots of a target, as documents are compared; `before` is absent when all is new. */
export function comparisonOf({ id: target }: Target, before: SnapshotRow | undefined, after: SnapshotRow): Comparison {
  return {
    ...(before && { before: { kind: 'snapshot', snapshot: before, target } }),
    after: { kind: 'snapshot', snapshot: after, target },
  };
}
