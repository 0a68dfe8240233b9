import { asId } from '../../../../src/repository/format/ids.ts';
import type { Snapshot } from '../../../../src/repository/format/snapshot.ts';
import type { StoredSnapshot } from '../../../../src/repository/snapshots.ts';

/** A snapshot entry of which only the properties matter that retention looks at. The time doubles as the id. */
export function entry(time: string, properties: Partial<Snapshot> = {}): StoredSnapshot {
  const snapshot = {
    time,
    tree: asId<Snapshot['tree']>('0'.repeat(64)),
    paths: ['/work'],
    hostname: 'host',
    ...properties,
  };
  return { id: asId(time), snapshot };
}

/** Long after every snapshot of the tests. */
export const NOW = 4_000_000_000n * 1_000_000_000n;
