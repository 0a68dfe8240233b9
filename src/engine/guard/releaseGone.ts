import type { FileHandle } from '../../backend/backend.ts';
import { asId, type PackId } from '../../repository/format/ids.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import { loadIndex } from '../../repository/index/loadIndex.ts';
import type { Repository } from '../../repository/repository.ts';
import { removeClosedFolder } from '../../disk/closedFolders.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { joinName, joinPath } from '../../disk/paths.ts';
import { lstatExactIfThere, lstatIfThere } from '../../disk/stats.ts';
import { guardedAs } from './guardedAs.ts';
import { findGuard, Guard } from './guard.ts';
import { guardsFor, type GuardSettings } from './guardPlace.ts';
import {
  FILES,
  guardedFolders,
  listBatches,
  listFiles,
  placeOf,
  removeFromBatch,
  type GoneBatch,
} from './guardFiles.ts';

export interface ReleaseOptions {
  /** Milliseconds; 0 lets go of everything that is gone. */
  readonly delay: number;
  /** Milliseconds since 1970; the present unless stated. */
  readonly now?: number;
}

/** What a guard let go of. */
export interface Released {
  readonly files: number;
  readonly bytes: number;
  /** Packs that stay: an index file lists them, so nobody removed them on purpose. */
  readonly stillListed: number;
}

/**
 * Lets go of what has been gone from a repository for longer than the delay. A pack that an index file still lists
 * stays; all stays where the repository is not at its place, or has no snapshots, no packs or no index any more.
 * Throws what reading the index throws, and the system's error.
 */
export async function releaseGone(
  repository: Repository,
  guard: Guard,
  { delay, now = Date.now() }: ReleaseOptions,
): Promise<Released> {
  const total = { files: 0, bytes: 0, stillListed: 0 };
  const old = listBatches(guard.folder).filter(({ until }) => delay === 0 || until + delay <= now);
  if (old.length === 0 || !(await isInOrder(repository, guard))) return total;
  const index = await loadIndex(repository);
  for (const batch of old) releaseBatch(guard, batch, index, total);
  return total;
}

/**
 * Brings the guard of a repository up to date, and lets go as {@link releaseGone} does. Nothing if it has none.
 * Throws the same.
 */
export async function releaseFromGuard(
  repository: Repository,
  { folder, delay }: Pick<GuardSettings, 'folder' | 'delay'>,
): Promise<Released | undefined> {
  const about = guardedAs(repository);
  if (!about) return undefined;
  for (const guards of guardsFor(about.repository, folder)) {
    const found = findGuard(about, guards);
    if (found === undefined) continue;
    const guard = new Guard(found, about.repository);
    await guard.sync(Date.now());
    return releaseGone(repository, guard, { delay });
  }
  return undefined;
}

async function isInOrder({ backend }: Repository, guard: Guard): Promise<boolean> {
  if (!guard.isAtItsPlace()) return false;
  const lists = await Promise.all((['snapshot', 'index', 'pack'] as const).map((type) => backend.list(type)));
  return lists.every((files) => files.length > 0);
}

/** First what refers to others: what is left if it is cut off is only superfluous. */
const order = ['config', 'snapshot', 'index', 'key', 'pack'];

function releaseBatch(
  { folder: guard }: Guard,
  { name }: GoneBatch,
  index: BlobIndex,
  total: { files: number; bytes: number; stillListed: number },
): void {
  const top = joinName(guard, name);
  const folders = guardedFolders().sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  for (const folder of folders) {
    const files = listFiles(top, folder);
    const needed = files.filter((file) => isNeeded(guard, file, index));
    const free = files.filter((file) => !needed.includes(file));
    const bytes = free.reduce((sum, file) => sum + (lstatIfThere(toFsPath(placeOf(top, file)))?.size ?? 0), 0);
    removeFromBatch(guard, name, free);
    total.files += free.length;
    total.bytes += bytes;
    total.stillListed += needed.length;
    if (folder[1] !== '' && lstatIfThere(toFsPath(joinPath(top, folder[1]))))
      removeClosedFolder(joinPath(top, folder[1]));
  }
  for (const folder of [joinName(top, 'data'), top]) if (lstatIfThere(toFsPath(folder))) removeClosedFolder(folder);
}

function isNeeded(guard: string, handle: FileHandle, index: BlobIndex): boolean {
  if (handle.type !== 'pack' || !index.hasPack(asId<PackId>(handle.name))) return false;
  return lstatExactIfThere(toFsPath(placeOf(joinName(guard, FILES), handle))) === undefined;
}
