import type { Baseline, SnapshotRow } from '../engineProtocol/snapshots.ts';

/** The snapshot, of those of a folder, newest first, from which its changes are told. Undefined if there is none such. */
export function baselineOf(rows: readonly SnapshotRow[], baseline: Baseline): SnapshotRow | undefined {
  switch (baseline.kind) {
    case 'last':
      return rows[0];
    case 'commit':
      return rows.find(({ commit }) => commit !== undefined);
    case 'agent':
      return beforeAgent(rows);
    case 'before': {
      const limit = Date.parse(baseline.time);
      // Of what began later, all there is.
      return rows.find(({ time }) => Date.parse(time) < limit) ?? rows.at(-1);
    }
    case 'snapshot': {
      const { id, time } = baseline;
      // A label or a pin gives it another id.
      return rows.find((row) => row.id === id) ?? rows.find((row) => row.time === time);
    }
  }
}

/** The first snapshot of a session has what the agent did until then, so it is the one before it. */
function beforeAgent(rows: readonly SnapshotRow[]): SnapshotRow | undefined {
  const newest = rows.find(({ actor }) => actor?.kind === 'agent')?.actor;
  if (!newest) return undefined;
  const { name, session } = newest;
  const first = rows.findLast(
    ({ actor }) => actor?.kind === 'agent' && actor.name === name && actor.session === session,
  )!;
  return rows.find(({ id }) => id === first.previous) ?? first;
}
