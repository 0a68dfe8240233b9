import { throwIfAborted } from '../../base/abort.ts';
import type { ProgressEvent } from '../../base/progress.ts';
import type { CodecPool, OpenCodecs } from '../codec/codecPool.ts';
import { codecSetupOf } from '../codec/codecSetup.ts';
import { runJobs } from '../codec/runJobs.ts';
import type { Session } from '../session.ts';
import { restoreExtendedAttributes } from './extendedAttributes.ts';
import { restoreBatches, sortByPack, verifyBatches, type Batch } from './fileBatches.ts';
import { removeLeftovers } from './leftovers.ts';
import { finishFolders, makeFolders, removeEntries, syncFolders } from './restoreFolders.ts';
import type { Planning } from './planRestore.ts';
import { renumberBlobs } from './renumberBlobs.ts';
import type { FileOutcome, RestoreBatch } from './restoreFiles.ts';
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
 * `refused` if content that the plan needs was removed since, and `aborted`; what was restored until then stays.
 */
export async function executeRestore(
  session: Session,
  openCodecs: OpenCodecs,
  plan: RestorePlan,
  options: ExecuteOptions = {},
): Promise<RestoreResult> {
  const current = renumberBlobs(plan, session.index);
  return execute(session, hasContents(plan) ? openCodecs : undefined, asPlanning(current), options);
}

function hasContents({ files, links }: RestorePlan): boolean {
  return links.length > 0 || files.some(hasToBeWritten);
}

/**
 * As {@link executeRestore}, but begins before the plan is complete, so nobody can be asked first: only for a
 * destination in which there is nothing to lose. Also throws what planning throws.
 */
export async function restoreWhilePlanning(
  session: Session,
  openCodecs: OpenCodecs,
  planning: Planning,
  options: ExecuteOptions = {},
): Promise<RestoreResult> {
  return execute(session, openCodecs, planning, options);
}

/** A complete plan, as one of which nothing is left to be made. */
function asPlanning(plan: RestorePlan): Planning {
  return { plan, parts: (async function* () {})(), stop: () => {} };
}

