/**
 * Copy: snapshots of one repository into another with other keys, as restic's `copy`. Only content that the other
 * lacks is read and stored. Both are locked as for a backup.
 */
import { aheadOf } from '../../base/atOnce.ts';
import { CairnError, errorCode, type ErrorCode } from '../../base/errors.ts';
import type { ProgressListener } from '../../base/progress.ts';
import { isDamage } from '../../repository/damage.ts';
import { asId, type SnapshotId } from '../../repository/format/ids.ts';
import type { Snapshot } from '../../repository/format/snapshot.ts';
import { parseTime } from '../../repository/format/time.ts';
import { listSnapshots, saveSnapshot, SHORT_ID_LENGTH, type StoredSnapshot } from '../../repository/snapshots.ts';
import { markGonePacks } from '../backup/gonePacks.ts';
import { chooseSnapshots, type SnapshotChoice } from '../chooseSnapshots.ts';
import type { OpenCodecs } from '../codec/codecPool.ts';
import type { Session } from '../session.ts';
import { BlobCollector } from './collectBlobs.ts';
import { copyBlobs } from './copyBlobs.ts';

export interface CopyOptions extends SnapshotChoice {
  /** Nothing is stored; what would be is counted. */
  readonly dryRun?: boolean;
  /**
   * Snapshots are stored each time that so many bytes of content are: what is cut off then has come that far. 4 GiB
   * unless stated.
   */
  readonly batchBytes?: number;
  readonly onProgress?: ProgressListener;
  /** Hears of each snapshot that is there now; `copy` is absent if it was not made. */
  readonly onSnapshot?: (outcome: CopiedSnapshot) => void;
}

/** What became of one snapshot. */
export interface CopiedSnapshot {
  readonly id: SnapshotId;
  /** Absent if it cannot be read. */
  readonly source?: Snapshot;
  /** `there`: it was copied before. `failed`: something that it needs cannot be read. */
  readonly outcome: 'copied' | 'would-copy' | 'there' | 'failed';
  /** Its id in the other repository. */
  readonly copy?: SnapshotId;
  /** Why it failed, as a sentence. */
  readonly problem?: { readonly code: ErrorCode; readonly message: string };
}

export interface CopyResult {
  readonly snapshots: readonly CopiedSnapshot[];
  /** Different contents that the other repository lacked. */
  readonly blobs: number;
  /** Bytes of these as they are stored in the source. */
  readonly bytes: number;
  /** Bytes of the packs that were stored. */
  readonly bytesWritten: number;
}

const BATCH_BYTES = 4 * 1024 ** 3;

/**
 * Copies the chosen snapshots, oldest first; one that was copied before is left out. A snapshot whose content cannot be
 * read is not copied, and the others are. Throws `aborted`, what says that a storage is away, and as
 * {@link chooseSnapshots}; what is stored by then is used by the next run.
 */
export async function copySnapshots(
  source: Session,
  target: Session,
  openCodecs: OpenCodecs,
  options: CopyOptions = {},
): Promise<CopyResult> {
  if (source.repository.config.id === target.repository.config.id) throw samePlaceError(target);
  const unreadable: CopiedSnapshot[] = [];
  const chosen = (
    await chooseSnapshots(source.repository, options, (id, error) => {
      if (!isDamage(errorCode(error))) throw error;
      unreadable.push(unread(asId<SnapshotId>(id), error));
    })
  ).reverse();
  await markGonePacks(target);
  const isThere = await findCopies(target, options.signal);
  const wanted = chosen.filter((stored) => !isThere(stored));
  const copy = new Copy(source, target, openCodecs, options, wanted);
  for (const outcome of unreadable) copy.note(outcome);
  for (const stored of chosen) {
    if (isThere(stored)) copy.note({ ...named(stored), outcome: 'there' });
    else await copy.add(stored);
  }
  await copy.flush();
  return copy.result();
}

function samePlaceError({ repository }: Session): CairnError {
  const message = `The source is the repository ${repository.backend.location} itself, or a replica of it. Nothing was copied.`;
  return new CairnError('refused', message);
}

/** A snapshot is there if one came from it, or from what it came from, and is the same in what every program copies. */
async function findCopies(
  target: Session,
  signal: AbortSignal | undefined,
): Promise<(stored: StoredSnapshot) => boolean> {
  const known = new Set<string>();
  const there = await listSnapshots(target.repository, {
    onDamaged: (_, error) => {
      if (!isDamage(errorCode(error))) throw error;
    },
    ...(signal && { signal }),
  });
  for (const { snapshot } of there) {
    if (snapshot.original !== undefined) known.add(keyOf(snapshot.original, snapshot));
  }
  return ({ id, snapshot }) => known.has(keyOf(snapshot.original ?? id, snapshot));
}

