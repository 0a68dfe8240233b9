import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { isDamage } from '../../repository/damage.ts';
import type { PackId } from '../../repository/format/ids.ts';
import { SHORT_ID_LENGTH } from '../../repository/snapshots.ts';
import type { CodecPool } from '../codec/codecPool.ts';
import { runJobs } from '../codec/runJobs.ts';
import type { PackReport } from '../codec/verifyPacks.ts';
import type { PackToRead } from './checkPacks.ts';
import type { Damage } from './damage.ts';
import { countOf, type Finding } from './findings.ts';

/** Which packs are read: none, all, a random share of them or of their bytes, or part `n` of `t` (1…t) by their names. */
export type ReadData =
  boolean | { readonly percent: number } | { readonly bytes: number } | { readonly part: number; readonly of: number };

export interface ReadPacksOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** Small packs travel together, but never so many that a thread has nothing to do. */
const JOB_BYTES = 8 * 1024 * 1024;
const JOB_PACKS = 64;

/** The packs that are to be read. Those that cannot be right are read in any case, to see what is left in them. */
export function choosePacks(
  packs: readonly PackToRead[],
  suspects: ReadonlySet<PackId>,
  readData: ReadData,
): PackToRead[] {
  const chosen = chooseByData(packs, readData);
  return packs.filter((pack) => chosen.has(pack) || suspects.has(pack.id));
}

function chooseByData(packs: readonly PackToRead[], readData: ReadData): Set<PackToRead> {
  if (typeof readData === 'boolean') return new Set(readData ? packs : []);
  if ('part' in readData) {
    // As restic divides them: by the first byte of the name.
    return new Set(packs.filter(({ id }) => parseInt(id.slice(0, 2), 16) % readData.of === readData.part - 1));
  }
  const percent = 'bytes' in readData ? shareOf(packs, readData.bytes) : readData.percent;
  const count = Math.min(packs.length, Math.max(1, Math.round((packs.length * percent) / 100)));
  const shuffled = packs.map((pack) => ({ pack, key: Math.random() })).sort((a, b) => a.key - b.key);
  return new Set(shuffled.slice(0, count).map(({ pack }) => pack));
}

/** In percent, as restic reckons it. */
function shareOf(packs: readonly PackToRead[], bytes: number): number {
  const total = packs.reduce((sum, { size }) => sum + size, 0);
  return total > 0 ? Math.min(100, (100 * bytes) / total) : 100;
}

/** Reads packs by the threads of the pool. What is damaged is a finding, and noted in `damage`. */
export async function readPacks(
  codecs: CodecPool,
  packs: readonly PackToRead[],
  damage: Damage,
  { signal, onProgress }: ReadPacksOptions,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const progress = throttleProgress(onProgress);
  const totalBytes = packs.reduce((sum, pack) => sum + pack.size, 0);
  let items = 0;
  let bytes = 0;
  const report = () => progress.report({ phase: 'Reading packs', items, totalItems: packs.length, bytes, totalBytes });
  report();
  await runJobs(
    codecs,
    batches(packs, Math.min(JOB_BYTES, totalBytes / (2 * codecs.size))),
    async (batch) => {
      const reports = await codecs.run('verifyPacks', batch);
      for (const found of reports) findings.push(noteReport(found, damage));
      items += batch.length;
      bytes += batch.reduce((sum, pack) => sum + pack.size, 0);
      report();
    },
    signal,
  );
  progress.flush();
  return findings;
}

function* batches(packs: readonly PackToRead[], fullBytes: number): Generator<PackToRead[]> {
  let batch: PackToRead[] = [];
  let bytes = 0;
  for (const pack of packs) {
    batch.push(pack);
    bytes += pack.size;
    if (bytes < fullBytes && batch.length < JOB_PACKS) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

function noteReport({ id, unread, problems, isEndUnread }: PackReport, damage: Damage): Finding {
  for (const blob of unread) damage.addBadBlob(id, blob.offset);
  const blobs =
    unread.length === 0
      ? []
      : [`has ${countOf(unread.length, 'unreadable blob')} (${unread[0]!.message.replace(/\.$/, '')})`];
  // The storage failed, rather than that what it gave was wrong.
  const isUnreadable = isEndUnread || unread.some((blob) => !isDamage(blob.code));
  return {
    severity: 'error',
    kind: isUnreadable ? 'pack-unreadable' : 'pack-damaged',
    message: `The pack ${id.slice(0, SHORT_ID_LENGTH)} ${[...blobs, ...problems].join(', and ')}.`,
    files: [{ type: 'pack', name: id }],
    blobs: unread.map((blob) => ({ type: blob.type, id: blob.id })),
  };
}
