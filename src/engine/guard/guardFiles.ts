/**
 * What a guard holds: `files` is the repository once more, by hard links, laid out as the repository is. What is gone
 * from the repository is moved to a folder of its day: `removed-2027-01-31` if Cairn removed it, `missing-…` else.
 * All throw the system's error.
 */
import { relativePath, writtenFolders, isFileName } from '../../backend/layout.ts';
import type { FileHandle, FileType } from '../../backend/backend.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { systemCode } from '../../base/systemCode.ts';
import { chmod, hardLink, rename, unlink, unlinkIfThere } from '../../disk/changes.ts';
import { makeClosedFolder, whileOpen } from '../../disk/closedFolders.ts';
import { listNames } from '../../disk/folders.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { joinName, joinPath, parentFolder } from '../../disk/paths.ts';
import { lstatExactIfThere } from '../../disk/stats.ts';

/** The folder of what the repository holds. */
export const FILES = 'files';

/** Why something is gone from the repository: Cairn removed it, or nobody knows. */
export type GoneKind = 'removed' | 'missing';

/** What went on one day. */
export interface GoneBatch {
  readonly name: string;
  readonly kind: GoneKind;
  /** The end of the day, UTC. Milliseconds since 1970. */
  readonly until: number;
}

const DAY = 86_400_000;
const batchName = /^(removed|missing)-(\d{4}-\d\d-\d\d)$/;

/** The name of the batch for what goes at a time. */
export function batchAt(kind: GoneKind, now: number): string {
  return `${kind}-${new Date(now).toISOString().slice(0, 10)}`;
}

/** The batches of a guard, the oldest first. */
export function listBatches(guard: DiskPath): GoneBatch[] {
  return listIfThere(guard)
    .flatMap((name) => {
      const [, kind, day] = batchName.exec(name) ?? [];
      const begin = Date.parse(`${day}T00:00:00Z`);
      return kind === undefined || Number.isNaN(begin) ? [] : [{ name, kind: kind as GoneKind, until: begin + DAY }];
    })
    .sort((a, b) => a.until - b.until);
}

/** The folders below that of a repository in which there is something to guard, and of which type it is. */
export function guardedFolders(): [FileType, string][] {
  return writtenFolders().filter(([type]) => type !== 'lock');
}

/** The files of a type in a folder that is laid out as a repository, of one that may be missing. */
export function listFiles(top: DiskPath, [type, folder]: [FileType, string]): FileHandle[] {
  if (type === 'config') return listIfThere(top).includes('config') ? [{ type, name: '' }] : [];
  const prefix = type === 'pack' ? folder.slice(-2) : '';
  return listIfThere(joinPath(top, folder)).flatMap((name) =>
    isFileName(name) && name.startsWith(prefix) ? [{ type, name }] : [],
  );
}

/** All files in a folder that is laid out as a repository. */
export function* allFiles(top: DiskPath): Generator<FileHandle> {
  for (const folder of guardedFolders()) yield* listFiles(top, folder);
}

/** Where a file is below the top of such a folder. */
export function placeOf(top: DiskPath, handle: FileHandle): DiskPath {
  return joinPath(top, relativePath(handle));
}

/**
 * Gives files of a repository, all of one folder, a second name in a guard. What the guard has under that name is
 * replaced if it is another file: Cairn, or restic, put a good one in its place. Returns those that could not be
 * linked, since they are another user's. One that is gone is passed over.
 */
export function linkFiles(repository: DiskPath, guard: DiskPath, handles: readonly FileHandle[]): FileHandle[] {
  const [first] = handles;
  if (!first) return [];
  const top = joinName(guard, FILES);
  const folder = parentFolder(placeOf(top, first));
  makeClosedFolder(guard, folder);
  return whileOpen([folder], () =>
    handles.filter((handle) => !linkOne(placeOf(repository, handle), placeOf(top, handle))),
  );
}

function linkOne(from: DiskPath, to: DiskPath): boolean {
  const stats = lstatExactIfThere(toFsPath(from));
  if (!stats?.isFile()) return true;
  try {
    // What may be written to would be emptied in the guard, too.
    const mode = Number(stats.mode & 0o777n);
    if ((mode & 0o222) !== 0) chmod(toFsPath(from), mode & ~0o222);
    linkOver(from, to, stats.ino);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EPERM') return false;
    if (systemCode(error) === 'ENOENT') return true;
    throw error;
  }
}

function linkOver(from: DiskPath, to: DiskPath, inode: bigint): void {
  try {
    hardLink(toFsPath(from), toFsPath(to));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    if (lstatExactIfThere(toFsPath(to))?.ino === inode) return;
    unlink(toFsPath(to));
    hardLink(toFsPath(from), toFsPath(to));
  }
}

/** Moves files of a guard, all of one folder, to a batch. Returns how many of them the guard has. */
export function moveToBatch(guard: DiskPath, handles: readonly FileHandle[], batch: string): number {
  const top = joinName(guard, FILES);
  const there = handles.filter((handle) => lstatExactIfThere(toFsPath(placeOf(top, handle))));
  const [first] = there;
  if (!first) return 0;
  const [from, to] = [top, joinName(guard, batch)].map((each) => parentFolder(placeOf(each, first)));
  makeClosedFolder(guard, to!);
  whileOpen([from!, to!], () => {
    for (const handle of there)
      ifThere(() =>
        rename(toFsPath(placeOf(top, handle)), toFsPath(joinPath(guard, `${batch}/${relativePath(handle)}`))),
      );
  });
  return there.length;
}

/** Takes files out of a batch for good, all of one folder. */
export function removeFromBatch(guard: DiskPath, batch: string, handles: readonly FileHandle[]): void {
  const [first] = handles;
  if (!first) return;
  const top = joinName(guard, batch);
  whileOpen([parentFolder(placeOf(top, first))], () => {
    for (const handle of handles) unlinkIfThere(toFsPath(placeOf(top, handle)));
  });
}

/** Another process may have been faster. */
function ifThere(action: () => void): void {
  try {
    action();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** The names in a folder; none if there is no such folder. */
export function listIfThere(folder: DiskPath): string[] {
  try {
    return listNames(toFsPath(folder));
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return [];
    throw error;
  }
}
