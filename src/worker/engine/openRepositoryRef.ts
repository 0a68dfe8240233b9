import {
  createNamedRepository,
  defaultRepositoryPaths,
  locationFolder,
  openDefaultRepository,
  openNamedRepository,
  openOrCreateDefaultRepository,
  readDefaultPassword,
  readPasswordFile,
  runPasswordCommand,
  type OpenedDefault,
  type Repository,
  usualGuards,
  resolvePath,
} from '../../engine/index.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import { displayLocation, parseLocation } from '../../base/location.ts';
import { storageAt } from '../../base/storageAccess.ts';
import type { RepositoryRef } from '../engineProtocol/refs.ts';

/** Opens a repository. Throws what opening it throws, and `password-missing`. */
export async function openRepositoryRef(ref: RepositoryRef): Promise<Repository> {
  if (ref.location === undefined) return openDefault();
  return openNamedRepository(storageAt(ref.location, ref.access), { readPassword: async () => readRefPassword(ref) });
}

async function openDefault(): Promise<Repository> {
  const paths = defaultRepositoryPaths();
  try {
    return await openDefaultRepository(paths);
  } catch (cause) {
    if (errorCode(cause) !== 'repository-not-found') throw cause;
    // Who uses the editor does not type commands.
    const message = `There is no repository at ${paths.repository}. "Cairn: Back Up Workspace" brings it back if there was one that is guarded, and else makes a new one.`;
    throw new CairnError('repository-not-found', message, { details: { location: paths.repository }, cause });
  }
}

/** The same, but the default repository is made if it is not there, or brought back if a guard has it. */
export async function openOrCreateRepositoryRef(ref: RepositoryRef): Promise<OpenedDefault> {
  if (ref.location === undefined) {
    const guard = ref.guard === 'off' ? undefined : usualGuards();
    return openOrCreateDefaultRepository(defaultRepositoryPaths(), guard);
  }
  return { repository: await openRepositoryRef(ref), created: false };
}

/** Makes a repository. Throws `repository-exists` and `password-missing`. */
export async function createRepositoryRef(ref: RepositoryRef): Promise<Repository> {
  if (ref.location === undefined) return (await openOrCreateRepositoryRef(ref)).repository;
  const password = readRefPassword(ref);
  if (password === '') throw new CairnError('password-missing', 'The new password is empty. Nothing was changed.');
  return createNamedRepository(storageAt(ref.location, ref.access), password);
}

/** The folder in which a repository lies, or undefined for storage of another kind. Absolute. */
export function repositoryFolder({ location }: RepositoryRef): string | undefined {
  return location === undefined ? defaultRepositoryPaths().repository : locationFolder(location, resolvePath('/'));
}

/** The password as it is now. Throws `password-missing`, and what getting it throws. */
export function readRefPassword({ location, password }: RepositoryRef): string {
  if (location === undefined || password?.from === 'default') return readDefaultPassword(defaultRepositoryPaths());
  if (password?.from === 'text') return password.text;
  if (password?.from === 'file') return readPasswordFile(password.path);
  if (password?.from === 'command') return runPasswordCommand(password.command, 'the target');
  throw new CairnError(
    'password-missing',
    `There is no password for the repository ${displayLocation(parseLocation(location))}.`,
  );
}