function keyOf(origin: SnapshotId, snapshot: Snapshot): string {
  const { tree, paths, hostname, username, uid, gid, excludes = [], tags = [] } = snapshot;
  const time = String(parseTime(snapshot.time));
  return JSON.stringify([origin, time, tree, paths, hostname, username, uid, gid, excludes, tags.toSorted()]);
}

/** One run. */
class Copy {
  readonly #source: Session;
  readonly #target: Session;
  readonly #openCodecs: OpenCodecs;
  readonly #options: CopyOptions;
  readonly #collector: BlobCollector;
  readonly #outcomes: CopiedSnapshot[] = [];
  /** Their content is collected. */
  readonly #batch: StoredSnapshot[] = [];
  #hasLosses = false;
  #blobs = 0;
  #bytes = 0;
  #bytesWritten = 0;

  constructor(
    source: Session,
    target: Session,
    openCodecs: OpenCodecs,
    options: CopyOptions,
    wanted: readonly StoredSnapshot[],
  ) {
    this.#source = source;
    this.#target = target;
    this.#openCodecs = openCodecs;
    this.#options = options;
    this.#collector = new BlobCollector(source, target, wanted, options.signal);
  }

  note(outcome: CopiedSnapshot): void {
    this.#outcomes.push(outcome);
    this.#options.onSnapshot?.(outcome);
  }

  async add(stored: StoredSnapshot): Promise<void> {
    try {
      await this.#collector.add(stored);
    } catch (error) {
      if (!isDamage(errorCode(error))) throw error;
      this.note(failed(stored, error));
      return;
    }
    this.#batch.push(stored);
    const { dryRun, batchBytes = BATCH_BYTES } = this.#options;
    if (!dryRun && this.#collector.bytes >= batchBytes) await this.flush();
  }

  /** Copies what was collected, and stores the snapshots that need it. */
  async flush(): Promise<void> {
    const batch = this.#batch.splice(0);
    const { wanted, count, bytes } = this.#collector;
    this.#blobs += count;
    this.#bytes += bytes;
    if (this.#options.dryRun) {
      for (const stored of batch) this.note({ ...named(stored), outcome: 'would-copy' });
      return;
    }
    if (count > 0) {
      const copied = await copyBlobs(this.#source, this.#target, this.#openCodecs, wanted, this.#options);
      this.#bytesWritten += copied.bytesWritten;
      if (copied.lost.size > 0) this.#hasLosses = true;
      this.#collector.clear();
    }
    // What was lost once is not looked for again, so each later batch may need it.
    const whole = this.#hasLosses ? await this.#findWhole(batch) : batch;
    if (whole.length > 0) await this.#target.checkLock({ look: true });
    const { connections } = this.#target.repository.backend.properties;
    const store = (source: StoredSnapshot) => this.#store(source);
    for await (const outcome of aheadOf(whole, connections, store)) this.note(outcome);
  }

  result(): CopyResult {
    return {
      snapshots: this.#outcomes,
      blobs: this.#blobs,
      bytes: this.#bytes,
      bytesWritten: this.#bytesWritten,
    };
  }

  async #store(source: StoredSnapshot): Promise<CopiedSnapshot> {
    const snapshot = { ...source.snapshot, original: source.snapshot.original ?? source.id };
    delete snapshot.parent;
    await this.#target.checkLock();
    return { ...named(source), outcome: 'copied', copy: await saveSnapshot(this.#target.repository, snapshot) };
  }

  /** Those of which nothing is missing in the other repository now. */
  async #findWhole(batch: readonly StoredSnapshot[]): Promise<StoredSnapshot[]> {
    const whole: StoredSnapshot[] = [];
    for (const stored of batch) {
      const rest = new BlobCollector(this.#source, this.#target, [stored], this.#options.signal);
      await rest.add(stored);
      if (rest.count === 0) whole.push(stored);
      else this.note(failed(stored, lostError(this.#source, stored, rest.count)));
    }
    return whole;
  }
}

function named({ id, snapshot }: StoredSnapshot): Pick<CopiedSnapshot, 'id' | 'source'> {
  return { id, source: snapshot };
}

function unread(id: SnapshotId, error: unknown): CopiedSnapshot {
  return { id, outcome: 'failed', problem: { code: errorCode(error), message: (error as Error).message } };
}

function failed(stored: StoredSnapshot, error: unknown): CopiedSnapshot {
  return { ...unread(stored.id, error), source: stored.snapshot };
}

function lostError({ repository }: Session, { id }: StoredSnapshot, count: number): CairnError {
  const what = count === 1 ? 'One piece of content' : `${count} pieces of content`;
  return new CairnError(
    'blob-damaged',
    `${what} of snapshot ${id.slice(0, SHORT_ID_LENGTH)} cannot be read in ${repository.backend.location}, so it was not copied. "cairn verify --read-data" shows what is affected.`,
  );
}
