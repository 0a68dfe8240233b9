/**
 * What Cairn remembers of a place that holds copies: nothing that could not be found out again, and no secret. Times are
 * as `Date.prototype.toISOString` writes them, so that they are ordered as text.
 */
import type { DiskPath } from '../../base/pathKinds.ts';

/** A time, as `Date.prototype.toISOString` writes it. */
export type Time = string;

/** `part`: a share of the data was read; `data`: every byte. Each of them proves the structure, too. */
export type Depth = 'structure' | 'part' | 'data';

/** Where copies are. */
export interface PlaceName {
  /** For people, without a password. */
  readonly location: string;
  /** The id of the repository; absent for a plain folder. */
  readonly repository?: string;
  /** Of a place on this machine. Absolute. */
  readonly folder?: DiskPath;
}

export interface PlaceRecord extends PlaceName {
  /** When it was met first. */
  readonly since: Time;
  /** The disks that it lay on when it was used last; absent if that is not known. */
  readonly disks?: readonly string[];
  /** When the last run began that copies it elsewhere: what is stored here since then is noted to the moment. */
  readonly copiedSince?: Time;
  /** What a person said of it. */
  readonly mark?: 'away' | 'here';
  /** Folders of this computer that are backed up, or mirrored, straight to it. */
  readonly backups: readonly BackupRecord[];
  /** Repositories of which it holds copies. */
  readonly copies: readonly CopyRecord[];
  /** The last proof of each depth. */
  readonly proofs: Readonly<Partial<Record<Depth, ProofRecord>>>;
}

export interface BackupRecord {
  readonly path: DiskPath;
  /** The host that the snapshots name. */
  readonly host?: string;
  /** When the first backup was stored. */
  readonly since: Time;
  /** When the last one began that was stored, or found nothing to store. */
  readonly last: Time;
  /** When the last one was stored that found a change; to within some minutes for those of an editor. */
  readonly changed: Time;
  /** The oldest change that went elsewhere and is not here. */
  readonly waiting?: Time;
  /** Entries that the last one could not read. */
  readonly unread?: number;
}

export interface CopyRecord {
  readonly how: 'replica' | 'copy';
  /** The id of the repository that is copied. */
  readonly repository: string;
  /** Where that lies, for people. */
  readonly from: string;
  /** When the last whole run began. */
  readonly last?: Time;
  readonly folders: readonly CopiedFolder[];
}

export interface CopiedFolder {
  readonly path: DiskPath;
  /** What was on the disk then is here, as a backup found it. Absent: nothing is yet. */
  readonly held?: Time;
  /** The oldest change that is not here. */
  readonly waiting?: Time;
}

export interface ProofRecord {
  readonly time: Time;
  readonly isGood: boolean;
}

/** The same for two names of one place. */
export function placeKeyOf({ location, repository }: PlaceName): string {
  return `${repository ?? ''}\n${location}`;
}

const VERSION = 1;

export function placeToJson(place: PlaceRecord): string {
  return `${JSON.stringify({ version: VERSION, ...place }, undefined, 2)}\n`;
}

/** Throws if it is no record of ours, or one of a later Cairn. */
export function parsePlace(text: string): PlaceRecord {
  const value = objectIn(JSON.parse(text));
  if (value['version'] !== VERSION) throw new Error('It is of another version.');
  const { location, repository, folder, since, disks, copiedSince, mark, backups, copies, proofs } = value;
  return {
    location: textIn(location),
    ...(repository !== undefined && { repository: textIn(repository) }),
    ...(folder !== undefined && { folder: textIn(folder) }),
    since: timeIn(since),
    ...(disks !== undefined && { disks: listIn(disks).map(textIn) }),
    ...(copiedSince !== undefined && { copiedSince: timeIn(copiedSince) }),
    ...((mark === 'away' || mark === 'here') && { mark }),
    backups: listIn(backups).map(parseBackup),
    copies: listIn(copies).map(parseCopy),
    proofs: parseProofs(objectIn(proofs)),
  };
}

function parseBackup(value: unknown): BackupRecord {
  const { path, host, since, last, changed, waiting, unread } = objectIn(value);
  return {
    path: textIn(path),
    ...(host !== undefined && { host: textIn(host) }),
    since: timeIn(since),
    last: timeIn(last),
    changed: timeIn(changed),
    ...(waiting !== undefined && { waiting: timeIn(waiting) }),
    ...(typeof unread === 'number' && { unread }),
  };
}

function parseCopy(value: unknown): CopyRecord {
  const { how, repository, from, last, folders } = objectIn(value);
  return {
    how: how === 'replica' ? 'replica' : 'copy',
    repository: textIn(repository),
    from: textIn(from),
    ...(last !== undefined && { last: timeIn(last) }),
    folders: listIn(folders).map((each) => {
      const { path, held, waiting } = objectIn(each);
      return {
        path: textIn(path),
        ...(held !== undefined && { held: timeIn(held) }),
        ...(waiting !== undefined && { waiting: timeIn(waiting) }),
      };
    }),
  };
}

function parseProofs(value: Readonly<Record<string, unknown>>): PlaceRecord['proofs'] {
  const proofs: Partial<Record<Depth, ProofRecord>> = {};
  for (const depth of ['structure', 'part', 'data'] as const) {
    if (value[depth] === undefined) continue;
    const { time, isGood } = objectIn(value[depth]);
    proofs[depth] = { time: timeIn(time), isGood: isGood === true };
  }
  return proofs;
}

function objectIn(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('It has no object there.');
  return value as Record<string, unknown>;
}

function listIn(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error('It has no list there.');
  return value;
}

function textIn(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw new Error('It has no text there.');
  return value;
}

function timeIn(value: unknown): Time {
  const isTime = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value);
  if (!isTime || Number.isNaN(Date.parse(value))) throw new Error('It has no time there.');
  return value;
}
