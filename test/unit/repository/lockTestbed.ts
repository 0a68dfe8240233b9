import { randomBytes } from 'node:crypto';
import { CairnError } from '../../../src/base/errors.ts';
import { currentProcessIdentity, type ProcessIdentity } from '../../../src/disk/processIdentity.ts';
import { isLinux } from '../../../src/disk/system.ts';
import { asId, type LockId } from '../../../src/repository/format/ids.ts';
import type { LockStore } from '../../../src/repository/lockTypes.ts';
import type { AcquireOptions } from '../../../src/repository/lock.ts';
import { lockFileToJson, parseLockFile, type LockFile } from '../../../src/repository/lockFile.ts';

export const owner = { hostname: 'here', username: 'me', uid: 1000, gid: 1000 };

/** Lock files in memory, with a log of what was done and failures on demand. */
export class MemoryLockStore implements LockStore {
  readonly files = new Map<LockId, Uint8Array>();
  /** `list`, `load 1`, `save 2`, `remove 1`: locks are numbered in the order of their writing. */
  readonly log: string[] = [];
  /** Called before each operation; may throw, change the files, or wait. */
  before: (operation: string, id: LockId | undefined) => void | Promise<void> = () => {};
  /** All that were ever written. */
  readonly #ids: LockId[] = [];

  async list(): Promise<{ name: string; size: number }[]> {
    await this.#note('list', undefined);
    return [...this.files].map(([name, bytes]) => ({ name, size: bytes.length }));
  }

  async load(id: LockId): Promise<Uint8Array> {
    await this.#note('load', id);
    return this.#get(id);
  }

  async save(json: string): Promise<LockId> {
    const id = this.#newId();
    await this.#note('save', id);
    this.files.set(id, Buffer.from(json));
    return id;
  }

  async remove(id: LockId): Promise<void> {
    await this.#note('remove', id);
    this.files.delete(id);
  }

  /** Lays a file there, as another program does. */
  put(content: Uint8Array | LockFile): LockId {
    const id = this.#newId();
    this.files.set(id, content instanceof Uint8Array ? content : Buffer.from(lockFileToJson(content)));
    return id;
  }

  /** The locks that lie there. */
  get locks(): LockFile[] {
    return [...this.files.values()].map(parseLockFile);
  }

  async #note(operation: string, id: LockId | undefined): Promise<void> {
    this.log.push(id ? `${operation} ${this.#numberOf(id)}` : operation);
    await this.before(operation, id);
  }

  #newId(): LockId {
    const id = asId<LockId>(randomBytes(32).toString('hex'));
    this.#ids.push(id);
    return id;
  }

  #numberOf(id: LockId): number {
    return this.#ids.indexOf(id) + 1;
  }

  #get(id: LockId): Uint8Array {
    const bytes = this.files.get(id);
    if (!bytes) throw new CairnError('file-not-found', `There is no lock ${this.#numberOf(id)}.`);
    return bytes;
  }
}

/** A lock as restic writes it, of a process elsewhere. */
export function foreignLock(fields: Partial<LockFile> = {}): LockFile {
  return {
    time: '2026-01-02T03:04:00Z',
    exclusive: false,
    hostname: 'elsewhere',
    username: 'you',
    pid: 123,
    uid: 0,
    gid: 0,
    ...fields,
  };
}

/** This process, as if it had been started at another time: one that is surely dead and had the same pid. */
export const deadIdentity: ProcessIdentity = {
  ...currentProcessIdentity(),
  ...(isLinux ? { startTime: '1' } : { startedAt: 1 }),
};

export function acquireOptions(clock: AcquireOptions['clock'], fields: Partial<AcquireOptions> = {}): AcquireOptions {
  return { exclusive: false, owner, ...(clock && { clock }), ...fields };
}
