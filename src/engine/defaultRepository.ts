import { randomBytes } from 'node:crypto';
import { syncFolder } from '../disk/durableWrite.ts';
import { LocalBackend } from '../backend/local/localBackend.ts';
import { CairnError } from '../base/errors.ts';
import { systemCode } from '../base/systemCode.ts';
import { RANDOM_PASSWORD_KEY_COST } from '../repository/crypto/keyFile.ts';
import { openRepository, type Repository } from '../repository/repository.ts';
import { findLostDefault } from './guard/findLostDefault.ts';
import type { GuardSettings } from './guard/guardPlace.ts';
import { recoverGuard } from './guard/recoverGuard.ts';
import { initRepository } from './init.ts';
import { statIfThere } from '../disk/stats.ts';
import { mkdirWithParents, removeTree, rename, unlink } from '../disk/changes.ts';
import { listNames } from '../disk/folders.ts';
import { toFsPath } from '../disk/fsPath.ts';
import { withLockFile } from './withLockFile.ts';
import { writePrivateFile, readSmallFile } from '../disk/smallFile.ts';
import type { DiskPath } from '../base/pathKinds.ts';
import { joinName, lastName, parentFolder } from '../disk/paths.ts';
import envPaths from 'env-paths';

/** Stands between the name of the repository and a random end, in the name of one that is being made. */
const UNFINISHED = '.new-';

/** Where the repository lies that is used when none is named, and its password. */
export interface DefaultRepositoryPaths {
  readonly repository: DiskPath;
  /** A file that only its owner can read. */
  readonly passwordFile: DiskPath;
}

/**
 * In the user's data folder: never in the editor's storage, which goes when the extension is
 * uninstalled, and never in the workspace, which is what may be lost.
 */
export function defaultRepositoryPaths(): DefaultRepositoryPaths {
  const { data } = envPaths('cairn', { suffix: '' });
  return { repository: joinName(data, 'repository'), passwordFile: joinName(data, 'password') };
}

/** Opens the default repository. Throws `repository-not-found` if nothing was backed up to it yet. */
export async function openDefaultRepository(paths: DefaultRepositoryPaths): Promise<Repository> {
  if (!exists(joinName(paths.repository, 'config'))) {
    throw new CairnError(
      'repository-not-found',
      `There is no default repository yet: the first "cairn backup" makes it at ${paths.repository}. Or name another one with -r.`,
      { details: { location: paths.repository } },
    );
  }
  return openRepository(new LocalBackend(paths.repository), { password: readPasswordFile(paths.passwordFile) });
}

/** How the default repository came to be there. */
export interface OpenedDefault {
  readonly repository: Repository;
  readonly created: boolean;
  /** The guard from which it was brought back. */
  readonly recoveredFrom?: DiskPath;
}

/**
 * Opens the default repository; makes it, with a random password in a file beside it, if it is not
 * there yet, unless one was there and a guard has it: that one is brought back. Two processes that do so at once get
 * the same one.
 */
export async function openOrCreateDefaultRepository(
  paths: DefaultRepositoryPaths,
  guard?: Pick<GuardSettings, 'folder'>,
): Promise<OpenedDefault> {
  if (exists(joinName(paths.repository, 'config')))
    return { repository: await openDefaultRepository(paths), created: false };
  const recoveredFrom = await createDefaultRepository(paths, guard);
  return {
    repository: await openDefaultRepository(paths),
    created: recoveredFrom === undefined,
    ...(recoveredFrom !== undefined && { recoveredFrom }),
  };
}

/** Every step can be repeated: whenever it is cut off, the next attempt completes it. */
async function createDefaultRepository(
  paths: DefaultRepositoryPaths,
  guard: Pick<GuardSettings, 'folder'> | undefined,
): Promise<DiskPath | undefined> {
  const folder = parentFolder(paths.repository);
  mkdirWithParents(folder, 0o700);
  return withLockFile(`${paths.repository}.lock`, async () => {
    if (exists(joinName(paths.repository, 'config'))) return undefined;
    const lost = guard && findLostDefault(paths, guard.folder);
    if (lost === undefined) await createInTurn(paths, folder);
    else await recoverGuard(lost);
    return lost;
  });
}

async function createInTurn(paths: DefaultRepositoryPaths, folder: DiskPath): Promise<void> {
  removeUnfinished(paths, folder);
  const password = createPasswordFile(paths.passwordFile);
  const unfinished = `${paths.repository}${UNFINISHED}${randomBytes(6).toString('hex')}`;
  try {
    await initRepository(new LocalBackend(unfinished), { password, keyCost: RANDOM_PASSWORD_KEY_COST });
    // An empty folder, left by somebody who made it by hand, is replaced; anything else stays.
    rename(unfinished, paths.repository);
    // A repository whose password file is lost in a power cut would be lost, too.
    await syncFolder(folder);
  } catch (error) {
    removeTree(unfinished);
    // Another process was faster, since this one slept so long that its turn was over.
    if (exists(joinName(paths.repository, 'config'))) return;
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(systemCode(error) ?? '')) throw error;
    throw new CairnError(
      'repository-exists',
      `${paths.repository} holds files but no repository. Move them away, or name another repository with -r.`,
    );
  }
}

/** What attempts left that were cut off: nobody else is at it. */
function removeUnfinished({ repository }: DefaultRepositoryPaths, folder: DiskPath): void {
  const beginning = `${lastName(repository)}${UNFINISHED}`;
  for (const name of listNames(toFsPath(folder))) {
    if (name.startsWith(beginning)) removeTree(toFsPath(joinName(folder, name)));
  }
}

/** A new password of 256 random bits, or the one that is there from before: an empty file is none. */
function createPasswordFile(file: string): string {
  if (exists(file) && readSmallFile(file).toString('utf8').trim() === '') unlink(toFsPath(file));
  try {
    writePrivateFile(file, `${randomBytes(32).toString('base64url')}\n`);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  return readPasswordFile(file);
}

/** The password of the default repository. Throws `password-missing`. */
export function readDefaultPassword(paths: DefaultRepositoryPaths): string {
  return readPasswordFile(paths.passwordFile);
}

/** White space at both ends is not part of the password, as in restic's password files (format notes 2.3). */
function readPasswordFile(file: string): string {
  let password: string;
  try {
    password = readSmallFile(file).toString('utf8').trim();
  } catch (cause) {
    throw new CairnError(
      'password-missing',
      `The password file ${file} of the default repository cannot be read. Put it back (the recovery kit has the password), or name a repository with -r.`,
      { cause },
    );
  }
  if (password === '') throw new CairnError('password-missing', `The password file ${file} is empty.`);
  return password;
}

function exists(path: string): boolean {
  return statIfThere(path) !== undefined;
}
