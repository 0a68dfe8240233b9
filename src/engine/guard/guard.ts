/**
 * The guard of a repository (design, section 14): a second name for each of its files, in folders that nobody may write
 * to. Whoever removes the repository with its owner's rights does not remove these. What Cairn, or restic, removes as it
 * should leaves the guard only after a delay.
 */
import { createGiveWay } from '../../base/giveWay.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { systemCode } from '../../base/systemCode.ts';
import type { FileHandle } from '../../backend/backend.ts';
import { closeFolder, makeClosedFolder, removeClosedFolder } from '../../disk/closedFolders.ts';
import { rmdir } from '../../disk/changes.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { joinName, joinPath } from '../../disk/paths.ts';
import { readSmallFile } from '../../disk/smallFile.ts';
import { lstatExactIfThere } from '../../disk/stats.ts';
import { sha256Hex } from '../../repository/hash.ts';
import { guardPassword, readAbout, writeAbout, writeInGuard, type GuardAbout } from './aboutFile.ts';
import {
  batchAt,
  FILES,
  guardedFolders,
  linkFiles,
  listFiles,
  listIfThere,
  moveToBatch,
  placeOf,
} from './guardFiles.ts';
import { README, readmeText } from './readme.ts';

const config: FileHandle = { type: 'config', name: '' };
/** Digits of an id in the name of a guard. */
const NAME_DIGITS = 16;

/** What a file system answers that has no hard links, or not from here to there. */
const noLinks = ['EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL'];

/** One guard. All throw the system's error. */
export class Guard {
  readonly folder: DiskPath;
  readonly #repository: DiskPath;

  constructor(folder: DiskPath, repository: DiskPath) {
    this.folder = folder;
    this.#repository = repository;
  }

  /** A file was stored. Returns false if it cannot be guarded, since it is another user's. */
  add(handle: FileHandle): boolean {
    return linkFiles(this.#repository, this.folder, [handle]).length === 0;
  }

  /** A file was removed by Cairn. Returns whether it is here and stays for a while. */
  remove(handle: FileHandle, now: number): boolean {
    return moveToBatch(this.folder, [handle], batchAt('removed', now)) > 0;
  }

  /**
   * Brings the guard up to date: what other programs stored, or a process that was killed; what they removed is
   * missing from now on. Returns how many files cannot be guarded. Does nothing where the repository is not.
   */
  async sync(now: number): Promise<number> {
    let unguarded = 0;
    const giveWay = createGiveWay();
    const top = joinName(this.folder, FILES);
    for (const folder of guardedFolders()) {
      if (!this.isAtItsPlace()) return unguarded;
      const there = listFiles(this.#repository, folder);
      const kept = listFiles(top, folder);
      const [thereNames, keptNames] = [there, kept].map((files) => new Set(files.map(({ name }) => name)));
      const added = there.filter(({ name }) => !keptNames!.has(name));
      unguarded += linkFiles(this.#repository, this.folder, added).length;
      const gone = kept.filter(({ name }) => !thereNames!.has(name));
      moveToBatch(this.folder, gone, batchAt('missing', now));
      // A process that was killed may have left it open.
      closeFolder(joinPath(top, folder[1]));
      await giveWay();
    }
    for (const folder of [joinPath(top, 'data'), this.folder]) closeFolder(folder);
    return unguarded;
  }

  /** Whether the repository is where the guard saw it last, by its config. */
  isAtItsPlace(): boolean {
    return isSameConfig(this.folder, this.#repository);
  }
}

/** Whether a folder holds the repository of a guard: its config has the same bytes, most likely as the same file. */
export function isSameConfig(guard: DiskPath, repository: DiskPath): boolean {
  const [kept, there] = [joinName(guard, FILES), repository].map((top) =>
    lstatExactIfThere(toFsPath(placeOf(top, config))),
  );
  if (!kept || !there) return false;
  if (kept.ino === there.ino && kept.dev === there.dev) return true;
  return readSmallFile(placeOf(joinName(guard, FILES), config)).equals(readSmallFile(placeOf(repository, config)));
}

/**
 * The guard of a repository, in one of the folders; it is made in the first that takes links. Nothing if none does, or
 * if the repository's config cannot be linked to. A home where this user may do nothing leaves the next folder.
 */
export function openGuard(about: GuardAbout, guards: readonly DiskPath[]): Guard | undefined {
  const failures: unknown[] = [];
  for (const open of [findGuard, makeGuard]) {
    for (const folder of guards) {
      try {
        const guard = open(about, folder);
        if (guard !== undefined) return keepNotes(guard, about);
      } catch (error) {
        if (systemCode(error) === undefined) throw error;
        failures.push(error);
      }
    }
  }
  if (failures.length > 0) throw failures[0];
  return undefined;
}

/** The guards in a folder. */
export function listGuards(folder: DiskPath): DiskPath[] {
  return listIfThere(folder)
    .map((name) => joinName(folder, name))
    .filter((guard) => readAbout(guard) !== undefined);
}

/** The guard of a repository at this place, or at another one from where it was moved. */
export function findGuard({ id, repository }: GuardAbout, guards: DiskPath): DiskPath | undefined {
  const own = joinName(guards, guardName(id, repository));
  const there = lstatExactIfThere(toFsPath(joinPath(repository, 'config')));
  const others = listIfThere(guards).filter((name) => name.startsWith(id.slice(0, NAME_DIGITS)));
  return [own, ...others.map((name) => joinName(guards, name))].find((guard) => {
    const kept = lstatExactIfThere(toFsPath(joinPath(guard, `${FILES}/config`)));
    return kept !== undefined && (guard === own || (kept.ino === there?.ino && kept.dev === there.dev));
  });
}

/** A replica has the id of its repository, and a guard of its own. */
function guardName(id: string, repository: DiskPath): string {
  return `${id.slice(0, NAME_DIGITS)}-${sha256Hex(repository).slice(0, 8)}`;
}

function makeGuard({ id, repository }: GuardAbout, guards: DiskPath): DiskPath | undefined {
  const guard = joinName(guards, guardName(id, repository));
  try {
    makeClosedFolder(guards, guard);
    if (linkFiles(repository, guard, [config]).length === 0 && findGuard({ id, repository }, guards)) return guard;
  } catch (error) {
    if (!noLinks.includes(systemCode(error) ?? '')) throw error;
  }
  for (const folder of [joinName(guard, FILES), guard]) removeClosedFolder(folder);
  removeIfEmpty(guards);
  return undefined;
}

function removeIfEmpty(folder: DiskPath): void {
  try {
    rmdir(toFsPath(folder));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
  }
}

/** Notes where the repository is, its password, and what strangers should know. */
function keepNotes(guard: DiskPath, about: GuardAbout): Guard {
  const known = readAbout(guard);
  if (known?.repository !== about.repository || known.passwordFile !== about.passwordFile) {
    writeAbout(guard, about);
    writeInGuard(guard, README, readmeText(guard));
  }
  if (about.passwordFile !== undefined) guardPassword(guard, about.passwordFile);
  return new Guard(guard, about.repository);
}
