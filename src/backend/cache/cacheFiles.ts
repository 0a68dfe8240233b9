import type { DiskPath } from '../../base/pathKinds.ts';
import { setTimes, unlink } from '../../disk/changes.ts';
import { listNames } from '../../disk/folders.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { closeFile, openPlainFile, readAt } from '../../disk/openFile.ts';
import { joinName, joinPath, parentFolder } from '../../disk/paths.ts';
import { UNFINISHED_PREFIX, writeQuickly } from '../../disk/quickWrite.ts';
import { describeFileSystem, fstat, lstatIfThere } from '../../disk/stats.ts';
import type { ByteRange, FileHandle, FileType } from '../backend.ts';
import { isFileName } from '../layout.ts';
import { isOld, listCaches, OLD_AFTER_DAYS, removeCache } from './storedCaches.ts';

/** Where each type lies; restic's names. */
const folders = { snapshot: 'snapshots', index: 'index', pack: 'data' } as const;
/** What can be kept. */
export type KeptType = keyof typeof folders;

/** Packs take no more than that, nor than this part of the disk. Bytes. */
const MOST_BYTES = 10 * 1024 ** 3;
const MOST_OF_DISK = 0.1;
/** What is over goes, down to this part of what is allowed, so that it does not go at every end. */
const TRIMMED_TO = 0.9;
/** A disk with less left than both is left alone: a part of it, and bytes. */
const SCARCE = { part: 0.05, bytes: 1024 ** 3 };
/** What was not finished by then never will be. Milliseconds. */
const UNFINISHED_FOR = 24 * 3_600_000;

export function isKeptType(type: FileType): type is KeptType {
  return type in folders;
}

/**
 * The files of one cache. Nothing here ever throws: a disk that is full, broken or not ours only keeps less.
 */
export class CacheFiles {
  readonly #folder: DiskPath;
  readonly #mostBytes: number | undefined;
  readonly #touched = new Set<string>();
  #canWrite: boolean;
  #hasWritten = false;

  /** @param mostBytes for packs; by the disk unless stated. */
  constructor(folder: DiskPath, mostBytes?: number) {
    this.#folder = folder;
    this.#mostBytes = mostBytes;
    this.#canWrite = attempt(() => !isScarce(folder)) ?? false;
  }

  /** False from the first failure on, and where the disk is nearly full. */
  get canWrite(): boolean {
    return this.#canWrite;
  }

  /** The file or a part of it; nothing if it is not there so far. Memory of its own. */
  read(handle: FileHandle, { offset = 0, length }: Partial<ByteRange> = {}): Buffer | undefined {
    return attempt(() => {
      const path = this.#path(handle);
      const descriptor = openPlainFile(toFsPath(path));
      try {
        const { size } = fstat(descriptor);
        const wanted = length ?? size - offset;
        if (!(offset >= 0 && wanted >= 0 && offset + wanted <= size)) return undefined;
        const content = Buffer.allocUnsafeSlow(wanted);
        for (let at = 0; at < wanted;) {
          const count = readAt(descriptor, content, at, wanted - at, offset + at);
          if (count === 0) return undefined;
          at += count;
        }
        this.#touch(path);
        return content;
      } finally {
        closeFile(descriptor);
      }
    });
  }

  /** False if it cannot be kept. */
  save(handle: FileHandle, content: readonly Uint8Array[]): boolean {
    if (!this.#canWrite) return false;
    // The first failure says enough of the disk.
    this.#canWrite = attempt(() => (writeQuickly(this.#path(handle), content), true)) ?? false;
    this.#hasWritten = true;
    return this.#canWrite;
  }

  remove(handle: FileHandle): void {
    attempt(() => unlink(toFsPath(this.#path(handle))));
  }

  /** Removes all of a type but those that are named. */
  keepOnly(type: KeptType, names: ReadonlySet<string>): void {
    for (const { name } of this.#list(type)) if (!names.has(name)) this.remove({ type, name });
  }

  /**
   * Removes the packs that were not used for the longest time, as far as they are too many bytes, and caches of
   * repositories that nobody uses any more. To be called at the end.
   */
  trim(): void {
    if (!this.#hasWritten) return;
    const others = attempt(() => listCaches(parentFolder(this.#folder))) ?? [];
    for (const cache of others) if (isOld(cache, OLD_AFTER_DAYS)) attempt(() => removeCache(cache));
    attempt(() => {
      const packs = [...this.#list('pack')].flatMap(({ name, path }) => {
        const stats = attempt(() => lstatIfThere(toFsPath(path)));
        return stats ? [{ name, size: stats.size, usedAt: stats.mtimeMs }] : [];
      });
      const most = this.#mostBytes ?? mostBytes(this.#folder);
      let total = packs.reduce((sum, { size }) => sum + size, 0);
      if (total <= most) return;
      packs.sort((a, b) => a.usedAt - b.usedAt);
      for (const { name, size } of packs) {
        if (total <= most * TRIMMED_TO) break;
        this.remove({ type: 'pack', name });
        total -= size;
      }
    });
  }

  #path({ type, name }: FileHandle): DiskPath {
    return joinPath(this.#folder, `${folders[type as KeptType]}/${name.slice(0, 2)}/${name}`);
  }

  *#list(type: KeptType): Generator<{ name: string; path: DiskPath }> {
    const top = joinName(this.#folder, folders[type]);
    for (const first of attempt(() => listNames(toFsPath(top))) ?? []) {
      const folder = joinName(top, first);
      for (const name of attempt(() => listNames(toFsPath(folder))) ?? []) {
        const path = joinName(folder, name);
        if (isFileName(name)) yield { name, path };
        else if (name.startsWith(UNFINISHED_PREFIX)) removeUnfinished(path);
      }
    }
  }

  /** The time of a file says when it was last of use; once in a run is often enough. */
  #touch(path: DiskPath): void {
    if (this.#touched.has(path)) return;
    this.#touched.add(path);
    attempt(() => setTimes(toFsPath(path), new Date()));
  }
}

function removeUnfinished(path: DiskPath): void {
  attempt(() => {
    const stats = lstatIfThere(toFsPath(path));
    if (stats && Date.now() - stats.mtimeMs > UNFINISHED_FOR) unlink(toFsPath(path));
  });
}

function mostBytes(folder: DiskPath): number {
  return Math.min(MOST_BYTES, MOST_OF_DISK * describeFileSystem(toFsPath(folder)).totalBytes);
}

function isScarce(folder: DiskPath): boolean {
  const { totalBytes, freeBytes } = describeFileSystem(toFsPath(folder));
  return freeBytes < SCARCE.bytes && freeBytes < SCARCE.part * totalBytes;
}

/** Nothing if it fails, for whatever reason. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
