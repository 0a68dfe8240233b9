import { openBackend } from '../backend/openBackend.ts';
import { PERSON_KEY_COST } from '../repository/crypto/keyFile.ts';
import { findRepository, type Repository } from '../repository/repository.ts';
import { initRepository, type InitOptions } from './init.ts';
import { parseLocation } from '../base/location.ts';
import type { StorageSettings } from '../base/storageAccess.ts';
import type { DiskPath } from '../base/pathKinds.ts';
import { resolvePath } from '../disk/paths.ts';

/** How to open a repository that somebody names. */
export interface NamedRepositoryOptions {
  /** Called when it is sure that there is a repository. */
  readonly readPassword: () => Promise<string>;
  /** Id, or unique prefix, of the key to try first. */
  readonly keyHint?: string;
}

/**
 * Opens the repository at a place.
 * Throws as `openBackend` and `openRepository` do, and whatever `readPassword` throws.
 */
export async function openNamedRepository(
  storage: StorageSettings,
  options: NamedRepositoryOptions,
): Promise<Repository> {
  const backend = openBackend(storage);
  const found = await findRepository(backend);
  const password = await options.readPassword();
  return found.open({ password, ...(options.keyHint !== undefined && { keyHint: options.keyHint }) });
}

/** Makes a repository at a place, for a password that a person chose. Throws `repository-exists`. */
export async function createNamedRepository(
  storage: StorageSettings,
  password: string,
  options: Pick<InitOptions, 'version' | 'chunkerPolynomial'> = {},
): Promise<Repository> {
  return initRepository(openBackend(storage), { password, keyCost: PERSON_KEY_COST, ...options });
}

/** The absolute path of the folder that a location names, or undefined for storage of another kind. */
export function locationFolder(location: string, workingFolder: DiskPath): DiskPath | undefined {
  const { folder } = parseLocation(location);
  return folder === undefined ? undefined : resolvePath(folder, workingFolder);
}
