import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import type { CodecPool } from '../codec/codecPool.ts';
import { joinIds } from '../codec/rescueBlobs.ts';
import { runJobs } from '../codec/runJobs.ts';
import type { AffectedPath } from '../verify/findings.ts';
import { diskCandidates, filesBelow } from './diskCandidates.ts';

export interface RescueOptions {
  readonly paths?: readonly string[];
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** Files for one job: each job takes the list of what is wanted along. */
const BATCH_FILES = 256;

/**
 * Looks for lost blobs in the files from which they came, and then in those below `paths`, and stores what
 * it finds. Returns how many that were.
 */
export async function rescueFromDisk(
  codecs: CodecPool,
  wanted: ReadonlySet<BlobId>,
  affected: readonly AffectedPath[],
  snapshots: readonly StoredSnapshot[],
  { paths = [], signal, onProgress }: RescueOptions,
): Promise<number> {
  const missing = new Set(wanted);
  const progress = throttleProgress(onProgress);
  let items = 0;
  const read = async (files: readonly string[]) => {
    if (missing.size === 0) return;
    for (const id of await codecs.run('rescueBlobs', { files, wanted: joinIds(missing) })) missing.delete(id);
    items += files.length;
    progress.report({ phase: 'Looking for lost content on the disk', items, bytes: 0 });
  };
  await runJobs(codecs, batches(diskCandidates(affected, snapshots)), read, signal);
  if (missing.size > 0) await runJobs(codecs, batches(filesBelow(paths)), read, signal);
  progress.flush();
  return wanted.size - missing.size;
}

function* batches(files: Iterable<string>): Generator<string[]> {
  let batch: string[] = [];
  for (const file of files) {
    batch.push(file);
    if (batch.length < BATCH_FILES) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
