import type { SnapshotRow } from '../../worker/engineProtocol.ts';

/** Made without asking, and nobody said anything of it; the subject of a commit counts as being said. */
export function isExpendable({ trigger, label, keep }: SnapshotRow): boolean {
  return trigger !== undefined && trigger !== 'manual' && label === undefined && !keep;
}
