import { openBackend } from '../../backend/openBackend.ts';
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

/**
 * Writes files: each under a temporary name in its folder, with its metadata, then renamed. A file that
 * fails leaves nothing behind, and the others go on. Once the pool is interrupted, all that is left fails with
 * `aborted`. Runs in a codec thread.
 */
export async function restoreFiles(context: CodecContext, batch: RestoreBatch): Promise<(FileOutcome | null)[]> {
  const backend = openBackend(context.setup.address);
  const reach = new DestinationFolders();
  const job: Job = {
    ...batch,
    reach,
    source: new BlobSource(backend, context, batch.places),
    done: new ByteCounter(batch.counter),
    isInterrupted: () => context.host.isInterrupted(),
  };
  const outcomes: (FileOutcome | null)[] = [];
  let firstBlob = 0;
  try {
    for (const file of batch.files) {
      outcomes.push(await restoreFile(job, file, firstBlob));
      firstBlob += file.blobCount;
    }
    return outcomes;
  } finally {
    reach.close();
    await backend.close();
  }
}

async function restoreFile(job: Job, file: FileToRestore, firstBlob: number): Promise<FileOutcome | null> {
  try {
    throwIfInterrupted(job);
    const place = job.folders[file.folder]!;
    const { temporary, created: fd } = createOwn(job.reach.enter(place), file.name);
    try {
      const metadata = await fill(job, file, firstBlob, fd);
      // Reading may have taken long: the folder is reached, and so checked, once more.
      renameTemporary(job.reach.enter(place), temporary, file.name, file.change, file.seen);
      return metadata.length > 0 ? { metadata } : null;
    } catch (error) {
      removeTemporary(job.reach.enter(place), temporary);
      throw error;
    }
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

/** Writes content and metadata, and closes the file. */
async function fill(job: Job, file: FileToRestore, firstBlob: number, fd: number): Promise<MetadataFailure[]> {
  try {
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
  } finally {
    closeFile(fd);
  }
}

function idAt({ buffer, byteOffset }: Uint8Array, blob: number): BlobId {
  return asId(Buffer.from(buffer, byteOffset + blob * ID_LENGTH, ID_LENGTH).toString('hex'));
}

function throwIfInterrupted({ isInterrupted }: Job): void {
  if (isInterrupted()) throw new CairnError('aborted', 'The operation was cancelled.');
}
