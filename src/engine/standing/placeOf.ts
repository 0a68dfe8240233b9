import type { Backend } from '../../backend/backend.ts';
import { displayLocation, parseLocation, type Location } from '../../base/location.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import { disksOfPlace } from '../../disk/diskIdentity.ts';
import { resolvePath } from '../../disk/paths.ts';
import { type PlaceName, type PlaceRecord, type Time } from './placeRecord.ts';

/** The place of a repository, as the ledger calls it. */
export function repositoryPlace({ settings }: Pick<Backend, 'settings'>, repository: string): PlaceName {
  return { ...locationPlace(settings.location), repository };
}

/** A folder of plain files. */
export function folderPlace(folder: DiskPath): PlaceName {
  return { location: displayPath(folder), folder };
}

/** A place that somebody names. */
export function locationPlace(location: Location): Omit<PlaceName, 'repository'> {
  return location.kind === 'local'
    ? folderPlace(resolvePath(location.folder))
    : { location: displayLocation(location) };
}

/** The machine on which storage elsewhere lies. Nothing for a folder. */
export function farHost(location: string): { readonly name: string; readonly isHere: boolean } | undefined {
  const parsed = parseLocation(location);
  switch (parsed.kind) {
    case 'sftp':
      return hostOf(parsed.host);
    case 'rest':
      return hostOf(new URL(parsed.url).hostname);
    case 's3':
      return hostOf(new URL(parsed.endpoint).hostname);
    case 'rclone':
      return { name: `rclone:${parsed.remote.split(':', 1)[0]}`, isHere: /^:(local|memory)\b/.test(parsed.remote) };
    case 'local':
    case 'unusable':
      return undefined;
  }
}

/** A tunnel begins at this machine, too, but a person has to say where it leads. */
function hostOf(name: string) {
  return { name, isHere: /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/i.test(name) };
}

/** The record of a place; a new one if there is none. It is used now, so it is looked on which disks it lies. */
export function recordOf(places: readonly PlaceRecord[], name: PlaceName, now: Time): PlaceRecord {
  const known = places.find((place) => isSame(place, name));
  const record = known ?? { ...name, since: now, backups: [], copies: [], proofs: {} };
  const disks = name.folder === undefined ? undefined : disksOfPlace(name.folder);
  if (String(disks) === String(record.disks)) return record;
  const changed: PlaceRecord & { disks?: readonly string[] } = { ...record, ...(disks && { disks }) };
  if (!disks) delete changed.disks;
  return changed;
}

/** The places with a record put in; another repository that was at the same location is there no more. */
export function withRecord(places: readonly PlaceRecord[], record: PlaceRecord): readonly PlaceRecord[] {
  if (places.includes(record)) return places;
  const others = places.filter((place) => {
    const isReplaced = place.location === record.location && place.repository !== undefined;
    return !isSame(place, record) && !(isReplaced && record.repository !== undefined);
  });
  return [...others, record];
}

export function isSame(a: PlaceName, b: PlaceName): boolean {
  return a.location === b.location && a.repository === b.repository;
}
