import type { SnapshotSummary } from '../../repository/format/snapshot.ts';
import type { BackupTimes, EntryChange } from './backupOptions.ts';

/** What a backup has done so far, in numbers. Sizes are bytes. */
export class BackupCount {
  readonly #files = { new: 0, changed: 0, unchanged: 0 };
  /** Of the files, those of git's own. */
  readonly git = { new: 0, changed: 0, unchanged: 0 };
  readonly #folders = { new: 0, changed: 0, unchanged: 0 };
  readonly #blobs = { data: 0, tree: 0, added: 0, packed: 0 };
  #bytes = 0;
  #found = 0;
  #foundBytes = 0;

  /** The walk came to a file. */
  find(size: number): void {
    this.#found++;
    this.#foundBytes += size;
  }

  /** It is clear what became of a file. */
  addFile(change: EntryChange, size: number, isGit: boolean): void {
    this.#files[change]++;
    if (isGit) this.git[change]++;
    this.#bytes += size;
  }

  get filesNew(): number {
    return this.#files.new;
  }

  addFolder(change: EntryChange): void {
    this.#folders[change]++;
  }

  addData({ blobs, bytes, packed }: { readonly blobs: number; readonly bytes: number; readonly packed: number }): void {
    this.#blobs.data += blobs;
    this.#blobs.added += bytes;
    this.#blobs.packed += packed;
  }

  addTree(bytes: number, packed: number): void {
    this.#blobs.tree++;
    this.#blobs.added += bytes;
    this.#blobs.packed += packed;
  }

  /** Totals are known once the walk is at its end; before, what it has found. */
  progress(isWalked: boolean) {
    const [found, foundBytes] = [this.#found, this.#foundBytes];
    return {
      items: this.#countFiles(),
      bytes: this.#bytes,
      ...(isWalked ? { totalItems: found, totalBytes: foundBytes } : { foundItems: found, foundBytes }),
    };
  }

  /** The counts of format notes 6. */
  summary(times: BackupTimes): SnapshotSummary {
    return {
      backupStart: times.start,
      backupEnd: times.end,
      filesNew: this.#files.new,
      filesChanged: this.#files.changed,
      filesUnmodified: this.#files.unchanged,
      dirsNew: this.#folders.new,
      dirsChanged: this.#folders.changed,
      dirsUnmodified: this.#folders.unchanged,
      dataBlobs: this.#blobs.data,
      treeBlobs: this.#blobs.tree,
      dataAdded: this.#blobs.added,
      dataAddedPacked: this.#blobs.packed,
      totalFilesProcessed: this.#countFiles(),
      totalBytesProcessed: this.#bytes,
    };
  }

  #countFiles(): number {
    return this.#files.new + this.#files.changed + this.#files.unchanged;
  }
}
