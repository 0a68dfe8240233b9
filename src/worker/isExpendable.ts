import type { SnapshotRow } from './engineProtocol/snapshots.ts';

/**
 * Whether retention may take a snapshot: made without asking, and nobody said anything of it. The subject of a commit
 * is said by nobody as long as the snapshot is as it was made; the label of a safety snapshot never is.
 */
export function isExpendable({
  trigger,
  label,
  keep,
  original,
}: Pick<SnapshotRow, 'trigger' | 'label' | 'keep' | 'original'>): boolean {
  if (trigger === undefined || trigger === 'manual' || keep) return false;
  return label === undefined || trigger === 'restore' || (trigger === 'commit' && original === undefined);
}
