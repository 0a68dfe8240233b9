import { allAtOnce } from '../base/atOnce.ts';
import { CairnError, errorCode, strikesEveryCall } from '../base/errors.ts';
import { createGiveWay } from '../base/giveWay.ts';
import { asId, type SnapshotId } from './format/ids.ts';
import { parseSnapshot, snapshotToJson, type Snapshot } from './format/snapshot.ts';
import { parseTime } from './format/time.ts';
import type { Repository } from './repository.ts';
import { hasPlace } from '../base/samePlace.ts';

/** A snapshot and the name of its file. */
export interface StoredSnapshot {
  readonly id: SnapshotId;
  readonly snapshot: Snapshot;
}

/** How many hex digits of an id are shown to people, as restic does. */
export const SHORT_ID_LENGTH = 8;

const keptSnapshots = new WeakMap<Repository, Map<SnapshotId, Snapshot>>();

/** Makes snapshots of this repository be read once, as long as they are there: for one that stays open. */
export function keepSnapshots(repository: Repository): void {
  keptSnapshots.set(repository, new Map());
}

/** Makes `other`, another view of the same repository, keep what `repository` does. */
export function shareKeptSnapshots(repository: Repository, other: Repository): void {
  const kept = keptSnapshots.get(repository);
  if (kept) keptSnapshots.set(other, kept);
}

/**
 * All snapshots, oldest first. One that cannot be read is given to `onDamaged`; without that callback, and where none
 * could be read as the storage is now, it is thrown.
 */
export async function listSnapshots(
  repository: Repository,
  options: { readonly signal?: AbortSignal; readonly onDamaged?: (id: SnapshotId, error: unknown) => void } = {},
): Promise<StoredSnapshot[]> {
  const found: (StoredSnapshot & { time: bigint })[] = [];
  const ids = await listSnapshotIds(repository, options);
  const kept = keptSnapshots.get(repository);
  dropOthers(kept, ids);
  const { signal, onDamaged } = options;
  const giveWay = createGiveWay(signal);
  const read = async (id: SnapshotId) => {
    await giveWay();
    try {
      const snapshot = kept?.get(id) ?? (await readSnapshot(repository, id, signal));
      found.push({ id, snapshot, time: parseTime(snapshot.time) });
    } catch (error) {
      // Somebody else forgot it since it was listed.
      if (errorCode(error) === 'file-not-found') return;
      if (!onDamaged || errorCode(error) === 'aborted' || strikesEveryCall(error)) throw error;
      onDamaged(id, error);
    }
  };
  await allAtOnce(ids, repository.backend.properties.connections, read);
  found.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : a.id < b.id ? -1 : 1));
  return found.map(({ id, snapshot }) => ({ id, snapshot }));
}

/** The ids of all snapshots, in no order. */
export async function listSnapshotIds(
  repository: Repository,
  options: { readonly signal?: AbortSignal } = {},
): Promise<SnapshotId[]> {
  return (await repository.backend.list('snapshot', options)).map(({ name }) => asId<SnapshotId>(name));
}

/** Throws `file-not-found` or `repository-damaged`. */
export async function loadSnapshot(repository: Repository, id: SnapshotId): Promise<Snapshot> {
  const kept = keptSnapshots.get(repository)?.get(id);
  if (!kept) return readSnapshot(repository, id);
  await repository.backend.stat({ type: 'snapshot', name: id });
  return kept;
}

async function readSnapshot(repository: Repository, id: SnapshotId, signal?: AbortSignal): Promise<Snapshot> {
  const snapshot = parseSnapshot(await repository.readFile('snapshot', id, signal));
  keptSnapshots.get(repository)?.set(id, snapshot);
  return snapshot;
}

function dropOthers(kept: Map<SnapshotId, Snapshot> | undefined, ids: readonly SnapshotId[]): void {
  const present = new Set(ids);
  for (const id of kept?.keys() ?? []) if (!present.has(id)) kept!.delete(id);
}

/** Stores a snapshot: the last step of a backup, after its packs and index are durable. */
export async function saveSnapshot(repository: Repository, snapshot: Snapshot): Promise<SnapshotId> {
  return repository.writeFile('snapshot', snapshotToJson(snapshot));
}

/** Forgets a snapshot, harmless if that is done already; its content stays until prune. */
export async function removeSnapshot(repository: Repository, id: SnapshotId): Promise<void> {
  await repository.backend.remove({ type: 'snapshot', name: id });
}

/** The filters of restic's `--host`, `--tag` and `--path`: each given one must match. */
export interface SnapshotFilter {
  /** One of these host names. */
  readonly hosts?: readonly string[];
  /** All tags of at least one of these lists; `['']` means no tags at all. */
  readonly tags?: readonly (readonly string[])[];
  /** All of these absolute paths. */
  readonly paths?: readonly string[];
  /** Any further condition, on the tags. */
  readonly accepts?: (tags: readonly string[]) => boolean;
}

/** True if the snapshot passes the filter. */
export function matchesFilter(snapshot: Snapshot, filter: SnapshotFilter): boolean {
  const { hosts = [], tags = [], paths = [], accepts } = filter;
  if (hosts.length > 0 && !hosts.includes(snapshot.hostname ?? '')) return false;
  if (tags.length > 0 && !tags.some((list) => hasTags(snapshot, list))) return false;
  if (accepts && !accepts(snapshot.tags ?? [])) return false;
  return paths.every((path) => hasPlace(snapshot.paths, path));
}

/**
 * True if the snapshot has all tags of the list. As in restic, a snapshot without any tag also has
 * every list in which the empty tag stands before all others.
 */
export function hasTags(snapshot: Snapshot, list: readonly string[]): boolean {
  const tags = snapshot.tags ?? [];
  const missing = list.find((tag) => !tags.includes(tag));
  return missing === undefined || (missing === '' && tags.length === 0);
}

/**
 * The snapshot that a person names: `latest` (of those that pass the filter), a full id or a unique
 * prefix of one. Throws `snapshot-not-found` or `ambiguous-id`, and `repository-damaged` for one that
 * cannot be read, be it named or perhaps the latest. `listed`: the ids of all, where they are known.
 */
export async function findSnapshot(
  repository: Repository,
  name: string,
  filter: SnapshotFilter = {},
  listed?: readonly SnapshotId[],
): Promise<StoredSnapshot> {
  const notFound = (what: string) =>
    new CairnError('snapshot-not-found', `${what} in ${repository.backend.location}. "cairn snapshots" lists them.`);
  if (name === 'latest') {
    // One that cannot be read may be the latest: an older one in its place would be a wrong answer.
    const all = await listSnapshots(repository);
    const newest = all.findLast(({ snapshot }) => matchesFilter(snapshot, filter));
    if (!newest) throw notFound('There is no snapshot');
    return newest;
  }
  const ids: readonly string[] = listed ?? (await listSnapshotIds(repository));
  const matches = /^[0-9a-f]+$/.test(name) ? ids.filter((id) => id.startsWith(name)) : [];
  if (matches.length > 1) {
    throw new CairnError(
      'ambiguous-id',
      `${matches.length} snapshots begin with "${name}". Give more digits of the id.`,
    );
  }
  if (matches.length === 0) throw notFound(`There is no snapshot "${name}"`);
  const id = asId<SnapshotId>(matches[0]!);
  return { id, snapshot: await loadSnapshot(repository, id) };
}
