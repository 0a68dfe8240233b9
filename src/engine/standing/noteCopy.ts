import type { Backend } from '../../backend/backend.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import { parseTime } from '../../repository/format/time.ts';
import type { Repository } from '../../repository/repository.ts';
import { listSnapshots, type StoredSnapshot } from '../../repository/snapshots.ts';
import type { CopyResult } from '../copy/copySnapshots.ts';
import type { ReplicateResult } from '../replicate/replicateTypes.ts';
import { changeLedger, type Ledger } from './ledger.ts';
import { isSame, recordOf, repositoryPlace, withRecord } from './placeOf.ts';
import type { CopiedFolder, CopyRecord, PlaceName, PlaceRecord, Time } from './placeRecord.ts';

/** From where to where something is copied. */
export interface CopyWay {
  readonly how: CopyRecord['how'];
  readonly from: PlaceName;
  readonly to: PlaceName;
}

/** The ledger when a run begins that copies all of a repository: what is backed up from now on may miss it. */
export function beforeCopy(places: readonly PlaceRecord[], from: PlaceName, now: Time): readonly PlaceRecord[] {
  return places.map((place) => (isSame(place, from) ? { ...place, copiedSince: now } : place));
}

/** The ledger when such a run has ended. Not `isWhole`: something could not be copied. */
export function afterCopy(
  places: readonly PlaceRecord[],
  way: CopyWay,
  { began, now, isWhole }: { readonly began: Time; readonly now: Time; readonly isWhole: boolean },
): readonly PlaceRecord[] {
  return putCopy(places, way, now, (copy) => {
    if (!isWhole) return copy;
    const folders = foldersAt(places, way.from).map(({ path, last, changed, waiting }) => {
      const missed = changed !== undefined && changed >= began ? began : undefined;
      return { path, held: last < began ? last : began, ...waitingSince(missed, waiting) };
    });
    return { ...copy, last: began, folders: withOthers<CopiedFolder>(folders, copy.folders) };
  });
}

function waitingSince(...times: readonly (Time | undefined)[]): Pick<CopiedFolder, 'waiting'> {
  const [oldest] = times.filter((time) => time !== undefined).sort();
  return oldest === undefined ? {} : { waiting: oldest };
}

/** What a place has of a folder: all that was on the disk at `last`, less what waits. */
interface FolderAt {
  readonly path: DiskPath;
  readonly last: Time;
  /** Of a folder that is backed up straight to it: when the last change came. */
  readonly changed?: Time;
  readonly waiting?: Time;
}

/** What a place has of the folders of this computer. */
function foldersAt(places: readonly PlaceRecord[], name: PlaceName): readonly FolderAt[] {
  const own = places.filter((each) => isSame(each, name));
  // It may be known by another way to write its location.
  const found = own.length > 0 ? own : places.filter(({ repository }) => repository === name.repository);
  const copied = found.flatMap(({ copies }) => copies.flatMap(({ folders }) => folders));
  return withOthers<FolderAt>(
    found.flatMap(({ backups }) => backups),
    copied.flatMap(({ held, ...folder }) => (held === undefined ? [] : [{ ...folder, last: held }])),
  );
}

function withOthers<T extends { readonly path: DiskPath }>(folders: readonly T[], others: readonly T[]): readonly T[] {
  const rest = others.filter((other) => !folders.some(({ path }) => isSamePlace(path, other.path)));
  return [...folders, ...rest];
}

function putCopy(
  places: readonly PlaceRecord[],
  { how, from, to }: CopyWay,
  now: Time,
  change: (copy: CopyRecord) => CopyRecord,
): readonly PlaceRecord[] {
  const record = recordOf(places, to, now);
  const known = record.copies.find((copy) => copy.how === how && copy.repository === from.repository);
  const copy: CopyRecord = known ?? { how, repository: from.repository!, from: from.location, folders: [] };
  const changed = change({ ...copy, from: from.location });
  const copies = known ? record.copies.map((each) => (each === known ? changed : each)) : [...record.copies, changed];
  return withRecord(places, { ...record, copies });
}

/** Writes down that a repository is replicated, and what that came to. Throws what `replicate` throws. */
export async function noteReplication(
  ledger: Ledger,
  source: Repository,
  replica: Backend,
  replicate: () => Promise<ReplicateResult>,
): Promise<ReplicateResult> {
  const { id } = source.config;
  const from = repositoryPlace(source.backend, id);
  const way: CopyWay = { how: 'replica', from, to: repositoryPlace(replica, id) };
  const began = new Date().toISOString();
  await changeLedger(ledger, (places) => beforeCopy(places, from, began));
  const result = await replicate();
  const run = { began, now: new Date().toISOString(), isWhole: result.problems.length === 0 };
  await changeLedger(ledger, (places) => afterCopy(places, way, run));
  return result;
}

/** Writes down what a copy of snapshots came to. Throws nothing. */
export async function noteCopied(
  ledger: Ledger,
  source: Repository,
  target: Repository,
  result: CopyResult,
): Promise<void> {
  const way: CopyWay = {
    how: 'copy',
    from: repositoryPlace(source.backend, source.config.id),
    to: repositoryPlace(target.backend, target.config.id),
  };
  const there = new Set<string>(
    result.snapshots.flatMap(({ id, outcome }) => (outcome === 'copied' || outcome === 'there' ? [id] : [])),
  );
  if (there.size === 0) return;
  let snapshots: readonly StoredSnapshot[];
  try {
    snapshots = await listSnapshots(source, { onDamaged: () => {} });
  } catch (error) {
    return ledger.onTrouble(`What "cairn status" says may be out of date: ${(error as Error).message}`);
  }
  await changeLedger(ledger, (places) =>
    afterSnapshots(places, way, { snapshots, there, now: new Date().toISOString() }),
  );
}

/** The ledger when some snapshots are in the other repository. `snapshots`: all of the source, oldest first. */
export function afterSnapshots(
  places: readonly PlaceRecord[],
  way: CopyWay,
  {
    snapshots,
    there,
    now,
  }: { readonly snapshots: readonly StoredSnapshot[]; readonly there: ReadonlySet<string>; readonly now: Time },
): readonly PlaceRecord[] {
  return putCopy(places, way, now, (copy) => {
    const folders = foldersAt(places, way.from).flatMap(({ path, waiting }) => {
      const own = snapshots.filter(({ snapshot }) => snapshot.paths.some((each) => isSamePlace(each, path)));
      const newest = own.findLastIndex(({ id }) => there.has(id));
      if (newest < 0) return [];
      const before = copy.folders.find((folder) => isSamePlace(folder.path, path));
      const held = timeOf(own[newest]!);
      // An older one than the newest that came before says nothing new.
      if (before?.held !== undefined && before.held >= held) return [before];
      const next = own[newest + 1];
      return [{ path, held, ...waitingSince(next && timeOf(next), waiting) }];
    });
    return { ...copy, last: now, folders: withOthers<CopiedFolder>(folders, copy.folders) };
  });
}

function timeOf({ snapshot }: StoredSnapshot): Time {
  return new Date(Number(parseTime(snapshot.time) / 1_000_000n)).toISOString();
}
