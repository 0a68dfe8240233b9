/**
 * Rebuilding the index. What intact index files say of packs that are there is kept; packs that no
 * index file lists, or not as they are, are read at their ends, where each says itself what is in it.
 * Packs that have vanished are no longer listed. Nothing but index files is ever removed.
 */
import { throwIfAborted } from '../../base/abort.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { asId, type IndexId, type PackId } from '../../repository/format/ids.ts';
import type { IndexedPack } from '../../repository/format/indexFile.ts';
import { packFileSize } from '../../repository/format/pack.ts';
import { writeIndexFiles } from '../../repository/index/writeIndexFiles.ts';
import type { Repository } from '../../repository/repository.ts';
import { removeIndexFiles } from '../prune/rewriteIndex.ts';
import { lockRepository, type SessionOptions } from '../session.ts';
import { readIndexFiles, type IndexReading } from '../verify/readIndexFiles.ts';
import { readPackHeader } from './readPackHeader.ts';

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
}

export interface RepairIndexResult {
  /** False if the index was as it should be; then nothing was written. */
  readonly isChanged: boolean;
  readonly damagedFiles: readonly IndexId[];
  /** Packs that are in the index now and were not, or not so. */
  readonly added: readonly PackId[];
  /** Packs that are no longer in the index, since their files are gone. */
  readonly vanished: readonly PackId[];
  /** Packs whose headers cannot be read. They are left alone. */
  readonly unreadable: readonly UnreadablePack[];
  /** Packs in the index now. */
  readonly packs: number;
}

/**
 * Rebuilds the index where it is damaged or does not match the packs, under an exclusive lock. The new
 * index is stored before the old one is removed.
 * Throws `locked`, `aborted`, and `refused` if not a single pack of the index is there.
 */
export async function repairIndex(
  repository: Repository,
  options: RepairIndexOptions = {},
): Promise<RepairIndexResult> {
  const lock = await lockRepository(repository, { ...options, lock: 'exclusive' });
  try {
    await lock.confirmed;
    const reading = await readIndexFiles(repository, options.signal);
    const survey = await surveyPacks(repository, reading, options);
    const { added, vanished, unreadable } = survey;
    const isChanged = reading.damaged.length + reading.listedTwice.length + added.size + vanished.size > 0;
    if (isChanged && !options.dryRun) {
      const checkLock = () => lock.ensureHeld();
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
  } finally {
    await lock.release();
  }
}

/** How the packs differ from the index. */
interface Survey {
  readonly added: Map<PackId, IndexedPack>;
  readonly vanished: Set<PackId>;
  readonly unreadable: UnreadablePack[];
}

async function surveyPacks(
  repository: Repository,
  { index }: IndexReading,
  { readAllPacks = false, signal, onProgress }: RepairIndexOptions,
): Promise<Survey> {
  const files = new Map((await repository.backend.list('pack')).map(({ name, size }) => [asId<PackId>(name), size]));
  if (files.size === 0 && index.packIds.length > 0) throw packsAwayError(repository);
  const vanished = new Set(index.packIds.filter((id) => !files.has(id)));
  const doubtful = new Set([...files.keys()].filter((id) => !index.hasPack(id)));
  /** What the index says of packs that have to be read. */
  const listed = new Map<PackId, IndexedPack>();
  for (const pack of index.packs()) {
    const size = files.get(pack.id);
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
    const pack = await tryReadHeader(repository, id, files.get(id)!);
    if ('message' in pack) unreadable.push({ ...pack, isListed: known !== undefined });
    else if (!known || !isEqual(pack, known)) added.set(id, pack);
    progress.report({ phase: 'Reading headers of packs', items: ++items, totalItems: doubtful.size, bytes: 0 });
  }
  progress.flush();
  return { added, vanished, unreadable };
}

async function tryReadHeader(
  repository: Repository,
  id: PackId,
  size: number,
): Promise<IndexedPack | { id: PackId; message: string }> {
  try {
    return await readPackHeader(repository, id, size);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'internal' || code === 'aborted' || code === 'target-unavailable') throw error;
    return { id, message: (error as Error).message };
  }
}

function isEqual(a: IndexedPack, b: IndexedPack): boolean {
  return JSON.stringify(a.blobs) === JSON.stringify(b.blobs);
}

function* packsToList({ index }: IndexReading, { added, vanished }: Survey): Generator<IndexedPack> {
  for (const pack of index.packs()) if (!vanished.has(pack.id) && !added.has(pack.id)) yield pack;
  yield* added.values();
}

function packsAwayError({ backend }: Repository): CairnError {
  return new CairnError(
    'refused',
    `The index of ${backend.location} lists packs, and not one of them is there. If the drive is not connected completely, connect it. Nothing was changed.`,
  );
}
