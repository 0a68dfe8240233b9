import { CairnError } from '../../base/errors.ts';
import { asId, type BlobId } from '../../repository/format/ids.ts';
import type { CodecContext } from '../codec/codecContext.ts';
import { ByteCounter } from './byteCounter.ts';
import { BlobSource, type BlobPlaces } from './blobSource.ts';
import { openNew, closeFile, truncateFile } from '../../disk/openFile.ts';
import { DestinationFolders, type FolderPlace, type EnteredFolder } from '../../disk/enteredFolders.ts';
import {
  setFileMetadata,
  type EntryMetadata,
  type MetadataFailure,
  type OwnerRules,
} from '../../disk/entryMetadata.ts';
import { syncOpenFile } from '../../disk/syncEntry.ts';
import { toFailure, type Failure } from './restoreProblems.ts';
import {
  createTemporary,
  isRefusedName,
  removeTemporary,
  renameTemporary,
  type SeenEntry,
} from '../../disk/temporaryName.ts';
import { writeAll, writeWithHoles } from '../../disk/writeWithHoles.ts';
import type { PathBelow } from '../../base/pathKinds.ts';

/** Bytes of an id. */
export const ID_LENGTH = 32;

export interface FileToRestore {
  /** An index in {@link RestoreBatch.folders}. */
  readonly folder: number;
  readonly name: string;
  readonly change: 'create' | 'overwrite';
  /** What it replaces; what was written to meanwhile stays. */
  readonly seen?: SeenEntry;
  readonly metadata: EntryMetadata;
  readonly blobCount: number;
}

/** Files for one thread; their blobs, one file's after the other's, lie at `places`. */
export interface RestoreBatch {
  readonly folders: readonly FolderPlace[];
  readonly files: readonly FileToRestore[];
  /** Of their blobs, {@link ID_LENGTH} bytes each. */
  readonly ids: Uint8Array;
  readonly places: BlobPlaces;
  readonly sparse: boolean;
  readonly owner: OwnerRules;
  /** A {@link ByteCounter}. */
  readonly counter: SharedArrayBuffer;
}

/** What became of a file: nothing to say if all went well. */
export interface FileOutcome {
  readonly failure?: Failure;
  readonly metadata?: readonly MetadataFailure[];
}

interface Job extends RestoreBatch {
  readonly reach: DestinationFolders;
  readonly source: BlobSource;
  readonly done: ByteCounter;
  readonly isInterrupted: () => boolean;
}

/** A file that is complete under its temporary name, and still open. */
interface WrittenFile {
  readonly file: FileToRestore;
  readonly temporary: PathBelow;
  readonly fd: number;
  readonly metadata: readonly MetadataFailure[];
}

/** So many files are made durable together, which the system does faster than one after the other. */
const MOST_WAITING = 64;

/** What was begun of batches whose turn has not come. */
const begun = new WeakMap<RestoreBatch, BlobSource>();

/** Begins to fetch from far storage what a batch needs first, while others are written. Runs in a codec thread. */
export function beginRestore(context: CodecContext, batch: RestoreBatch): void {
  if (!context.storage().properties.isFar) return;
  const source = createSource(context, batch);
  source.begin();
  begun.set(batch, source);
}

function createSource(context: CodecContext, { places }: RestoreBatch): BlobSource {
  return new BlobSource(context.storage(), context, places);
}

/**
 * Writes files: each under a temporary name in its folder, with its metadata, then renamed. What replaces another file
 * is durable before, so that no power cut leaves it empty. A file that fails leaves nothing behind, and the others go
 * on. Once the pool is interrupted, all that is left fails with `aborted`. Runs in a codec thread.
 */
