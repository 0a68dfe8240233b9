import type { SnapshotRow } from '../../worker/engineProtocol.ts';

/**
 * Made without asking, and nobody said anything of it; the subject of a commit counts as being said, the label
 * that a safety snapshot gets by itself does not.
 */
export function isExpendable({ trigger, label, keep }: SnapshotRow): boolean {
  if (trigger === undefined || trigger === 'manual' || keep) return false;
  return label === undefined || trigger === 'restore';
}
