import { hasPlace, isSamePlace } from '../../base/samePlace.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { Repository } from '../../repository/repository.ts';
import type { BackupResult } from '../backup/backupOptions.ts';
import type { MirrorPlan } from '../mirror/mirrorPlan.ts';
import type { MirrorResult } from '../mirror/executeMirror.ts';
import { changeLedger, type Ledger } from './ledger.ts';
import { folderPlace, isSame, recordOf, repositoryPlace, withRecord } from './placeOf.ts';
import type { BackupRecord, CopyRecord, PlaceName, PlaceRecord, Time } from './placeRecord.ts';

/** What is to be known of a backup. */
export interface BackupFacts {
  /** What was backed up. Absolute. */
  readonly paths: readonly DiskPath[];
  /** The host that the snapshot names. */
  readonly host?: string;
  /** When it began. */
  readonly began: Time;
  readonly now: Time;
  /** It stored what was not stored there before. */
  readonly isChange: boolean;
  readonly unread: number;
  /** There are many, so that times need not be exact, as long as nothing else is to be written. */
  readonly isOneOfMany?: boolean;
}

/** So old may be what the ledger says of frequent backups. Milliseconds. */
const PRECISION = 5 * 60_000;
/** The same for a folder that goes to several repositories, since it counts there which was first. */
const PRECISION_OF_SEVERAL = 10_000;

/** Writes down a backup that is stored, or that found nothing to store. Throws nothing. */
export async function noteBackup(
  ledger: Ledger,
  { backend, config }: Repository,
  result: BackupResult,
  facts: Pick<BackupFacts, 'paths' | 'host' | 'isOneOfMany'>,
): Promise<void> {
  const { summary, problems, leftOut, snapshotId, parent } = result;
  const { filesNew, filesChanged, dirsNew, dirsChanged } = summary;
  const unread = [...problems, ...leftOut].map(({ path }) => path);
  const isChange = snapshotId !== undefined && (!parent || filesNew + filesChanged + dirsNew + dirsChanged > 0);
  await changeLedger(ledger, (places) =>
    afterBackup(places, repositoryPlace(backend, config.id), {
      ...facts,
      paths: facts.paths.filter((path) => !hasPlace(unread, path)),
      began: new Date(summary.backupStart).toISOString(),
      now: new Date().toISOString(),
      isChange,
      unread: problems.length,
    }),
  );
}

/** Writes down that a folder was looked at, and that the repository has all of it. Throws nothing. */
export async function noteEqual(ledger: Ledger, { backend, config }: Repository, path: DiskPath): Promise<void> {
  const now = new Date().toISOString();
  const facts = { paths: [path], began: now, now, isChange: false, unread: 0, isOneOfMany: true };
  await changeLedger(ledger, (places) => afterBackup(places, repositoryPlace(backend, config.id), facts));
}

/** Writes down a mirror, or a dated copy, that is made. Throws nothing. */
export async function noteMirror(ledger: Ledger, plan: MirrorPlan, result: MirrorResult, began: Date): Promise<void> {
  const { copied, linked, folders, metadata, deleted, problems } = result;
  const facts = {
    paths: [plan.source],
    began: began.toISOString(),
    now: new Date().toISOString(),
    isChange: copied + linked + folders + metadata + deleted > 0,
    unread: problems.length,
  };
  // What a mirror finds anew was mostly found before by what makes snapshots: it makes no other place wait.
  await changeLedger(ledger, (places) => putBackup(places, folderPlace(plan.destination), facts));
}

/** The ledger after a backup. */
export function afterBackup(
  places: readonly PlaceRecord[],
  name: PlaceName,
  facts: BackupFacts,
): readonly PlaceRecord[] {
  const noted = putBackup(places, name, facts);
  return facts.isChange ? facts.paths.reduce((all, path) => makeWait(all, name, path, facts.now), noted) : noted;
}

function putBackup(places: readonly PlaceRecord[], name: PlaceName, facts: BackupFacts): readonly PlaceRecord[] {
  if (facts.paths.length === 0) return places;
  const known = places.find((place) => isSame(place, name));
  const before = known?.backups ?? [];
  const backups = facts.paths.reduce((all, path) => putPath(all, { places, name, path, facts }), before);
  return known && backups === before ? places : withRecord(places, { ...recordOf(places, name, facts.now), backups });
}

