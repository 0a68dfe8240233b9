import type { SnapshotRow } from './engineProtocol/snapshots.ts';

/**
 * Whether retention may take a snapshot: made without asking, and nobody said anything of it. The label with which it was
 * made, as the subject of a commit or what git or an agent did, is said by nobody; the label of a safety snapshot never is.
 */
export function isExpendable({
  trigger,
  label,
  keep,
  original,
}: Pick<SnapshotRow, 'trigger' | 'label' | 'keep' | 'original'>): boolean {
  if (trigger === undefined || trigger === 'manual' || keep) return false;
  return label === undefined || trigger === 'restore' || original === undefined;
}
