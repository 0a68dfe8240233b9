import type { BlobId, PackId } from '../../repository/format/ids.ts';
import { plainLength, type BlobIndex, type BlobLocation } from '../../repository/index/blobIndex.ts';
import { readablePlaces } from './blobPlaces.ts';
import type { FolderPlace } from './destinationFolders.ts';
import type { FileToRestore, RestoreBatch } from './restoreFiles.ts';
import type { PlannedFile } from './restorePlan.ts';
import type { RestoreRun } from './restoreRun.ts';
import type { VerifyBatch } from './verifyFiles.ts';

/** A batch ends when it holds this many files or bytes of content. */
const BATCH_FILES = 256;
const BATCH_BYTES = 8 * 1024 * 1024;

/** Files that travel together. */
export interface Batch<T> {
  readonly files: readonly PlannedFile[];
  readonly params: T;
}

/** The files in the order in which their contents lie in the packs, so that packs are read from front to back. */
export function sortByPack(index: BlobIndex, files: readonly PlannedFile[]): PlannedFile[] {
  const numbers = new Map(index.packIds.map((id, number) => [id, number]));
  const keyed = files.map((file) => {
    const place = file.content[0] === undefined ? undefined : readablePlaces(index, file.content[0])[0];
    return { file, key: place ? (numbers.get(place.packId) ?? 0) * 2 ** 32 + place.offset : -1 };
  });
  return keyed.sort((a, b) => a.key - b.key).map(({ file }) => file);
}

function* inBatches(files: readonly PlannedFile[]): Generator<PlannedFile[]> {
  let batch: PlannedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    batch.push(file);
    bytes += file.size;
    if (batch.length < BATCH_FILES && bytes < BATCH_BYTES) continue;
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
  const { index } = run.session;
  for (const batch of inBatches(files)) {
    const folders = new Numbering<number, FolderPlace>();
    const packs = new Numbering<PackId, PackId>();
    const others = new Map<number, BlobLocation[]>();
    const numbers = new Uint32Array(4 * batch.reduce((sum, file) => sum + file.content.length, 0));
    let at = 0;
    for (const id of batch.flatMap((file) => file.content)) {
      const [first, ...rest] = readablePlaces(index, id);
      // The plan found a place for every blob.
      const { packId, offset, length, uncompressedLength } = first!;
      if (rest.length > 0) others.set(at / 4, rest);
      numbers.set([packs.of(packId, () => packId), offset, length, uncompressedLength], at);
      at += 4;
    }
    const toRestore = batch.map(({ folder, name, change, metadata, content }): FileToRestore => ({
      folder: folders.of(folder, () => run.place(folder)),
      name,
      change: change === 'create' ? 'create' : 'overwrite',
      metadata,
      content,
    }));
    const params: RestoreBatch = {
      folders: folders.values,
      files: toRestore,
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
  const lengthOf = (id: BlobId) => plainLength(readablePlaces(index, id)[0]!);
  for (const batch of inBatches(files)) {
    const folders = new Numbering<number, FolderPlace>();
    const toVerify = batch.map(({ folder, name, content }) => ({
      folder: folders.of(folder, () => run.place(folder)),
      name,
      content,
      lengths: content.map(lengthOf),
    }));
    yield { files: batch, params: { folders: folders.values, files: toVerify, counter: run.counter.shared } };
  }
}
