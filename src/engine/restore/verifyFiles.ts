import { CairnError } from '../../base/errors.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { CodecContext } from '../codec/codecContext.ts';
import { ByteCounter } from './byteCounter.ts';
import { compareContent, GrowingBuffer } from './compareContent.ts';
import { DestinationFolders, type EnteredFolder, type FolderPlace } from '../../disk/enteredFolders.ts';
import { toFailure, type Failure } from './restoreProblems.ts';
import { fstat } from '../../disk/stats.ts';
import { openForReading, closeFile } from '../../disk/openFile.ts';

export interface FileToVerify {
  /** An index in {@link VerifyBatch.folders}. */
  readonly folder: number;
  readonly name: string;
  readonly content: readonly BlobId[];
  /** Plain bytes of each blob. */
  readonly lengths: readonly number[];
}

export interface VerifyBatch {
  readonly folders: readonly FolderPlace[];
  readonly files: readonly FileToVerify[];
  /** A {@link ByteCounter}. */
  readonly counter: SharedArrayBuffer;
}

/**
 * Reads restored files and compares them with what they should be; null for each that is right. Once the pool is
 * interrupted, all that is left fails with `aborted`.
 */
export function verifyFiles(context: CodecContext, batch: VerifyBatch): (Failure | null)[] {
  const reach = new DestinationFolders();
  const done = new ByteCounter(batch.counter);
  const buffer = new GrowingBuffer();
  const pass = (bytes: number) => {
    done.add(bytes);
    if (context.host.isInterrupted()) throw new CairnError('aborted', 'The operation was cancelled.');
  };
  try {
    return batch.files.map((file) => {
      try {
        pass(0);
        if (isRight(reach.enter(batch.folders[file.folder]!), file, buffer, pass)) return null;
        return { code: 'verification-failed', message: 'What is on disk differs from the snapshot. Check the disk.' };
      } catch (error) {
        return describe(toFailure(error));
      }
    });
  } finally {
    reach.close();
  }
}

function isRight(
  folder: EnteredFolder,
  { name, content, lengths }: FileToVerify,
  buffer: GrowingBuffer,
  pass: (bytes: number) => void,
): boolean {
  const fd = openForReading(folder.at(name));
  try {
    if (!fstat(fd).isFile()) return false;
    const longest = lengths.reduce((most, length) => Math.max(most, length), 0);
    const comparison = compareContent(fd, content, lengths, buffer.take(longest));
    for (;;) {
      const step = comparison.next();
      if (step.done) return step.value;
      pass(step.value);
    }
  } finally {
    closeFile(fd);
  }
}

function describe(failure: Failure): Failure {
  return { message: `It was restored, but cannot be read again to be verified (${failure.code}).`, ...failure };
}