async function execute(
  session: Session,
  openCodecs: OpenCodecs | undefined,
  planning: Planning,
  options: ExecuteOptions,
): Promise<RestoreResult> {
  throwIfAborted(options.signal);
  await session.checkLock();
  const { plan } = planning;
  const run = new RestoreRun(session, plan, options);
  // The threads start up while the folders are made.
  const codecs = openCodecs?.(codecSetupOf(session), () => Promise.resolve());
  try {
    await removeEntries(run, plan.replaced);
    try {
      await restoreEntries(run, codecs, planning);
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

async function restoreEntries(run: RestoreRun, codecs: CodecPool | undefined, planning: Planning): Promise<void> {
  const total: Total = {};
  const batches = restoreParts(run, planning, total);
  if (codecs) {
    await writeFiles(run, codecs, { total, batches, stop: planning.stop });
    await writeTwins(run, codecs);
  } else await batches.next();
  await restoreOthers(run);
  if (codecs) await restoreFurtherNames(run, codecs);
  await removeEntries(run, run.plan.deletions);
  restoreExtendedAttributes(run);
  await syncFolders(run);
  if (codecs && run.options.verify) await verifyContents(run, codecs);
}

/** How much a step has to do; not known while the plan grows. */
interface Total {
  known?: Amount;
}

type Amount = Required<Pick<ProgressEvent, 'totalItems' | 'totalBytes'>>;

function amountOf(files: readonly PlannedFile[]): Amount {
  return { totalItems: files.length, totalBytes: files.reduce((sum, { size }) => sum + size, 0) };
}

function hasToBeWritten({ change }: PlannedFile): boolean {
  return change !== 'metadata';
}

/** Deals with all of a plan but contents, which it gives in batches: each part while the next one is being made. */
async function* restoreParts(
  run: RestoreRun,
  { plan, parts }: Planning,
  total: Total,
): AsyncGenerator<Batch<RestoreBatch>, void, void> {
  const makePart = async (): Promise<boolean> => {
    const isLast = (await parts.next()).done === true;
    if (isLast) total.known = amountOf(plan.files.filter(hasToBeWritten));
    return isLast;
  };
  let first = 0;
  try {
    let next = makePart();
    for (let isLast = false; !isLast;) {
      isLast = await next;
      const part = plan.files.slice(first);
      first += part.length;
      if (!isLast) {
        next = makePart();
        // It is awaited only when this part is dealt with.
        next.catch(() => {});
      }
      await makeFolders(run);
      await removeLeftovers(run);
      // Before contents are written: to give a name another content changes the file that had it, too.
      await restoreFileMetadata(
        run,
        part.filter((file) => !hasToBeWritten(file)),
      );
      const files = part.filter((file) => !file.mayBeTwin && isToBeWritten(run, file));
      yield* restoreBatches(run, sortByPack(plan, files));
    }
  } finally {
    await parts.return();
  }
}

function isToBeWritten(run: RestoreRun, file: PlannedFile): boolean {
  return hasToBeWritten(file) && !run.failedFolders.has(file.folder);
}

/** One after the other, so that each sees what is there already, which two threads at once would not. */
async function writeTwins(run: RestoreRun, codecs: CodecPool): Promise<void> {
  const twins = run.plan.files.filter((file) => file.mayBeTwin && isToBeWritten(run, file));
  for (const file of twins) {
    await writeFiles(run, codecs, { total: { known: amountOf([file]) }, batches: restoreBatches(run, [file]) });
  }
}

async function restoreFurtherNames(run: RestoreRun, codecs: CodecPool): Promise<void> {
  const alone = (await restoreLinks(run)).filter(({ firstBlob, ...link }) => {
    if (firstBlob < 0) run.fail(run.path(link), { code: 'blob-missing', message: LINK_LOST });
    return firstBlob >= 0;
  });
  for (const link of alone) run.copiedLinks.add(link);
  if (alone.length === 0) return;
  const batches = restoreBatches(run, sortByPack(run.plan, alone));
  await writeFiles(run, codecs, { total: { known: amountOf(alone) }, batches });
}

/** Batches for the threads. */
interface Work<T> {
  readonly total: Total;
  readonly batches: Iterable<Batch<T>> | AsyncIterable<Batch<T>>;
  /** Ends the making of batches after a failure. */
  readonly stop?: () => void;
}

async function writeFiles(run: RestoreRun, codecs: CodecPool, work: Work<RestoreBatch>): Promise<void> {
  await dispatch(run, codecs, 'Restoring', work, async ({ files: batch, params }) => {
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
  run.changedFolders.add(file.folder);
  run.count.files++;
  run.count.bytes += file.size;
  run.options.onEntry?.(path(), file.change, 'file', file.size);
}

async function verifyContents(run: RestoreRun, codecs: CodecPool): Promise<void> {
  const { files, links } = run.plan;
  const isThere = (file: PlannedFile) =>
    hasToBeWritten(file) &&
    file.firstBlob >= 0 &&
    !run.failedFolders.has(file.folder) &&
    !run.failedFiles.has(entryKey(file));
  const wanted = sortByPack(run.plan, [...files, ...links].filter(isThere));
  const work = { total: { known: amountOf(wanted) }, batches: verifyBatches(run, wanted) };
  await dispatch(run, codecs, 'Verifying', work, async ({ files: batch, params }) => {
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
  { total, batches, stop }: Work<T>,
  work: (batch: Batch<T>) => Promise<void>,
): Promise<void> {
  const { signal, onProgress } = run.options;
  const startBytes = run.counter.value;
  let items = 0;
  const report = () => run.progress.report({ phase, items, bytes: run.counter.value - startBytes, ...total.known });
  const timer = onProgress && setInterval(report, REPORT_MS);
  const interrupt = () => {
    codecs.interrupt();
    stop?.();
  };
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
