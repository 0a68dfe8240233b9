import type { DiskPath } from '../../base/pathKinds.ts';
import type { Backend } from '../backend.ts';
import { changeWithin } from '../wrap/bindCalls.ts';
import { CachedBackend } from './cachedBackend.ts';
import { CacheFiles } from './cacheFiles.ts';
import { cachesFolder, openCacheFolder } from './cacheFolder.ts';

/**
 * The backend of an open repository with what its settings want kept on this machine around it. Near storage needs
 * nothing of the kind; without a place to keep it the backend stays as it is.
 */
export function withCache(backend: Backend, repositoryId: string): Backend {
  if (!backend.properties.isFar) return backend;
  const caches = cachesFolder(backend.settings.access);
  return caches === undefined ? backend : withCacheIn(backend, caches, repositoryId);
}

/** As {@link withCache}, in this folder of caches. */
export function withCacheIn(backend: Backend, caches: DiskPath, repositoryId: string): Backend {
  const folder = openCacheFolder(caches, repositoryId);
  return folder === undefined ? backend : new CachedBackend(backend, new CacheFiles(folder));
}

/** For proving what the storage holds: what was kept before does not count. */
export function withoutKept(backend: Backend): Backend {
  return backend instanceof CachedBackend ? backend.doubting() : changeWithin(backend, withoutKept);
}
