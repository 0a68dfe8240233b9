/**
 * Owner, times and mode of restored entries, set in the order of format notes 7.3: owner, (extended
 * attributes), times, mode. Node takes times as doubles, which on today's dates are exact to 0.12 µs
 * (measured on ext4), and Windows Node counts them from 1601, exact to 1 µs (measured), so times count as equal
 * within 2 µs.
 */
import {
  chmodSync,
  chownSync,
  fchmodSync,
  fchownSync,
  futimesSync,
  lchownSync,
  lutimesSync,
  utimesSync,
} from 'node:fs';
import { systemCode } from '../base/systemCode.ts';
import type { PathBelow } from '../base/pathKinds.ts';
import { entryKindOf } from './entryKind.ts';
import { openPlace, type EnteredFolder } from './enteredFolders.ts';
import type { FsPath } from './fsPath.ts';
import { closeFile } from './openFile.ts';
import { lstat, mendTime, type Stats } from './stats.ts';
import { isWindows } from './system.ts';

/** What an entry carries beside its content. */
export interface EntryMetadata {
  /** Permissions, setuid, setgid and sticky bit as `chmod` takes them. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Seconds since 1970, exact to about 0.1 µs: Node sets times as doubles. */
  readonly mtime: number;
  readonly atime: number;
  readonly extendedAttributes?: readonly ExtendedAttribute[];
  /** For an entry with an access control list: its mode as long as the list is not there (`accessList.ts`). */
  readonly modeWithoutList?: number;
}

/** An attribute with a name of its own; the value is in base64. */
export interface ExtendedAttribute {
  readonly name: string;
  readonly value: string;
}

/** Seconds. */
const TIME_TOLERANCE = 2e-6;

/** Who restores, and so which owners can be set. */
export interface OwnerRules {
  readonly isRoot: boolean;
  /** -1 where there are no owners (Windows). */
  readonly uid: number;
  readonly groups: readonly number[];
}

/** Some metadata that could not be set, though this process should be able to. */
export interface MetadataFailure {
  readonly step: 'owner' | 'times' | 'mode';
  readonly code: string;
}

/** The rules for this process. */
export function currentOwnerRules(): OwnerRules {
  const uid = process.geteuid?.() ?? -1;
  return { isRoot: uid === 0, uid, groups: [process.getegid?.() ?? -1, ...(process.getgroups?.() ?? [])] };
}

/** True if the modification time on disk is the recorded one, as far as it can be set and read. */
export function hasTime(stats: Pick<Stats, 'mtimeMs'>, { mtime }: EntryMetadata): boolean {
  return Math.abs(stats.mtimeMs / 1000 - (isWindows ? mendTime(mtime * 1000) / 1000 : mtime)) < TIME_TOLERANCE;
}

/** True if nothing of the metadata has to be set. Extended attributes cannot be seen and count as right. */
export function hasMetadata(
  stats: Pick<Stats, 'mtimeMs' | 'uid' | 'gid' | 'mode'>,
  metadata: EntryMetadata,
  rules: OwnerRules,
  isLink = false,
): boolean {
  if (!hasTime(stats, metadata)) return false;
  if (canOwn(metadata, rules) && (stats.uid !== metadata.uid || stats.gid !== metadata.gid)) return false;
  if (isLink) return true;
  if (rules.uid < 0) return isFolderMode(stats.mode) || isReadOnly(stats.mode) === isReadOnly(metadata.mode);
  const mode = stats.mode & 0o7777;
  return mode === wantedMode(metadata, rules) || mode === wantedMode(withoutList(metadata), rules);
}

function isFolderMode(mode: number): boolean {
  return entryKindOf(BigInt(mode)) === 'dir';
}

/** All that Windows knows of a mode, and only of files: that of folders means nothing there. */
function isReadOnly(mode: number): boolean {
  return (mode & 0o200) === 0;
}

/** Root sets any owner; others can only give their own files to one of their groups. */
function canOwn({ uid, gid }: Pick<EntryMetadata, 'uid' | 'gid'>, rules: OwnerRules): boolean {
  return rules.isRoot || (uid === rules.uid && rules.groups.includes(gid));
}

/** Set-id bits are for the recorded owner only; without it they would give rights to somebody else. */
function wantedMode({ mode, uid, gid }: EntryMetadata, rules: OwnerRules): number {
  if (canOwn({ uid, gid }, rules)) return mode;
  return mode & (uid === rules.uid ? ~0o2000 : ~0o6000);
}

function withoutList(metadata: EntryMetadata): EntryMetadata {
  return { ...metadata, mode: metadata.modeWithoutList ?? metadata.mode };
}

