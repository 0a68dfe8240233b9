import { asId, type BlobId, type PackId } from '../../repository/format/ids.ts';
import { plainLength, type BlobLocation } from '../../repository/index/blobIndex.ts';
import { readablePlaces } from './blobPlaces.ts';
import type { FolderPlace } from '../../disk/enteredFolders.ts';
import { ID_LENGTH, type FileToRestore, type RestoreBatch } from './restoreFiles.ts';
import { contentOf, type GrowingPlan, type PlannedFile } from './restorePlan.ts';
import type { RestoreRun } from './restoreRun.ts';
import type { VerifyBatch } from './verifyFiles.ts';

/**
 * A batch ends when it holds this many files or bytes of content. A thread is done with so few before V8 takes what
 * belongs to them for long-lived, and lets it pile up.
 */
const BATCH_FILES = 64;
const BATCH_BYTES = 8 * 1024 * 1024;
/** Of far storage what a batch needs is fetched at once: so many small files are worth a round trip. */
const FAR_BATCH_FILES = 512;

/** Files that travel together. */
export interface Batch<T> {
  readonly files: readonly PlannedFile[];
  readonly params: T;
}

/** The files in the order in which their contents lie in the packs, so that packs are read from front to back. */
export function sortByPack(
  { blobs, index }: Pick<GrowingPlan, 'blobs' | 'index'>,
  files: readonly PlannedFile[],
): PlannedFile[] {
  const keyed = files.map((file) => ({
    file,
    key: file.blobCount === 0 ? -1 : index.placeOrder(blobs[file.firstBlob]!),
  }));
  return keyed.sort((a, b) => a.key - b.key).map(({ file }) => file);
}

function* inBatches(files: readonly PlannedFile[], mostFiles = BATCH_FILES): Generator<PlannedFile[]> {
  let batch: PlannedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    batch.push(file);
    bytes += file.size;
    if (batch.length < mostFiles && bytes < BATCH_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** Numbers things in the order of their first use. */
class Numbering<K, V> {
  readonly values: V[] = [];
  readonly #numbers = new Map<K, number>();

  of(key: K, value: () => V): number {
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.values.push(value()) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}

/** What the threads need to write these files, in batches of bounded size. */
export function* restoreBatches(run: RestoreRun, files: readonly PlannedFile[]): Generator<Batch<RestoreBatch>> {
  const { index, repository } = run.session;
  const mostFiles = repository.backend.properties.isFar ? FAR_BATCH_FILES : BATCH_FILES;
  for (const batch of inBatches(files, mostFiles)) {
    const folders = new Numbering<number, FolderPlace>();
    const packs = new Numbering<PackId, PackId>();
    const others = new Map<number, BlobLocation[]>();
    const blobCount = batch.reduce((sum, file) => sum + file.blobCount, 0);
    const ids = new Uint8Array(ID_LENGTH * blobCount);
    const numbers = new Uint32Array(4 * blobCount);
    let at = 0;
    for (const file of batch) {
      for (const entry of contentOf(run.plan, file)) {
        const places = readablePlaces(index, entry);
        // The plan found a place for every blob.
        const { packId, offset, length, uncompressedLength } = places[0]!;
        if (places.length > 1) others.set(at, places.slice(1));
        ids.set(index.idBytes(entry), at * ID_LENGTH);
        numbers.set([packs.of(packId, () => packId), offset, length, uncompressedLength], at * 4);
        at++;
      }
    }
    const toRestore = batch.map(({ folder, name, change, metadata, blobCount, seen }): FileToRestore => ({
      folder: folders.of(folder, () => run.place(folder)),
      name,
      change: change === 'create' ? 'create' : 'overwrite',
      metadata,
      blobCount,
      ...(seen && { seen }),
    }));
    const params: RestoreBatch = {
      folders: folders.values,
      files: toRestore,
      ids,
      places: { packs: packs.values, numbers, others },
      sparse: run.options.sparse ?? true,
      owner: run.owner,
      counter: run.counter.shared,
    };
    yield { files: batch, params };
  }
}

/** What the threads need to compare these files with their content. */
export function* verifyBatches(run: RestoreRun, files: readonly PlannedFile[]): Generator<Batch<VerifyBatch>> {
  const { index } = run.session;
  const idOf = (entry: number) => asId<BlobId>(Buffer.from(index.idBytes(entry)).toString('hex'));
  const lengthOf = (entry: number) => plainLength(readablePlaces(index, entry)[0]!);
  for (const batch of inBatches(files)) {
    const folders = new Numbering<number, FolderPlace>();
    const toVerify = batch.map((file) => {
      const entries = [...contentOf(run.plan, file)];
      const folder = folders.of(file.folder, () => run.place(file.folder));
      return { folder, name: file.name, content: entries.map(idOf), lengths: entries.map(lengthOf) };
    });
    yield { files: batch, params: { folders: folders.values, files: toVerify, counter: run.counter.shared } };
  }
}
