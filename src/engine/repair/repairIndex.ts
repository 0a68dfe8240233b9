/**
 * Rebuilding the index. What intact index files say of packs that are there is kept; packs that no
 * index file lists, or not as they are, say themselves at their ends what is in them. They are read whole,
 * and taken up only if they are what their names say: a backup would take damaged content for stored.
 * Packs that have vanished are no longer listed. Nothing but index files is ever removed.
 */
import { createHash } from 'node:crypto';
import { throwIfAborted } from '../../base/abort.ts';
import { errorCode } from '../../base/errors.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { isDamage } from '../../repository/damage.ts';
import { type IndexId, type PackId } from '../../repository/format/ids.ts';
import type { IndexedPack } from '../../repository/format/indexFile.ts';
import { packFileSize } from '../../repository/format/pack.ts';
import { writeIndexFiles } from '../../repository/index/writeIndexFiles.ts';
import type { Repository } from '../../repository/repository.ts';
import { SHORT_ID_LENGTH } from '../../repository/snapshots.ts';
import { removeIndexFiles } from '../prune/rewriteIndex.ts';
import { listPackFiles } from '../packFiles.ts';
import { withoutCache } from '../withoutCache.ts';
import { withLock, type SessionOptions } from '../session.ts';
import { reasonOf } from '../verify/findings.ts';
import { isDamageOnly, readIndexFiles, type IndexReading } from '../verify/readIndexFiles.ts';
import { readPackHeader } from './readPackHeader.ts';

/** How much of a pack is read at a time. Bytes. */
const PIECE_LENGTH = 4 * 1024 * 1024;

export interface RepairIndexOptions extends Omit<SessionOptions, 'lock'> {
  /** Believe no index file; read the headers of all packs. */
  readonly readAllPacks?: boolean;
  /** Change nothing; say what would be done. */
  readonly dryRun?: boolean;
  readonly onProgress?: ProgressListener;
}

export interface UnreadablePack {
  readonly id: PackId;
  readonly message: string;
  /** It stays in the index as it was. Otherwise nothing is known of it. */
  readonly isListed: boolean;
  /** Not complete, and listed nowhere, though all of the index can be read: a writer did not finish. No loss. */
  readonly isLeftover: boolean;
}

export interface RepairIndexResult {
  /** False if the index was as it should be; then nothing was written. */
  readonly isChanged: boolean;
  readonly damagedFiles: readonly IndexId[];
  /** Packs that are in the index now and were not, or not so. */
  readonly added: readonly PackId[];
  /** Packs that are no longer in the index, since their files are gone. */
  readonly vanished: readonly PackId[];
  /** Packs that cannot be read, or are damaged and were not listed. They are left alone. */
  readonly unreadable: readonly UnreadablePack[];
  /** Packs in the index now. */
  readonly packs: number;
}

/**
 * Rebuilds the index where it is damaged or does not match the packs, under an exclusive lock. The new
 * index is stored before the old one is removed.
 * Throws `locked`, `aborted`, `refused` if not a single pack of the index is there, and what could not be
 * read now, before anything is changed.
 */
export async function repairIndex(given: Repository, options: RepairIndexOptions = {}): Promise<RepairIndexResult> {
  const locked: SessionOptions = { ...options, lock: 'exclusive' };
  return withLock(withoutCache(given), locked, async ({ repository, confirmed, checkLock }) => {
    await confirmed;
    const { reading, survey } = await surveyIndex(repository, options);
    const { added, vanished, unreadable } = survey;
    const isChanged = !isRight({ reading, survey }) || reading.listedTwice.length > 0;
    if (isChanged && !options.dryRun) {
      await writeIndexFiles(repository, packsToList(reading, survey), async () => {
        throwIfAborted(options.signal);
        await checkLock();
      });
      await removeIndexFiles({ repository, checkLock }, [...reading.readable, ...reading.damaged]);
    }
    const listed = new Set([...reading.index.packIds.filter((id) => !vanished.has(id)), ...added.keys()]);
    return {
      isChanged,
      damagedFiles: reading.damaged,
      added: [...added.keys()],
      vanished: [...vanished],
      unreadable,
      packs: listed.size,
    };
  });
}