/** Sets the metadata of an open file. `withMode` false: the mode is set later. */
export function setFileMetadata(
  fd: number,
  metadata: EntryMetadata,
  rules: OwnerRules,
  withMode: boolean,
): MetadataFailure[] {
  return setMetadata(metadata, rules, {
    chown: () => fchownSync(fd, metadata.uid, metadata.gid),
    utimes: (atime, mtime) => futimesSync(fd, atime, mtime),
    ...(withMode && { chmod: (mode) => fchmodSync(fd, mode) }),
  });
}

/** Sets the metadata of a symbolic link itself; its mode means nothing. */
export function setLinkMetadata(path: FsPath, metadata: EntryMetadata, rules: OwnerRules): MetadataFailure[] {
  return setMetadata(metadata, rules, {
    chown: () => lchownSync(path, metadata.uid, metadata.gid),
    utimes: (atime, mtime) => lutimesSync(path, atime, mtime),
  });
}

/** Sets the metadata of a file at a path from {@link withPinned}. */
export function setPathMetadata(path: FsPath, metadata: EntryMetadata, rules: OwnerRules): MetadataFailure[] {
  return setMetadata(metadata, rules, {
    ...ownerAndTimes(path, metadata),
    chmod: (mode) => chmodSync(path, mode),
  });
}

/** Sets the metadata of an entered folder. `hasList`: its access control list is in place. */
export function setFolderMetadata(
  path: FsPath,
  metadata: EntryMetadata,
  rules: OwnerRules,
  hasList = false,
): MetadataFailure[] {
  const setters = {
    ...ownerAndTimes(path, metadata),
    // There it would only hinder the removal of the folder.
    ...(!isWindows && { chmod: (mode: number) => chmodSync(path, mode) }),
  };
  return setMetadata(metadata, rules, setters, hasList);
}

function ownerAndTimes(path: FsPath, metadata: EntryMetadata): Pick<Setters, 'chown' | 'utimes'> {
  return {
    chown: () => chownSync(path, metadata.uid, metadata.gid),
    utimes: (atime, mtime) => utimesSync(path, atime, mtime),
  };
}

/**
 * Sets nothing but the mode, at a path from {@link withPinned}; for entries whose owner is set. `hasList`: an access
 * control list that belongs to it is in place.
 */
export function setPathMode(path: FsPath, metadata: EntryMetadata, rules: OwnerRules, hasList: boolean): void {
  chmodSync(path, wantedMode(hasList ? metadata : withoutList(metadata), rules));
}

interface Setters {
  readonly chown: () => void;
  readonly utimes: (atime: number | string, mtime: number | string) => void;
  readonly chmod?: (mode: number) => void;
}

function setMetadata(recorded: EntryMetadata, rules: OwnerRules, set: Setters, hasList = false): MetadataFailure[] {
  // Setting the list later gives the mode what it lacks.
  const metadata = hasList ? recorded : withoutList(recorded);
  const failures: MetadataFailure[] = [];
  const attempt = (step: MetadataFailure['step'], action: () => void): boolean => {
    try {
      action();
      return true;
    } catch (error) {
      const code = systemCode(error);
      if (code === undefined) throw error;
      if (step !== 'owner' || rules.isRoot) failures.push({ step, code });
      return false;
    }
  };
  const owned = !canOwn(metadata, rules) || rules.uid < 0 || attempt('owner', set.chown);
  attempt('times', () => set.utimes(toNodeTime(metadata.atime), toNodeTime(metadata.mtime)));
  const { chmod } = set;
  if (chmod) attempt('mode', () => chmod(owned ? wantedMode(metadata, rules) : metadata.mode & 0o1777));
  return failures;
}

/** Node takes a negative number for the present time, but not its text. */
function toNodeTime(seconds: number): number | string {
  return seconds < 0 ? String(seconds) : seconds;
}

/**
 * Calls `use` with a path that stands for this very entry, whatever is put in its place meanwhile; where
 * the system cannot do that, with the plain path. Not for symbolic links; `use` should look at what it got
 * first. Throws the system's error if the entry is missing.
 */
export function withPinned<T>(folder: EnteredFolder, name: PathBelow, use: (path: FsPath) => T): T {
  if (folder.fd === undefined) {
    const path = folder.at(name);
    if (lstat(path).isSymbolicLink()) throw Object.assign(new Error('ELOOP: a link'), { code: 'ELOOP' });
    return use(path);
  }
  const fd = openPlace(folder, name);
  try {
    return use(`/proc/self/fd/${fd}`);
  } finally {
    closeFile(fd);
  }
}