export async function restoreFiles(context: CodecContext, batch: RestoreBatch): Promise<(FileOutcome | null)[]> {
  const reach = new DestinationFolders();
  const job: Job = {
    ...batch,
    reach,
    source: begun.get(batch) ?? createSource(context, batch),
    done: new ByteCounter(batch.counter),
    isInterrupted: () => context.host.isInterrupted(),
  };
  const outcomes: (FileOutcome | null)[] = [];
  const waiting = new Map<number, WrittenFile>();
  let firstBlob = 0;
  try {
    for (const [at, file] of batch.files.entries()) {
      const written = await writeFile(job, file, firstBlob);
      firstBlob += file.blobCount;
      if ('failure' in written) outcomes[at] = written;
      else if (file.change === 'create') outcomes[at] = giveName(job, written);
      else waiting.set(at, written);
      if (waiting.size === MOST_WAITING) await replaceDurably(job, waiting, outcomes);
    }
    await replaceDurably(job, waiting, outcomes);
    return outcomes;
  } finally {
    reach.close();
  }
}

async function writeFile(
  job: Job,
  file: FileToRestore,
  firstBlob: number,
): Promise<WrittenFile | (FileOutcome & { failure: Failure })> {
  try {
    throwIfInterrupted(job);
    const place = job.folders[file.folder]!;
    const { temporary, created: fd } = createOwn(job.reach.enter(place), file.name);
    try {
      return { file, temporary, fd, metadata: await fill(job, file, firstBlob, fd) };
    } catch (error) {
      closeFile(fd);
      removeTemporary(job.reach.enter(place), temporary);
      throw error;
    }
  } catch (error) {
    return { failure: toFailure(error) };
  }
}

async function replaceDurably(
  job: Job,
  waiting: Map<number, WrittenFile>,
  outcomes: (FileOutcome | null)[],
): Promise<void> {
  const synced = await Promise.allSettled([...waiting.values()].map(({ fd }) => syncOpenFile(fd)));
  [...waiting].forEach(([at, written], number) => (outcomes[at] = giveName(job, written, synced[number])));
  waiting.clear();
}

/** Reading may have taken long: the folder is reached, and so checked, once more. */
function giveName(job: Job, written: WrittenFile, synced?: PromiseSettledResult<void>): FileOutcome | null {
  const { file, temporary, fd, metadata } = written;
  try {
    closeFile(fd);
    const folder = job.reach.enter(job.folders[file.folder]!);
    try {
      if (synced?.status === 'rejected') throw synced.reason;
      renameTemporary(folder, temporary, file.name, file.change, file.seen);
    } catch (error) {
      removeTemporary(folder, temporary);
      throw error;
    }
    return metadata.length > 0 ? { metadata } : null;
  } catch (error) {
    return { failure: toFailure(error) };
  }
}

/** A new file under a temporary name, that nobody but the owner may look at before it has its own mode. */
function createOwn(folder: EnteredFolder, name: PathBelow): { temporary: PathBelow; created: number } {
  try {
    return createTemporary(folder, name, (path) => openNew(path, 0o600));
  } catch (error) {
    if (!isRefusedName(folder, error)) throw error;
    throw Object.assign(new Error('EILSEQ: no name here', { cause: error }), { code: 'EILSEQ' });
  }
}

/** Writes content and metadata. */
async function fill(job: Job, file: FileToRestore, firstBlob: number, fd: number): Promise<MetadataFailure[]> {
  let position = 0;
  let writtenEnd = 0;
  for (let at = 0; at < file.blobCount; at++) {
    const plain = await job.source.read(firstBlob + at, idAt(job.ids, firstBlob + at));
    throwIfInterrupted(job);
    const write = job.sparse ? writeWithHoles : writeAll;
    writtenEnd = write(fd, plain, position) || writtenEnd;
    position += plain.length;
    job.done.add(plain.length);
  }
  if (writtenEnd < position) truncateFile(fd, position);
  // Extended attributes come later, and before the mode: it may take away the right to set them.
  return setFileMetadata(fd, file.metadata, job.owner, !file.metadata.extendedAttributes);
}

function idAt({ buffer, byteOffset }: Uint8Array, blob: number): BlobId {
  return asId(Buffer.from(buffer, byteOffset + blob * ID_LENGTH, ID_LENGTH).toString('hex'));
}

function throwIfInterrupted({ isInterrupted }: Job): void {
  if (isInterrupted()) throw new CairnError('aborted', 'The operation was cancelled.');
}
