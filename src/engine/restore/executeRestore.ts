import { throwIfAborted } from '../../base/abort.ts';
import type { CodecPool, OpenCodecs } from '../codec/codecPool.ts';
import { codecSetupOf } from '../codec/codecSetup.ts';
import { runJobs } from '../codec/runJobs.ts';
import type { Session } from '../session.ts';
import { restoreExtendedAttributes } from './extendedAttributes.ts';
import { restoreBatches, sortByPack, verifyBatches, type Batch } from './fileBatches.ts';
import { removeLeftovers } from './leftovers.ts';
import { finishFolders, makeFolders, removeEntries } from './restoreFolders.ts';
import type { Planning } from './planRestore.ts';
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
 * and `aborted`; what was restored until then stays.
 */
export async function executeRestore(
  session: Session,
  openCodecs: OpenCodecs,
  plan: RestorePlan,
  options: ExecuteOptions = {},
): Promise<RestoreResult> {
  return execute(session, hasContents(plan) ? openCodecs : undefined, plan, undefined, options);
}

function hasContents({ files, links }: RestorePlan): boolean {
  return links.length > 0 || files.some((file) => file.change !== 'metadata');
}

/**
 * As {@link executeRestore}, but begins before the plan is complete, so nobody can be asked first: only for a
 * destination in which there is nothing to lose. Also throws what planning throws.
 */
export async function restoreWhilePlanning(
  session: Session,
  openCodecs: OpenCodecs,
  { plan, parts }: Planning,
  options: ExecuteOptions = {},
): Promise<RestoreResult> {
  return execute(session, openCodecs, plan, parts, options);
}

async function execute(
  session: Session,
  openCodecs: OpenCodecs | undefined,
  plan: RestorePlan,
  parts: Planning['parts'] | undefined,
  options: ExecuteOptions,
): Promise<RestoreResult> {
  throwIfAborted(options.signal);
  const run = new RestoreRun(session, plan, options);
  // The threads start up while the folders are made.
  const codecs = openCodecs?.(codecSetupOf(session), () => Promise.resolve());
  try {
    await removeEntries(run, plan.replaced);
    try {
      await restoreEntries(run, codecs, parts);
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

async function restoreEntries(
  run: RestoreRun,
  codecs: CodecPool | undefined,
  parts: Planning['parts'] | undefined,
): Promise<void> {
  const { plan } = run;
  const amount = new Amount();
  const batches = restoreParts(run, parts, amount);
  if (codecs) await writeFiles(run, codecs, batches, amount);
  else await batches.next();
  await restoreOthers(run);
  await restoreFileMetadata(
    run,
    plan.files.filter((file) => file.change === 'metadata'),
  );
  if (codecs) await restoreFurtherNames(run, codecs);
  await removeEntries(run, plan.deletions);
  restoreExtendedAttributes(run);
  if (codecs && run.options.verify) await verifyContents(run, codecs);
}

/** What there is to do, as far as it is known. */
class Amount {
  files = 0;
  /** Bytes of content. */
  bytes = 0;
  isFinal: boolean;

  constructor(files: readonly PlannedFile[] = [], isFinal = false) {
    this.isFinal = isFinal;
    this.add(files);
  }

  add(files: readonly PlannedFile[]): void {
    this.files += files.length;
    this.bytes += files.reduce((sum, file) => sum + file.size, 0);
  }
}

/** Makes the folders of the plan and gives its files, each part of it while the next one is being made. */
async function* restoreParts(
  run: RestoreRun,
  parts: Planning['parts'] | undefined,
  amount: Amount,
): AsyncGenerator<Batch<RestoreBatch>, void, void> {
  let first = 0;
  try {
    let next = makePart(parts);
    for (let isLast = false; !isLast;) {
      isLast = await next;
      const part = run.plan.files.slice(first);
      first += part.length;
      if (!isLast) next = makePart(parts);
      await makeFolders(run);
      await removeLeftovers(run);
      const files = part.filter(({ change, folder }) => change !== 'metadata' && !run.failedFolders.has(folder));
      amount.add(files);
      amount.isFinal = isLast;
      yield* restoreBatches(run, sortByPack(run.plan, files));
    }
  } finally {
    await parts?.return();
  }
}

/** Resolves when another part is in the plan, to whether it is complete. What fails is thrown when that is awaited. */
function makePart(parts: Planning['parts'] | undefined): Promise<boolean> {
  if (!parts) return Promise.resolve(true);
  const made = parts.next().then(({ done }) => done === true);
  made.catch(() => {});
  return made;
}

async function restoreFurtherNames(run: RestoreRun, codecs: CodecPool): Promise<void> {
  const alone = (await restoreLinks(run)).filter(({ firstBlob, ...link }) => {
    if (firstBlob < 0) run.fail(run.path(link), { code: 'blob-missing', message: LINK_LOST });
    return firstBlob >= 0;
  });
  for (const link of alone) run.copiedLinks.add(link);
  if (alone.length === 0) return;
  await writeFiles(run, codecs, restoreBatches(run, sortByPack(run.plan, alone)), new Amount(alone, true));
}

async function writeFiles(
  run: RestoreRun,
  codecs: CodecPool,
  batches: Iterable<Batch<RestoreBatch>> | AsyncIterable<Batch<RestoreBatch>>,
  amount: Amount,
): Promise<void> {
  await dispatch(run, codecs, 'Restoring', amount, batches, async ({ files: batch, params }) => {
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

async function verifyContents(run: RestoreRun, codecs: CodecPool): Promise<void> {
  const { files, links } = run.plan;
  const isThere = (file: PlannedFile) =>
    file.change !== 'metadata' &&
    file.firstBlob >= 0 &&
    !run.failedFolders.has(file.folder) &&
    !run.failedFiles.has(entryKey(file));
  const wanted = sortByPack(run.plan, [...files, ...links].filter(isThere));
  const batches = verifyBatches(run, wanted);
  await dispatch(run, codecs, 'Verifying', new Amount(wanted, true), batches, async ({ files: batch, params }) => {
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
  amount: Amount,
  batches: Iterable<Batch<T>> | AsyncIterable<Batch<T>>,
  work: (batch: Batch<T>) => Promise<void>,
): Promise<void> {
  const { signal, onProgress } = run.options;
  const startBytes = run.counter.value;
  let items = 0;
  const report = () => {
    const bytes = run.counter.value - startBytes;
    const total = amount.isFinal ? { totalItems: amount.files, totalBytes: amount.bytes } : {};
    run.progress.report({ phase, items, bytes, ...total });
  };
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
