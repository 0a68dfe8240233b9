import { throwIfAborted } from '../base/abort.ts';
import { CairnError, errorCode, type ErrorCode } from '../base/errors.ts';
import { isSurelyDead } from '../disk/processIdentity.ts';
import { displayPath } from '../base/rawName.ts';
import { asId, type LockId } from './format/ids.ts';
import type { LockStore } from './lockTypes.ts';
import type { Clock } from '../base/clock.ts';
import { MAX_LOCK_BYTES, parseLockFile, type LockFile } from './lockFile.ts';

/**
 * Pauses before a lock is looked at again that vanished or could not be read (format notes 9). The
 * first look comes at once, since a lock most often vanishes because its holder is done.
 */
export const RECHECK_PAUSES: readonly number[] = [0, 5_000, 10_000, 20_000];

export interface LockCheck {
  /** Whether the lock that is wanted is exclusive. */
  readonly exclusive: boolean;
  /** Locks that do not count: one's own. */
  readonly own?: ReadonlySet<LockId>;
  readonly clock: Clock;
  readonly pauses: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** Hears that the lock of a process was removed that is gone. */
  readonly onDeadLock?: (() => void) | undefined;
}

/**
 * Locks that this thread gave back while their storage was out of reach, such as a drive that was
 * unplugged. The process lives on, so only this list tells that they are left behind.
 */
const abandonedLocks = new Set<LockId>();

/** Notes a lock of ours that is no longer held, to be removed when it is met again. */
export function abandonLock(id: LockId): void {
  abandonedLocks.add(id);
}

/**
 * Makes sure that no lock of another stands against the wanted one. Locks of Cairn processes that
 * are surely dead are removed on the way; how old a lock is plays no role.
 * Throws `locked`, also when a lock stays unreadable; `aborted`; or what the storage fails with.
 * @returns when the check began that found nothing, by the clock.
 */
export async function checkOtherLocks(store: LockStore, check: LockCheck): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    throwIfAborted(check.signal);
    const began = check.clock.now();
    const unreadable = await findUnreadable(store, check);
    if (!unreadable) return began;
    const pause = check.pauses[attempt];
    if (pause === undefined) throw unreadableError(unreadable.id, unreadable.cause);
    await check.clock.sleep(pause, check.signal ? { signal: check.signal } : {});
  }
}

/** Looks at all other locks once. Throws `locked`; returns a lock that could not be judged, if any. */
async function findUnreadable(store: LockStore, check: LockCheck): Promise<{ id: LockId; cause: unknown } | undefined> {
  let unreadable: { id: LockId; cause: unknown } | undefined;
  for (const file of await store.list()) {
    const id = asId<LockId>(file.name);
    // restic left empty files behind when a disk was full.
    if (file.size === 0 || check.own?.has(id)) continue;
    try {
      if (abandonedLocks.has(id)) {
        await store.remove(id);
        continue;
      }
      const lock = await loadLock(store, id, file.size);
      if (lock.process && isSurelyDead(lock.process)) {
        await store.remove(id);
        check.onDeadLock?.();
      } else if (check.exclusive || lock.exclusive) throw lockedError(id, lock);
    } catch (cause) {
      if (isFinal(errorCode(cause))) throw cause;
      unreadable = { id, cause };
    }
  }
  return unreadable;
}

/** Reads one lock. Throws what the storage throws, and `repository-damaged` for what is no lock. */
export async function loadLock(store: LockStore, id: LockId, size: number): Promise<LockFile> {
  if (size > MAX_LOCK_BYTES) throw new CairnError('repository-damaged', `The lock ${id} has ${size} bytes.`);
  return parseLockFile(await store.load(id));
}

/** Failures that no second look will mend. */
function isFinal(code: ErrorCode): boolean {
  return ['locked', 'aborted', 'target-unavailable', 'permission-denied', 'read-only'].includes(code);
}

function lockedError(id: LockId, lock: LockFile): CairnError {
  const { exclusive, pid, time: since } = lock;
  const [hostname, username] = [shorten(lock.hostname), shorten(lock.username)];
  const how = exclusive ? 'exclusively locked' : 'locked';
  return new CairnError(
    'locked',
    `The repository is ${how} by PID ${pid} on host ${hostname} by user ${username} since ${since} (lock ${id.slice(0, 8)}). Wait until that is done; if that process is surely gone, run "cairn unlock".`,
    { details: { lock: id, exclusive, pid, hostname, username, since } },
  );
}

function unreadableError(id: LockId, cause: unknown): CairnError {
  return new CairnError(
    'locked',
    `The lock file ${id.slice(0, 8)} of the repository cannot be read, so it may be in use by another program. If surely none uses it, run "cairn unlock --remove-all".`,
    { details: { lock: id }, cause },
  );
}

function shorten(text: string): string {
  return displayPath(text.slice(0, 100)) || 'unknown';
}
