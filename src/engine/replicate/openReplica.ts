import type { Backend } from '../../backend/backend.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import { displayLocation } from '../../base/location.ts';
import { pathInside } from '../../disk/paths.ts';
import { Sealer } from '../../repository/crypto/seal.ts';
import { parseConfig } from '../../repository/format/config.ts';
import { missingPart, Repository } from '../../repository/repository.ts';
import { listAtOnce } from './replicaFiles.ts';

/**
 * Refuses a place for a replica that is the repository itself, or where one lies in the other, by their paths and
 * locations. Throws `refused`.
 */
export function refusePlaces(source: Backend, replica: Backend): void {
  const [from, to] = [source.settings.location, replica.settings.location];
  if (from.kind === 'local' && to.kind === 'local') {
    if (pathInside(from.folder, to.folder) === undefined && pathInside(to.folder, from.folder) === undefined) return;
  } else if (from.kind === 'unusable' || displayLocation(from) !== displayLocation(to)) return;
  throw new CairnError(
    'refused',
    `The replica at ${replica.location} would be the repository ${source.location} itself, or one would lie in the other. Give another place.`,
  );
}

/**
 * The replica at a place, opened by the key of the repository; nothing if none is there, or one that was only begun.
 * Throws `refused` if there is anything else.
 */
export async function openReplica(
  source: Repository,
  replica: Backend,
  signal: AbortSignal | undefined,
): Promise<Repository | undefined> {
  const options = signal ? { signal } : {};
  let sealed: Buffer;
  try {
    sealed = await replica.load({ type: 'config', name: '' }, options);
  } catch (error) {
    const missing = missingPart(error);
    if (missing === undefined) throw error;
    if (missing === 'file') await refuseOthers(source, replica, signal);
    return undefined;
  }
  const config = openConfig(source, replica, sealed);
  if (config.id === source.config.id) return new Repository(replica, config, source.masterKey, source.keyId);
  throw otherRepository(source, replica);
}

function openConfig(source: Repository, replica: Backend, sealed: Buffer) {
  try {
    return parseConfig(source.sealer.open(sealed));
  } catch {
    throw otherRepository(source, replica);
  }
}

function otherRepository({ backend }: Repository, { location }: Backend): CairnError {
  return new CairnError(
    'refused',
    `There is another repository at ${location}: the key of ${backend.location} does not open it, or it has another id. Nothing was changed there. Give another place; to add snapshots to another repository, there is "cairn copy".`,
    { details: { location } },
  );
}

/** Without a config, only the keys of this very repository may be there: a run that was cut off left them. */
async function refuseOthers(source: Repository, replica: Backend, signal: AbortSignal | undefined): Promise<void> {
  const options = signal ? { signal } : {};
  const [files, keys] = await Promise.all([
    // A server that has nothing at a place may say so of each list.
    listAtOnce(replica, options).catch((error: unknown) => {
      if (missingPart(error) === undefined) throw error;
      return undefined;
    }),
    source.backend.list('key', options),
  ]);
  if (!files) return;
  const count = files.key.size + files.snapshot.size + files.index.size + files.pack.size;
  const own = new Set(keys.map(({ name }) => name));
  if (count === 0 || (files.key.size > 0 && [...files.key.keys()].every((name) => own.has(name)))) return;
  throw new CairnError(
    'refused',
    `There are files of a repository at ${replica.location}, but no config, and they are not of ${source.backend.location}. Nothing was changed there. Give another place.`,
    { details: { location: replica.location } },
  );
}

/** Stores the config as it is in the repository: from then on the place is a repository. It has its keys already. */
export async function createConfig(source: Repository, replica: Backend, signal: AbortSignal | undefined) {
  const handle = { type: 'config', name: '' } as const;
  const options = signal ? { signal } : {};
  const sealed = await source.backend.load(handle, options);
  const config = parseConfig(new Sealer(source.masterKey).open(sealed));
  try {
    await replica.save(handle, [sealed], options);
  } catch (error) {
    if (errorCode(error) !== 'repository-exists') throw error;
    // Another run was faster.
    const there = await openReplica(source, replica, signal);
    if (there) return there;
    throw error;
  }
  return new Repository(replica, config, source.masterKey, source.keyId);
}
