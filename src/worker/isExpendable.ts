import type { SnapshotRow } from './engineProtocol.ts';

/**
 * Whether retention may take a snapshot: made without asking, and nobody said anything of it; the subject of a commit counts as being said, the label
 * that a safety snapshot gets by itself does not.
 */
export function isExpendable({ trigger, label, keep }: Pick<SnapshotRow, 'trigger' | 'label' | 'keep'>): boolean {
  if (trigger === undefined || trigger === 'manual' || keep) return false;
  return label === undefined || trigger === 'restore';
}
