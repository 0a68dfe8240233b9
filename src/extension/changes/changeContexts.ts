import type { ChangeRow } from '../../worker/engineProtocol/snapshots.ts';

/** What a row of a changed file is, as `viewItem` in `when` clauses of the manifest. */
export function contextOfFile({ kind }: ChangeRow): string {
  return kind === 'added' || kind === 'removed' ? `changedFile-${kind}` : 'changedFile';
}

/** The same of a folder with changed files in it: whether the snapshot has it. */
export function contextOfFolder(changes: readonly ChangeRow[]): string {
  return changes.every(({ kind }) => kind === 'added') ? 'changedFolder-added' : 'changedFolder';
}
