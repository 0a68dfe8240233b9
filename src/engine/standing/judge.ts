import type { DiskPath } from '../../base/pathKinds.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import { hostId } from '../../disk/diskIdentity.ts';
import { isInside } from '../../disk/paths.ts';
import { countDisks } from './countDisks.ts';
import type { PlaceLook, PlaceState, Surroundings } from './lookAround.ts';
import { knownDamage, lastProof } from './noteProof.ts';
import { farHost } from './placeOf.ts';
import { placeKeyOf, type Depth, type PlaceRecord, type Time } from './placeRecord.ts';

/** The copies of one folder. */
export interface FolderStanding {
  readonly path: DiskPath;
  readonly isThere: boolean;
  /** The folder itself, if it is there, and each place that has a copy of it. */
  readonly copies: number;
  /** The disks on which these are, as far as they are known to be different. */
  readonly disks: number;
  /** The places beyond a network among them. */
  readonly away: number;
  /** The newest that is in a place that counts. */
  readonly lastBackup?: Time;
  /** Since when a change waits to be away. Absent: all that was backed up is away. */
  readonly oldestNotAway?: Time;
}

export type PlaceKind = 'repository' | 'replica' | 'copy' | 'mirror';

/** A place that has copies of folders of this computer. */
export interface PlaceStanding {
  readonly location: string;
  readonly kind: PlaceKind;
  readonly repository?: string;
  readonly folder?: DiskPath;
  readonly state: PlaceState;
  readonly isAway: boolean;
  /** It counts as a copy: it is there, or cannot be looked at now. */
  readonly isCounted: boolean;
  /** How many folders it has copies of. */
  readonly folders: number;
  readonly lastUsed?: Time;
  /** The oldest change that is not in it. */
  readonly waitingSince?: Time;
  readonly proof?: { readonly depth: Depth; readonly time: Time };
  /** When damage was found that is not known to be gone. */
  readonly damage?: Time;
  /** When it was met first. */
  readonly since: Time;
}

/** How the copies stand. */
export interface Copies {
  readonly folders: readonly FolderStanding[];
  readonly places: readonly PlaceStanding[];
  /** Of the folder that has the fewest. */
  readonly copies: number;
  readonly disks: number;
  readonly away: number;
  readonly oldestNotAway?: Time;
}

export interface JudgeOptions {
  /** Only these folders; all unless stated. */
  readonly folders?: readonly DiskPath[];
  /** Only a proof that read every byte counts. */
  readonly withData?: boolean;
}

/** A place as it counts for a folder. */
interface Holder {
  readonly place: PlaceRecord;
  readonly standing: PlaceStanding;
  readonly look: PlaceLook;
}

interface Held {
  readonly path: DiskPath;
  /** What was on the disk then is in it. */
  readonly last: Time;
  readonly waiting?: Time;
}

/** Counts the copies of each folder. Pure. */
export function countCopies(
  places: readonly PlaceRecord[],
  surroundings: Surroundings,
  { folders: wanted, withData = false }: JudgeOptions = {},
): Copies {
  const known = places.flatMap((place) => heldIn(place).map(({ path }) => path));
  const paths = wanted ? wanted.map((path) => folderAbove(path, known)) : known;
  const different = paths.filter((path, at) => paths.findIndex((other) => isSamePlace(other, path)) === at).sort();
  const isWanted = (path: DiskPath) => different.some((each) => isSamePlace(each, path));
  const holders = places.flatMap((place) => {
    const look = surroundings.places.get(placeKeyOf(place)) ?? { state: 'unknown' };
    const held = heldIn(place).filter(({ path }) => isWanted(path));
    return held.length > 0 ? [{ place, look, standing: judgePlace(place, look, held, withData) }] : [];
  });
  const folders = different.map((path) => judgeFolder(path, holders, places, surroundings));
  const least = (number: (folder: FolderStanding) => number) =>
    folders.reduce((all, folder) => Math.min(all, number(folder)), folders.length > 0 ? Infinity : 0);
  return {
    folders,
    places: holders.map(({ standing }) => standing).sort(byLocation),
    copies: least(({ copies }) => copies),
    disks: least(({ disks }) => disks),
    away: least(({ away }) => away),
    ...optional('oldestNotAway', oldest(folders.map(({ oldestNotAway }) => oldestNotAway))),
  };
}

/** The folder that is backed up in which a path lies; itself, if none is. */
function folderAbove(path: DiskPath, known: readonly DiskPath[]): DiskPath {
  const above = known.filter((folder) => isInside(path, folder));
  return above.reduce((best, folder) => (folder.length > best.length ? folder : best), above[0] ?? path);
}

/** The folders of this computer of which a place has something. */
function heldIn({ backups, copies }: PlaceRecord): readonly Held[] {
  const copied = copies.flatMap(({ folders }) =>
    folders.flatMap(({ path, held, waiting }) =>
      held === undefined ? [] : [{ path, last: held, ...optional('waiting', waiting) }],
    ),
  );
  return [...backups, ...copied];
}

