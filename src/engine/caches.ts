import { cachesFolder } from '../backend/cache/cacheFolder.ts';
import { isOld, listCaches, measureCache, OLD_AFTER_DAYS, removeCache } from '../backend/cache/storedCaches.ts';
import { CairnError } from '../base/errors.ts';
import type { DiskPath } from '../base/pathKinds.ts';
import type { StorageAccess } from '../base/storageAccess.ts';

export interface CachesOptions {
  /** Unused for longer is old; 30 unless stated. */
  readonly maxAgeDays?: number;
  /** Measure them, which takes a look at each file. */
  readonly withSizes?: boolean;
  /** Remove those that are old. */
  readonly removeOld?: boolean;
}

/** What is kept on this machine of one repository elsewhere. */
export interface CacheReport {
  readonly repositoryId: string;
  /** Milliseconds since 1970. */
  readonly usedAt: number;
  readonly isOld: boolean;
  readonly isRemoved: boolean;
  /** Bytes, if asked for. */
  readonly size?: number;
}

/**
 * Tells what is kept on this machine of storage elsewhere, and removes what is not used any more. Nothing is lost by
 * that: it is fetched again. Throws `usage` if there is no place for it, and `storage-error`.
 */
export function reviewCaches(
  access: Pick<StorageAccess, 'cache' | 'environment'>,
  { maxAgeDays = OLD_AFTER_DAYS, withSizes = false, removeOld = false }: CachesOptions = {},
): { readonly folder: DiskPath; readonly caches: readonly CacheReport[] } {
  const folder = cachesFolder(access);
  if (folder === undefined) {
    throw new CairnError('usage', 'There is no folder for a cache. Name one with --cache-dir, without --no-cache.');
  }
  try {
    const caches = listCaches(folder).map((cache): CacheReport => {
      const { repositoryId, usedAt } = cache;
      const old = isOld(cache, maxAgeDays);
      const size = withSizes ? { size: measureCache(cache) } : {};
      if (old && removeOld) removeCache(cache);
      return { repositoryId, usedAt, isOld: old, isRemoved: old && removeOld, ...size };
    });
    return { folder, caches };
  } catch (cause) {
    throw new CairnError('storage-error', `The cache in ${folder} cannot be looked at: ${(cause as Error).message}.`, {
      cause,
    });
  }
}
