import type { DiskPath } from '../../base/pathKinds.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';
import { setTimes } from '../../disk/changes.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { ensureFolder } from '../../disk/places.ts';
import { joinName } from '../../disk/paths.ts';
import { writeQuickly } from '../../disk/quickWrite.ts';
import { readSmallFile } from '../../disk/smallFile.ts';
import { exists } from '../../disk/stats.ts';
import { isFileName } from '../layout.ts';
import { userCacheFolder } from '../../disk/userCacheFolder.ts';

/** That of the layout, in a file of every cache; restic's. */
const VERSION = '1';
export const VERSION_FILE = 'version';
/** Tells programs that back up to leave it out (bford.info/cachedir). */
const tag = { name: 'CACHEDIR.TAG', content: 'Signature: 8a477f597d28d172789f06886806bc55\n' };

/**
 * Where the caches of all repositories lie: the folder that is named, or that of restic, with which Cairn shares what
 * either of them has fetched. Nothing if none is wanted, or the environment does not tell where the user has such things.
 */
export function cachesFolder({
  cache,
  environment,
}: Pick<StorageAccess, 'cache' | 'environment'>): DiskPath | undefined {
  if (cache.isOff) return undefined;
  if (cache.folder !== undefined) return cache.folder;
  const folder = userCacheFolder(environment);
  return folder && joinName(folder, 'restic');
}

/**
 * The folder for one repository among these, made if it is not there, and marked as used now. Nothing if that is not
 * possible, or another version of the layout is there.
 */
export function openCacheFolder(caches: DiskPath, repositoryId: string): DiskPath | undefined {
  if (!isFileName(repositoryId)) return undefined;
  try {
    ensureFolder(caches);
    const tagFile = joinName(caches, tag.name);
    if (!exists(toFsPath(tagFile))) writeQuickly(tagFile, [Buffer.from(tag.content)]);
    const folder = ensureFolder(joinName(caches, repositoryId));
    const versionFile = joinName(folder, VERSION_FILE);
    if (!exists(toFsPath(versionFile))) writeQuickly(versionFile, [Buffer.from(VERSION)]);
    if (readSmallFile(versionFile).toString() !== VERSION) return undefined;
    setTimes(toFsPath(folder), new Date());
    return folder;
  } catch {
    return undefined;
  }
}