function judgePlace(place: PlaceRecord, look: PlaceLook, held: readonly Held[], withData: boolean): PlaceStanding {
  const { location, repository, folder, since, copies, mark } = place;
  const proof = lastProof(place, withData);
  return {
    location,
    kind: copies[0]?.how ?? (repository === undefined ? 'mirror' : 'repository'),
    ...(repository !== undefined && { repository }),
    ...(folder !== undefined && { folder }),
    state: look.state,
    isAway: mark === undefined ? farHost(location)?.isHere === false : mark === 'away',
    isCounted: look.state !== 'gone' && look.state !== 'unknown',
    folders: new Set(held.map(({ path }) => path)).size,
    ...optional('lastUsed', newest(held.map(({ last }) => last))),
    ...optional('waitingSince', oldest(held.map(({ waiting }) => waiting))),
    ...optional('proof', proof),
    ...optional('damage', knownDamage(place)?.time),
    since,
  };
}

function judgeFolder(
  path: DiskPath,
  holders: readonly Holder[],
  all: readonly PlaceRecord[],
  { folders }: Surroundings,
): FolderStanding {
  const { isThere, disks } = folders.get(path) ?? { isThere: false };
  const own = holders.flatMap((holder) => {
    const held = heldIn(holder.place).filter((each) => isSamePlace(each.path, path));
    return holder.standing.isCounted && held.length > 0 ? [{ ...holder, held }] : [];
  });
  const different = groupSame(own);
  const away = different.filter((group) => group.every(({ standing }) => standing.isAway));
  const waits = away.map((group) => latest(group.map(({ held }) => oldest(held.map(({ waiting }) => waiting)))));
  const copies = different.length + (isThere ? 1 : 0);
  return {
    path,
    isThere,
    copies,
    disks: countDisks([isThere ? disks : undefined, ...different.map(disksOf)], copies > 0),
    away: away.length,
    ...optional('lastBackup', newest(own.flatMap(({ held }) => held.map(({ last }) => last)))),
    ...optional('oldestNotAway', away.length === 0 ? firstBackup(all, path) : latest(waits)),
  };
}

/** Since when all of some places lack something: what any of them has is not lacking. */
function latest(waits: readonly (Time | undefined)[]): Time | undefined {
  return waits.includes(undefined) ? undefined : newest(waits);
}

/** By whatever name a place is known, it lies on the same disk. */
function disksOf(group: readonly Holder[]): readonly string[] {
  return group.flatMap(({ place, look }) => {
    if (look.state !== 'far') return look.disks ?? (look.state === 'not-connected' ? (place.disks ?? []) : []);
    const host = farHost(place.location);
    return host && !host.isHere ? [hostId(host.name)] : [];
  });
}

/** When the folder was backed up first, as far as that is known. */
function firstBackup(places: readonly PlaceRecord[], path: DiskPath): Time | undefined {
  const backups = places.flatMap((place) => place.backups.filter((each) => isSamePlace(each.path, path)));
  const copies = places.flatMap((place) => heldIn(place).filter((each) => isSamePlace(each.path, path)));
  return oldest([...backups.map(({ since }) => since), ...copies.map(({ last }) => last)]);
}

/**
 * Puts together what is known to be the same place: two names of one folder, or a repository that is reached by two
 * ways, since only a replica has the id of another repository.
 */
function groupSame<T extends Holder>(holders: readonly T[]): readonly (readonly T[])[] {
  let groups: { readonly names: readonly string[]; readonly holders: readonly T[] }[] = [];
  for (const holder of holders) {
    const names = namesOf(holder);
    const same = groups.filter((group) => group.names.some((name) => names.includes(name)));
    const joined = {
      names: [...same.flatMap((group) => group.names), ...names],
      holders: [...same.flatMap((group) => group.holders), holder],
    };
    groups = [...groups.filter((group) => !same.includes(group)), joined];
  }
  return groups.map((group) => group.holders);
}

function namesOf({ place, look }: Holder): readonly string[] {
  const isReplica = place.copies.some(({ how }) => how === 'replica');
  const isItself = place.repository === undefined || isReplica;
  return [
    ...(look.same === undefined ? [] : [`folder ${look.same}`]),
    isItself ? `place ${placeKeyOf(place)}` : `repository ${place.repository}`,
  ];
}

function byLocation(a: PlaceStanding, b: PlaceStanding): number {
  return a.location < b.location ? -1 : a.location > b.location ? 1 : 0;
}

function oldest(times: readonly (Time | undefined)[]): Time | undefined {
  return times.filter((time) => time !== undefined).sort()[0];
}

function newest(times: readonly (Time | undefined)[]): Time | undefined {
  return times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1);
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: V };
}
