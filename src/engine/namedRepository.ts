import type { Backend } from '../backend/backend.ts';
import { withCache } from '../backend/cache/withCache.ts';
import { openBackend } from '../backend/openBackend.ts';
import { bindCalls } from '../backend/wrap/bindCalls.ts';
import type { TroubleListener } from '../base/storageTrouble.ts';
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
  /** Hears of calls to far storage that failed and will be made again. */
  readonly onTrouble?: TroubleListener;
  /** Ends the opening. */
  readonly signal?: AbortSignal;
}

/**
 * Opens the repository at a place.
 * Throws as `openBackend` and `openRepository` do, and whatever `readPassword` throws.
 */
export async function openNamedRepository(
  storage: StorageSettings,
  options: NamedRepositoryOptions,
): Promise<Repository> {
  return openStorage(storage, options, async (backend) => {
    const found = await findRepository(backend);
    const password = await options.readPassword();
    return found.open({ password, ...(options.keyHint !== undefined && { keyHint: options.keyHint }) });
  });
}

/** How a repository is made. */
export interface NewRepositoryOptions
  extends Pick<InitOptions, 'version' | 'chunkerPolynomial'>, Pick<NamedRepositoryOptions, 'onTrouble' | 'signal'> {}

/** Makes a repository at a place, for a password that a person chose. Throws `repository-exists`. */
export async function createNamedRepository(
  storage: StorageSettings,
  password: string,
  options: NewRepositoryOptions = {},
): Promise<Repository> {
  const { version, chunkerPolynomial } = options;
  return openStorage(storage, options, (backend) =>
    initRepository(backend, {
      password,
      keyCost: PERSON_KEY_COST,
      ...(version && { version }),
      ...(chunkerPolynomial !== undefined && { chunkerPolynomial }),
    }),
  );
}

/** What is kept on this machine is kept by the id of the repository, which is known only once that is open. */
async function openStorage(
  storage: StorageSettings,
  { onTrouble, signal }: Pick<NamedRepositoryOptions, 'onTrouble' | 'signal'>,
  open: (backend: Backend) => Promise<Repository>,
): Promise<Repository> {
  const backend = openBackend(storage, onTrouble && { onTrouble });
  try {
    const repository = await open(bindCalls(backend, { ...(signal && { signal }) }));
    const { config } = repository;
    return backend.properties.isFar ? repository.over(withCache(backend, config.id)) : repository;
  } catch (error) {
    await backend.close().catch(() => {});
    throw error;
  }
}

/** The absolute path of the folder that a location names, or undefined for storage of another kind. */
export function locationFolder(location: string, workingFolder: DiskPath): DiskPath | undefined {
  const { folder } = parseLocation(location);
  return folder === undefined ? undefined : resolvePath(folder, workingFolder);
}
