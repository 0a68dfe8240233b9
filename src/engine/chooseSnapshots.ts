import {
  findSnapshot,
  listSnapshots,
  matchesFilter,
  type SnapshotFilter,
  type StoredSnapshot,
} from '../repository/snapshots.ts';
import type { Repository } from '../repository/repository.ts';

/** Which snapshots a command looks at. */
export interface SnapshotChoice {
  /** `latest`, ids or beginnings of ids. Without any, all that pass the filter. */
  readonly snapshots?: readonly string[];
  /** Also says which one is `latest`. */
  readonly filter?: SnapshotFilter;
  readonly signal?: AbortSignal;
}

/**
 * The chosen snapshots, newest first, none twice. Of those not named, one that cannot be read is left
 * out and told to `onDamaged`. Throws `snapshot-not-found` or `ambiguous-id` for a name.
 */
export async function chooseSnapshots(
  repository: Repository,
  choice: SnapshotChoice,
  onDamaged: (id: string, error: unknown) => void = () => {},
): Promise<StoredSnapshot[]> {
  const { snapshots: names = [], filter = {}, signal } = choice;
  const all = await listSnapshots(repository, { onDamaged, ...(signal && { signal }) });
  all.reverse();
  if (names.length === 0) return all.filter(({ snapshot }) => matchesFilter(snapshot, filter));
  // Thousands may be named by their ids, and to find one means to list all.
  const ids = new Set<string>(all.map(({ id }) => id));
  const named = new Set<string>();
  for (const name of names) named.add(ids.has(name) ? name : (await findSnapshot(repository, name, filter)).id);
  return all.filter(({ id }) => named.has(id));
}
