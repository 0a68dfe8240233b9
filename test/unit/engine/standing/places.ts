import type { PlaceLook, Surroundings } from '../../../../src/engine/standing/lookAround.ts';
import { placeKeyOf, type PlaceRecord, type Time } from '../../../../src/engine/standing/placeRecord.ts';

/** A moment of a day in March: `at('09:00')`; days later by `at('09:00', 3)`. */
export function at(time: string, days = 0): Time {
  return new Date(Date.parse(`2026-03-01T${time}:00.000Z`) + days * 86_400_000).toISOString();
}

export const ID = '1'.repeat(64);
export const OTHER_ID = '2'.repeat(64);
export const FOLDER = '/home/me/project';

/** A place in a folder, unless `location` says otherwise. */
export function place(location: string, record: Partial<PlaceRecord> = {}): PlaceRecord {
  return {
    location,
    ...(location.startsWith('/') && { folder: location }),
    repository: ID,
    since: at('08:00'),
    backups: [],
    copies: [],
    proofs: {},
    ...record,
  };
}

/** A folder that is backed up straight to a place. */
export function backup(record: Partial<PlaceRecord['backups'][number]> = {}): PlaceRecord['backups'][number] {
  return { path: FOLDER, since: at('08:00'), last: at('09:00'), changed: at('09:00'), ...record };
}

/** What a place has of another repository; all of the folder, unless stated. */
export function copied(record: Partial<PlaceRecord['copies'][number]> = {}): PlaceRecord['copies'][number] {
  return {
    how: 'replica',
    repository: ID,
    from: '/backup',
    folders: [{ path: FOLDER, held: at('09:00') }],
    ...record,
  };
}

/** All is there: the folder on the disk `a`, each place in a folder on the disk that is named, and the others far away. */
export function surroundings(
  places: readonly PlaceRecord[],
  looks: Readonly<Record<string, Partial<PlaceLook>>> = {},
  folders: readonly string[] = [FOLDER],
): Surroundings {
  const lookOf = (each: PlaceRecord): PlaceLook =>
    each.folder === undefined ? { state: 'far' } : { state: 'there', disks: ['a'], ...looks[each.location] };
  return {
    places: new Map(places.map((each) => [placeKeyOf(each), lookOf(each)])),
    folders: new Map(folders.map((path) => [path, { isThere: true, disks: ['a'] }])),
  };
}
