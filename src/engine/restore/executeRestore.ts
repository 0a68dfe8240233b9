import { throwIfAborted } from '../../base/abort.ts';
import type { CodecPool, OpenCodecs } from '../codec/codecPool.ts';
import { codecSetupOf } from '../codec/codecSetup.ts';
import { runJobs } from '../codec/runJobs.ts';
import type { Session } from '../session.ts';
import { restoreExtendedAttributes } from './extendedAttributes.ts';
import { restoreBatches, sortByPack, verifyBatches, type Batch } from './fileBatches.ts';
import { removeLeftovers } from './leftovers.ts';
import { finishFolders, makeFolders, removeEntries } from './restoreFolders.ts';
import type { FileOutcome } from './restoreFiles.ts';
import { restoreFileMetadata, restoreLinks, restoreOthers } from './restoreOthers.ts';
import type { PlannedFile, RestorePlan } from './restorePlan.ts';
import { entryKey, RestoreRun, type ExecuteOptions, type RestoreResult } from './restoreRun.ts';

/** While files are written or read, progress is reported this often. Milliseconds. */
const REPORT_MS = 200;

const LINK_LOST =
  'It was not restored: its content is missing from the repository, and it could not be linked to its other name.';

/**
 * Does what a plan says. Each entry is made under a temporary name and renamed when it is complete, so
 * whatever happens, what stands under a final name is either what was there before or what the snapshot has.
 * What goes wrong with single entries is in the result, and the rest goes on.
 * Throws `disk-full`, `read-only`, `target-unavailable` or `worker-crashed` when going on makes no sense,
 * and `aborted`; what was restored until then stays.
 */
export async function executeRestore(
  session: Session,
  openCodecs: OpenCodecs,
  plan: RestorePlan,
  options: ExecuteOptions = {},
): Promise<RestoreResult> {
  throwIfAborted(options.signal);
  const run = new RestoreRun(session, plan, options);
  // The threads start up while the folders are made.
  const codecs = hasContents(plan) ? openCodecs(codecSetupOf(session), () => Promise.resolve()) : undefined;
  try {
    await removeEntries(run, plan.replaced);
    try {
      await makeFolders(run);
      await restoreEntries(run, codecs);
    } finally {
      finishFolders(run);
    }
    run.progress.flush();
    return run.result();
  } finally {
    run.reach.close();
    await codecs?.close();
  }
}

function hasContents({ files, links }: RestorePlan): boolean {
  return links.length > 0 || files.some((file) => file.change !== 'metadata');
}

async function restoreEntries(run: RestoreRun, codecs: CodecPool | undefined): Promise<void> {
  const { plan } = run;
  await removeLeftovers(run);
  await restoreOthers(run);
  await restoreFileMetadata(
    run,
    plan.files.filter((file) => file.change === 'metadata'),
  );
  const files = plan.files.filter((file) => file.change !== 'metadata');
  if (codecs) await restoreContents(run, codecs, files);
  await removeEntries(run, plan.deletions);
  restoreExtendedAttributes(run);
  if (codecs && run.options.verify) await verifyContents(run, codecs, [...files, ...plan.links]);
}

async function restoreContents(run: RestoreRun, codecs: CodecPool, files: readonly PlannedFile[]): Promise<void> {
  await writeFiles(run, codecs, files);
  const alone = (await restoreLinks(run)).filter(({ firstBlob, ...link }) => {
    if (firstBlob < 0) run.fail(run.path(link), { code: 'blob-missing', message: LINK_LOST });
    return firstBlob >= 0;
  });
  for (const link of alone) run.copiedLinks.add(link);
  if (alone.length > 0) await writeFiles(run, codecs, alone);
}

async function writeFiles(run: RestoreRun, codecs: CodecPool, files: readonly PlannedFile[]): Promise<void> {
  const wanted = files.filter((file) => !run.failedFolders.has(file.folder));
  const batches = restoreBatches(run, sortByPack(run.plan, wanted));
  await dispatch(run, codecs, 'Restoring', wanted, batches, async ({ files: batch, params }) => {
    const outcomes = await codecs.run('restoreFiles', params);
    batch.forEach((file, at) => noteFile(run, file, outcomes[at]!));
  });
}

function noteFile(run: RestoreRun, file: PlannedFile, outcome: FileOutcome | null): void {
  const path = () => run.path(file);
  if (outcome?.failure) {
    run.failedFiles.add(entryKey(file));
    return run.fail(path(), outcome.failure);
  }
  if (outcome?.metadata) run.noteMetadata(path, outcome.metadata);
  run.count.files++;
  run.count.bytes += file.size;
  run.options.onEntry?.(path(), file.change, 'file');
}

async function verifyContents(run: RestoreRun, codecs: CodecPool, files: readonly PlannedFile[]): Promise<void> {
  const isThere = (file: PlannedFile) =>
    file.firstBlob >= 0 && !run.failedFolders.has(file.folder) && !run.failedFiles.has(entryKey(file));
  const wanted = sortByPack(run.plan, files.filter(isThere));
  await dispatch(run, codecs, 'Verifying', wanted, verifyBatches(run, wanted), async ({ files: batch, params }) => {
    const failures = await codecs.run('verifyFiles', params);
    batch.forEach((file, at) => {
      const failure = failures[at];
      if (!failure) run.count.verified++;
      else run.fail(run.path(file), failure);
    });
  });
}

/**
 * Gives batches to the threads. After a failure, or once the signal fires, those at hand are interrupted and
 * waited for: they clean up behind themselves.
 */
async function dispatch<T>(
  run: RestoreRun,
  codecs: CodecPool,
  phase: string,
  files: readonly PlannedFile[],
  batches: Iterable<Batch<T>>,
  work: (batch: Batch<T>) => Promise<void>,
): Promise<void> {
  const { signal, onProgress } = run.options;
  const totalBytes = files.reduce((sum, file) => sum + file.size, 0);
  const startBytes = run.counter.value;
  let items = 0;
  const report = () =>
    run.progress.report({ phase, items, totalItems: files.length, bytes: run.counter.value - startBytes, totalBytes });
  const timer = onProgress && setInterval(report, REPORT_MS);
  const interrupt = () => codecs.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  const attempt = async (batch: Batch<T>) => {
    try {
      await work(batch);
      items += batch.files.length;
    } catch (error) {
      interrupt();
      throw error;
    }
  };
  try {
    await runJobs(codecs, batches, attempt, signal);
  } finally {
    signal?.removeEventListener('abort', interrupt);
    clearInterval(timer);
    report();
  }
}
