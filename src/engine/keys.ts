/** The passwords of a repository. Each function takes the lock that format notes 9 ask for; none needs the index. */
import { CairnError } from '../base/errors.ts';
import type { KeyCost } from '../repository/crypto/keyFile.ts';
import type { KeyId } from '../repository/format/ids.ts';
import { formatTime } from '../repository/format/time.ts';
import { addKey, findKeyId, listKeys, removeKey, type KeyInfo, type NewKey } from '../repository/keys.ts';
import type { KeyOwner, Repository } from '../repository/repository.ts';
import { currentOwner, withLock, type SessionOptions } from './session.ts';

export interface PasswordOptions extends LockOptions {
  readonly password: string;
  /** See `InitOptions.keyCost`. */
  readonly keyCost: KeyCost;
  /** Recorded in the key; this user on this machine unless stated. */
  readonly owner?: Partial<KeyOwner>;
  readonly mayBeEmpty?: boolean;
}

/** As in {@link SessionOptions}. */
export type LockOptions = Omit<SessionOptions, 'lock'>;

export interface ListKeysOptions extends LockOptions {
  /** Take no lock, as for storage that cannot be written to. */
  readonly noLock?: boolean;
  /** Hears of keys whose file is damaged; they are left out. */
  readonly onDamaged?: (id: KeyId, error: unknown) => void;
}

/** The keys, oldest first. */
export async function listRepositoryKeys(repository: Repository, options: ListKeysOptions = {}): Promise<KeyInfo[]> {
  const locked: SessionOptions = { ...options, lock: options.noLock ? 'none' : 'shared' };
  return withLock(repository, locked, async (keys) => {
    await keys.confirmed;
    return listKeys(keys.repository, options.onDamaged);
  });
}

/** Adds a password; the others stay. */
export async function addRepositoryKey(repository: Repository, options: PasswordOptions): Promise<KeyId> {
  return withLock(repository, { ...options, lock: 'shared' }, async (locked) => {
    await locked.confirmed;
    return addKey(locked.repository, newKey(options));
  });
}

/**
 * Removes the key with this id or beginning of one; its password no longer opens the repository.
 * Throws `key-not-found`, `ambiguous-id`, or `refused` for the key that is in use.
 */
export async function removeRepositoryKey(
  given: Repository,
  prefix: string,
  options: LockOptions = {},
): Promise<KeyId> {
  return withLock(given, { ...options, lock: 'exclusive' }, async ({ repository, confirmed, checkLock }) => {
    await confirmed;
    const id = await findKeyId(repository, prefix);
    await checkLock();
    await removeKey(repository, id);
    return id;
  });
}

/**
 * Replaces the password that opened the repository: the new one works before the old one is removed.
 * `given` goes on working, but the key it was opened with is gone: open it anew before more is done with keys.
 */
export async function changeRepositoryPassword(
  given: Repository,
  options: PasswordOptions,
): Promise<{ readonly keyId: KeyId; readonly removed: KeyId }> {
  return withLock(given, { ...options, lock: 'exclusive' }, async ({ repository, confirmed, checkLock }) => {
    await confirmed;
    const removed = repository.keyId;
    const keyId = await addKey(repository, newKey(options));
    await checkLock();
    await repository.backend.remove({ type: 'key', name: removed });
    return { keyId, removed };
  });
}

function newKey({ password, keyCost, owner, mayBeEmpty }: PasswordOptions): NewKey {
  if (password === '' && !mayBeEmpty) throw new CairnError('usage', 'The new password is empty. Give one.');
  const { hostname, username } = { ...currentOwner(), ...owner };
  const created = formatTime(BigInt(Date.now()) * 1_000_000n);
  return { password, cost: keyCost, owner: { hostname, username }, created };
}
