import type { DiskPath } from '../../base/pathKinds.ts';
import { disksOfPlace } from '../../disk/diskIdentity.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { joinName } from '../../disk/paths.ts';
import { statExact, statIfThere } from '../../disk/stats.ts';
import { isMirrorFolder } from '../mirror/verifyMirror.ts';
import { placeKeyOf, type PlaceRecord } from './placeRecord.ts';

/**
 * `there`: what should lie there does. `gone`: its disk is here, and it is not on it. `not-connected`: its disk is not
 * here. `unknown`: nobody can tell which of these. `far`: beyond a network, and not looked at.
 */
export type PlaceState = 'there' | 'gone' | 'not-connected' | 'unknown' | 'far';

export interface PlaceLook {
  readonly state: PlaceState;
  /** The disks that it lies on now. */
  readonly disks?: readonly string[];
  /** The same text for two names of one folder. */
  readonly same?: string;
}

export interface FolderLook {
  readonly isThere: boolean;
  readonly disks?: readonly string[];
}

/** How things are on this machine now. */
export interface Surroundings {
  /** By {@link placeKeyOf}. */
  readonly places: ReadonlyMap<string, PlaceLook>;
  readonly folders: ReadonlyMap<DiskPath, FolderLook>;
}

/**
 * Looks at the places that are folders, and at the folders that are backed up, and at others that are named. Asks
 * nothing of far storage, and throws nothing.
 */
export function lookAround(places: readonly PlaceRecord[], others: readonly DiskPath[] = []): Surroundings {
  const paths = new Set(
    places.flatMap(({ backups, copies }) => pathsIn(backups, ...copies.map((copy) => copy.folders))),
  );
  return {
    places: new Map(places.map((place) => [placeKeyOf(place), lookAtPlace(place)])),
    folders: new Map([...paths, ...others].map((path) => [path, lookAtFolder(path)])),
  };
}

function pathsIn(...lists: readonly (readonly { readonly path: DiskPath }[])[]): DiskPath[] {
  return lists.flatMap((list) => list.map(({ path }) => path));
}

function lookAtFolder(path: DiskPath): FolderLook {
  const isThere = isSomething(path);
  const disks = isThere ? disksOfPlace(path) : undefined;
  return { isThere, ...(disks && { disks }) };
}

function lookAtPlace(place: PlaceRecord): PlaceLook {
  const { folder } = place;
  if (folder === undefined) return { state: 'far' };
  const disks = disksOfPlace(folder);
  if (!holdsIt(place, folder)) return { state: whyNot(place, disks) };
  const same = identityOf(folder);
  return {
    state: 'there',
    ...(disks && { disks }),
    ...(same !== undefined && { same }),
  };
}

function holdsIt({ repository }: PlaceRecord, folder: DiskPath): boolean {
  try {
    return repository === undefined ? isMirrorFolder(folder) : isSomething(joinName(folder, 'config'));
  } catch {
    return false;
  }
}

/** Where a disk is not connected, its folder is missing or empty, and lies on another one. */
function whyNot({ disks: before }: PlaceRecord, now: readonly string[] | undefined): PlaceState {
  if (!before || !now) return 'unknown';
  return before.some((disk) => now.includes(disk)) ? 'gone' : 'not-connected';
}

function isSomething(path: DiskPath): boolean {
  try {
    return statIfThere(toFsPath(path)) !== undefined;
  } catch {
    return false;
  }
}

function identityOf(folder: DiskPath): string | undefined {
  try {
    const { dev, ino } = statExact(toFsPath(folder));
    return ino === 0n ? undefined : `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}