/** The index, held against the packs. */
export interface IndexSurvey {
  readonly reading: IndexReading;
  readonly survey: Survey;
}

/** Reads the index and looks how the packs differ from it; the caller holds an exclusive lock. Changes nothing. */
export async function surveyIndex(repository: Repository, options: RepairIndexOptions): Promise<IndexSurvey> {
  const reading = await readIndexFiles(repository, isDamageOnly, options.signal);
  return { reading, survey: await surveyPacks(repository, reading, options) };
}

/** True if the index lists all that is there and nothing that is not, as far as packs can be read. */
export function isRight({ reading, survey }: IndexSurvey): boolean {
  return reading.damaged.length + survey.added.size + survey.vanished.size === 0;
}

/** How the packs differ from the index. */
interface Survey {
  readonly added: Map<PackId, IndexedPack>;
  readonly vanished: Set<PackId>;
  readonly unreadable: UnreadablePack[];
}

async function surveyPacks(
  repository: Repository,
  { index, damaged }: IndexReading,
  { readAllPacks = false, signal, onProgress }: RepairIndexOptions,
): Promise<Survey> {
  const files = await listPackFiles(repository, index);
  const vanished = new Set(index.packIds.filter((id) => !files.has(id)));
  const doubtful = new Set([...files.keys()].filter((id) => !index.hasPack(id)));
  /** What the index says of packs that have to be read. */
  const listed = new Map<PackId, IndexedPack>();
  for (const pack of index.packs()) {
    const size = files.get(pack.id)?.size;
    if (size === undefined || (!readAllPacks && size === packFileSize(pack.blobs))) continue;
    doubtful.add(pack.id);
    listed.set(pack.id, pack);
  }

  const added = new Map<PackId, IndexedPack>();
  const unreadable: UnreadablePack[] = [];
  const progress = throttleProgress(onProgress);
  let items = 0;
  for (const id of doubtful) {
    throwIfAborted(signal);
    const known = listed.get(id);
    const pack = await tryReadPack(repository, id, files.get(id)!.size, known);
    if ('message' in pack) {
      const isListed = known !== undefined;
      const isLeftover = !isListed && !pack.isComplete && damaged.length === 0;
      unreadable.push({ id, message: pack.message, isListed, isLeftover });
    } else if (pack !== known) added.set(id, pack);
    progress.report({ phase: 'Reading packs', items: ++items, totalItems: doubtful.size, bytes: 0 });
  }
  progress.flush();
  return { added, vanished, unreadable };
}

/** What is in a pack, or why that is not known. `known` itself if that is what the index says. */
async function tryReadPack(
  repository: Repository,
  id: PackId,
  size: number,
  known: IndexedPack | undefined,
): Promise<IndexedPack | { message: string; isComplete: boolean }> {
  const name = `The pack ${id.slice(0, SHORT_ID_LENGTH)}`;
  try {
    const pack = await readPackHeader(repository, id, size);
    if (known && isEqual(pack, known)) return known;
    if ((await hashPack(repository, id, size)) === id) return pack;
    return { message: `${name} is damaged: it is not what its name says.`, isComplete: true };
  } catch (error) {
    if (!isDamage(errorCode(error))) throw error;
    return { message: `${name} is damaged, or not complete (${reasonOf(error)}).`, isComplete: false };
  }
}

async function hashPack({ backend }: Repository, name: PackId, size: number): Promise<string> {
  const hash = createHash('sha256');
  for (let offset = 0; offset < size; offset += PIECE_LENGTH) {
    const length = Math.min(PIECE_LENGTH, size - offset);
    hash.update(await backend.load({ type: 'pack', name }, { offset, length }));
  }
  return hash.digest('hex');
}

function isEqual(a: IndexedPack, b: IndexedPack): boolean {
  return JSON.stringify(a.blobs) === JSON.stringify(b.blobs);
}

function* packsToList({ index }: IndexReading, { added, vanished }: Survey): Generator<IndexedPack> {
  for (const pack of index.packs()) if (!vanished.has(pack.id) && !added.has(pack.id)) yield pack;
  yield* added.values();
}
