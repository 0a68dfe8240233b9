import { allAtOnce } from '../base/atOnce.ts';
import { CairnError } from '../base/errors.ts';
import { createKeyFile, keyFileToJson, openKeyFile, parseKeyFile, type KeyCost } from './crypto/keyFile.ts';
import { isUnreadablePlace } from './damage.ts';
import { asId, type KeyId } from './format/ids.ts';
import { sha256Hex } from './hash.ts';
import { damagedKeyFile, saveKeyFile, type KeyOwner, type Repository } from './repository.ts';

/** A key: one password that opens the repository. */
export interface KeyInfo extends KeyOwner {
  readonly id: KeyId;
  /** RFC 3339. */
  readonly created: string;
  /** Whether it opened this repository. */
  readonly isCurrent: boolean;
}

/**
 * All keys, oldest first. One that cannot be read is left out and told to `onDamaged`. Throws `aborted`, and what says
 * that none could be read now.
 */
export async function listKeys(
  repository: Repository,
  onDamaged: (id: KeyId, error: unknown) => void = () => {},
): Promise<KeyInfo[]> {
  const keys: KeyInfo[] = [];
  const { backend, keyId } = repository;
  await allAtOnce(await backend.list('key'), backend.properties.connections, async ({ name }) => {
    const id = asId<KeyId>(name);
    try {
      const { hostname, username, created } = await loadKeyFile(repository, id);
      keys.push({ id, hostname, username, created, isCurrent: id === keyId });
    } catch (error) {
      if (!isUnreadablePlace(error)) throw error;
      onDamaged(id, error);
    }
  });
  return keys.sort((a, b) => Date.parse(a.created) - Date.parse(b.created) || (a.id < b.id ? -1 : 1));
}

/** What is in a key file. Throws `file-not-found` or `repository-damaged`. */
export async function loadKeyFile(repository: Repository, id: KeyId): Promise<ReturnType<typeof parseKeyFile>> {
  const bytes = await repository.backend.load({ type: 'key', name: id });
  if (sha256Hex(bytes) === id) return parseKeyFile(bytes);
  throw damagedKeyFile(id, repository.backend.location);
}

export interface NewKey {
  readonly password: string;
  readonly cost: KeyCost;
  readonly owner: KeyOwner;
  /** RFC 3339. */
  readonly created: string;
}

/** Lets one more password open the repository. The stored key has been proven to do so when it resolves. */
export async function addKey(repository: Repository, key: NewKey): Promise<KeyId> {
  const { password, cost, owner, created } = key;
  const { masterKey } = repository;
  const file = await createKeyFile({ password, cost, created, masterKey, ...owner });
  const id = await saveKeyFile(repository.backend, keyFileToJson(file));
  await openKeyFile(await loadKeyFile(repository, id), password);
  return id;
}

/**
 * The key with this id or unique beginning of one.
 * Throws `key-not-found` or `ambiguous-id`.
 */
export async function findKeyId(repository: Repository, prefix: string): Promise<KeyId> {
  const names = (await repository.backend.list('key')).map((file) => file.name);
  const matches = /^[0-9a-f]+$/.test(prefix) ? names.filter((name) => name.startsWith(prefix)) : [];
  if (matches.length > 1) {
    throw new CairnError('ambiguous-id', `${matches.length} keys begin with "${prefix}". Give more digits of the id.`);
  }
  if (matches.length === 1) return asId<KeyId>(matches[0]!);
  throw new CairnError(
    'key-not-found',
    `There is no key "${prefix}" in ${repository.backend.location}. "cairn key list" lists them.`,
  );
}

/** Takes from a password the power to open the repository. Throws `refused` for the key that is in use. */
export async function removeKey(repository: Repository, id: KeyId): Promise<void> {
  if (id === repository.keyId) {
    throw new CairnError(
      'refused',
      `The key ${id.slice(0, 8)} opened this repository and is in use. Open it with another password to remove this one.`,
      { details: { key: id } },
    );
  }
  await repository.backend.remove({ type: 'key', name: id });
}