interface PathBackup {
  readonly places: readonly PlaceRecord[];
  readonly name: PlaceName;
  readonly path: DiskPath;
  readonly facts: BackupFacts;
}

function putPath(backups: readonly BackupRecord[], backup: PathBackup): readonly BackupRecord[] {
  const { path, facts } = backup;
  const { began, now, isChange, unread, host } = facts;
  const before = backups.find((each) => isSamePlace(each.path, path));
  const waiting = changedElsewhere(backup) ? began : undefined;
  const isAsBefore = before && before.waiting === waiting && (before.unread ?? 0) === unread;
  if (isAsBefore && facts.isOneOfMany && isFresh(before, backup)) return backups;
  const record: BackupRecord = {
    path: before?.path ?? path,
    ...(host !== undefined && { host }),
    since: before?.since ?? now,
    last: began,
    changed: isChange || !before ? now : before.changed,
    ...(waiting !== undefined && { waiting }),
    ...(unread > 0 && { unread }),
  };
  return before ? backups.map((each) => (each === before ? record : each)) : [...backups, record];
}

/** Whether what is noted is near enough to the truth, and nobody will ask whether it came before or after a copy. */
function isFresh({ last }: BackupRecord, { places, name, path, facts }: PathBackup): boolean {
  const own = places.find((place) => isSame(place, name));
  if (own?.copiedSince !== undefined && own.copiedSince >= last) return false;
  const isElsewhere = places.some((place) => place !== own && place.repository !== undefined && hasBackup(place, path));
  const age = Date.parse(facts.now) - Date.parse(last);
  return age >= 0 && age < (isElsewhere ? PRECISION_OF_SEVERAL : PRECISION);
}

/** Whether another place got a change of the folder since this backup began, which it may have read before. */
function changedElsewhere({ places, name, path, facts }: PathBackup): boolean {
  return places.some(
    (place) =>
      !isSame(place, name) &&
      place.backups.some((backup) => isSamePlace(backup.path, path) && backup.changed > facts.began),
  );
}

function hasBackup({ backups }: PlaceRecord, path: DiskPath): boolean {
  return backups.some((backup) => isSamePlace(backup.path, path));
}

/** All other places of the folder lack the change now, if they lacked none before. */
function makeWait(
  places: readonly PlaceRecord[],
  name: PlaceName,
  path: DiskPath,
  since: Time,
): readonly PlaceRecord[] {
  const isBelow = descendants(places, name);
  return replaceEach(places, (place) => {
    if (isSame(place, name)) return place;
    const backups = replaceEach(place.backups, (backup) =>
      isSamePlace(backup.path, path) && backup.waiting === undefined ? { ...backup, waiting: since } : backup,
    );
    const copies = replaceEach(place.copies, (copy) => waitInCopy(copy, path, since, isBelow(copy)));
    return backups === place.backups && copies === place.copies ? place : { ...place, backups, copies };
  });
}

function waitInCopy(copy: CopyRecord, path: DiskPath, since: Time, isBelow: boolean): CopyRecord {
  const known = copy.folders.find((folder) => isSamePlace(folder.path, path));
  if (!known && !isBelow) return copy;
  const folders = known
    ? replaceEach(copy.folders, (folder) =>
        folder === known && known.waiting === undefined ? { ...known, waiting: since } : folder,
      )
    : [...copy.folders, { path, waiting: since }];
  return folders === copy.folders ? copy : { ...copy, folders };
}

/** Tells of a copy whether it comes from a place, straight or by way of others. */
function descendants(places: readonly PlaceRecord[], name: PlaceName): (copy: CopyRecord) => boolean {
  const ids = new Set(name.repository === undefined ? [] : [name.repository]);
  for (let size = -1; size !== ids.size;) {
    size = ids.size;
    for (const { repository, copies } of places) {
      if (repository !== undefined && copies.some((copy) => ids.has(copy.repository))) ids.add(repository);
    }
  }
  return (copy) => ids.has(copy.repository);
}

/** The list itself, if nothing in it becomes another. */
function replaceEach<T>(list: readonly T[], replace: (each: T) => T): readonly T[] {
  const replaced = list.map(replace);
  return replaced.every((each, at) => each === list[at]) ? list : replaced;
}
