import { homedir } from 'node:os';
import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { joinPath, pathInside, resolveLinks, parentFolder } from '../../disk/paths.ts';
import { isSameSource, showSource, type CopySource } from './copySource.ts';
import { readManifestHeader } from './manifestFile.ts';
import { MANIFEST_NAME } from './manifestFormat.ts';
import { LOCK_NAME } from './mirrorLock.ts';
import { lstatExactIfThere, statIfThere, statExactIfThere, type ExactStats } from '../../disk/stats.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { lookAtPlace } from '../../disk/plainFile.ts';

/**
 * Refuses sources and destinations with which a mirror could only do harm; both are absolute. Whether the
 * source is empty is seen later. Throws `refused`.
 */
export function checkPlaces(source: string, destination: string): void {
  const from = displayPath(source);
  const to = displayPath(destination);
  const sourceStats = statOf(source);
  if (!sourceStats) refuse(`${from} does not exist. Is its disk mounted?`);
  if (!sourceStats.isDirectory()) refuse(`${from} is no folder. Only folders are mirrored.`);
  const parent = parentFolder(resolveLinks(destination));
  if (parent === resolveLinks(destination)) refuse(rootMessage(to));
  const parentStats = statOf(parent);
  if (!parentStats?.isDirectory()) {
    refuse(`The folder ${displayPath(parent)}, which should hold the copy, does not exist. Is its disk mounted?`);
  }
  const stats = statOf(destination);
  if (stats && !stats.isDirectory()) refuse(`${to} is no folder.`);
  for (const name of stats ? [MANIFEST_NAME, LOCK_NAME] : []) {
    const path = joinPath(destination, name);
    if (statIfThere(path)?.isDirectory()) refuse(`${displayPath(path)} is a folder, which cannot be. Remove it.`);
  }
  // Wherever a disk is mounted, an unmounted one would let the copy fill the wrong disk.
  if (stats && stats.dev !== parentStats.dev) refuse(rootMessage(to));
  if (contains(source, destination, sourceStats)) refuse(`${to} is inside ${from}: the copy would copy itself.`);
  if (stats && contains(destination, source, stats)) refuse(`${from} is inside ${to}: the copy would replace it.`);
  if (stats && contains(destination, homedir(), stats)) {
    refuse(`${to} is or holds your home folder. Name a new folder in it for the copy.`);
  }
  for (const [above, folder] of foldersFrom(destination).entries()) {
    if (above > 0 && readManifestHeader(folder)) {
      refuse(`${to} is inside the mirror ${displayPath(folder)}, which would delete it as none of its own.`);
    }
    if (looksLikeRepository(folder)) {
      refuse(`${displayPath(folder)} is a repository of snapshots. Name another folder for the copy.`);
    }
  }
}

/** Why a folder with copies of another source is taken only if that is forced. */
export function strangerMessage(
  destination: string,
  stranger: CopySource,
  source: CopySource,
  isDated = false,
): string {
  const [shown, theirs, ours] = [displayPath(destination), showSource(stranger, source), displayPath(source.source)];
  const [what, outcome] = isDated
    ? [`holds dated copies of ${theirs} and none of ${ours}`, 'the old copies stay, and do not count']
    : [`is the copy of ${theirs}, not of ${ours}`, 'it becomes the copy of the new one'];
  return `${shown} ${what}. If that is the same folder, which was moved, force this (--force): ${outcome}. Otherwise name another folder for the copy.`;
}

/** Throws `refused` if a folder has become a mirror of another source. */
export function requireNoStranger(destination: string, source: CopySource): void {
  const header = readManifestHeader(destination);
  if (header && !isSameSource(header, source)) refuse(strangerMessage(destination, header, source));
}

/** True if a folder holds what every restic repository holds. */
export function looksLikeRepository(folder: string): boolean {
  return (
    lookAtPlace(joinPath(folder, 'config'))?.isFile() === true &&
    ['keys', 'data', 'snapshots'].every((name) => lookAtPlace(joinPath(folder, name))?.isDirectory())
  );
}

function rootMessage(shown: string): string {
  return `${shown} is the root of a file system. Name a folder in it for the copy.`;
}

function refuse(message: string): never {
  throw new CairnError('refused', message);
}

/** True if `inner` is `outer` or below it, by path with links resolved or as the file system itself tells. */
function contains(outer: string, inner: string, { dev, ino }: ExactStats): boolean {
  if (pathInside(outer, inner) !== undefined) return true;
  if (ino === 0n) return false;
  // The same folder may be reached by two paths without any link: a bind mount.
  return foldersFrom(inner).some((folder) => {
    const stats = lstatExactIfThere(toFsPath(folder));
    return stats?.dev === dev && stats.ino === ino;
  });
}

/** A folder and all above it, with links resolved. */
function foldersFrom(path: string): string[] {
  const folders: string[] = [];
  for (let at = resolveLinks(path); at !== folders.at(-1); at = parentFolder(at)) folders.push(at);
  return folders;
}

function statOf(path: string): ExactStats | undefined {
  try {
    return statExactIfThere(toFsPath(path));
  } catch (cause) {
    throw new CairnError('refused', `${displayPath(path)} cannot be looked at: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
