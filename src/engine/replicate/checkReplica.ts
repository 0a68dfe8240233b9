import type { Backend } from '../../backend/backend.ts';
import { openBackend } from '../../backend/openBackend.ts';
import { throwIfAborted } from '../../base/abort.ts';
import { allAtOnce } from '../../base/atOnce.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import { freeMemory } from '../../base/freeMemory.ts';
import { Gate } from '../../base/gate.ts';
import { throttleProgress } from '../../base/progress.ts';
import type { Repository } from '../../repository/repository.ts';
import { withLock } from '../session.ts';
import { usualLedger } from '../standing/ledger.ts';
import { noteProof } from '../standing/noteProof.ts';
import { repositoryPlace } from '../standing/placeOf.ts';
import { fileText, isAboutOneFile, loadProven } from './copyOne.ts';
import { goneKey } from './goneFiles.ts';
import { openReplica, refusePlaces } from './openReplica.ts';
import { planReplica } from './planReplica.ts';
import { copyOrder, listAtOnce, listGrowing, type CopiedType, type RepositoryFiles } from './replicaFiles.ts';
import { readReplicaRecord, replicaRecordFolder } from './replicaRecord.ts';
import type { ReplicaPlace, ReplicateOptions } from './replicateTypes.ts';

export interface CheckReplicaOptions extends Omit<ReplicateOptions, 'delay' | 'dryRun' | 'init' | 'now'> {
  /** Read every file of the replica, and prove it by its name. */
  readonly readData?: boolean;
}

/** What is not in the replica as in the source, or was not, when it was read, what its name says. */
export interface ReplicaDifference {
  readonly kind: 'missing' | 'size' | 'extra' | 'damaged' | 'unreadable';
  readonly type: CopiedType;
  readonly name: string;
  /** A sentence. */
  readonly message: string;
}

export interface ReplicaCheck {
  readonly differences: readonly ReplicaDifference[];
  /** Files that both have. */
  readonly equal: number;
  /** Files that only wait for their removal: no difference. */
  readonly waiting: number;
  readonly filesRead: number;
  /** Bytes. */
  readonly bytesRead: number;
}

/** Opens the place of a replica for the time of `checkReplica`, and notes what that found; see there. */
export async function checkReplicaAt(
  source: Repository,
  place: ReplicaPlace,
  options: CheckReplicaOptions = {},
): Promise<ReplicaCheck> {
  const { readData = false, ledger = usualLedger() } = options;
  const replica = openBackend(place, options.onTrouble && { onTrouble: options.onTrouble });
  try {
    const check = await checkReplica(source, replica, options);
    // What is only missing comes with the next run.
    const isGood = check.differences.every(({ kind }) => kind === 'missing' || kind === 'extra');
    await noteProof(ledger, repositoryPlace(replica, source.config.id), readData ? 'data' : 'structure', isGood);
    return check;
  } finally {
    await replica.close();
  }
}

/**
 * Compares a repository and its replica by names and sizes, and changes nothing. The source is locked meanwhile, the
 * replica is not. Throws `repository-not-found` if no replica is there, `refused` for anything else.
 */
export async function checkReplica(
  given: Repository,
  replica: Backend,
  options: CheckReplicaOptions = {},
): Promise<ReplicaCheck> {
  refusePlaces(given.backend, replica);
  const lock = options.noLock ? 'none' : 'shared';
  return withLock(given, { ...options, lock }, async ({ repository: source }) => {
    const call = options.signal ? { signal: options.signal } : {};
    const [there, sourceFiles] = await Promise.all([
      openReplica(source, replica, options.signal),
      listGrowing(source.backend, call),
    ]);
    if (!there) throw notFound(replica);
    const files = await listAtOnce(replica, call);
    const { differences, waiting } = compare(source, replica, { sourceFiles, files, options });
    const read = options.readData ? await readAll(replica, files, options) : nothingRead;
    const types = copyOrder.map((type) => [...files[type].keys()].filter((name) => sourceFiles[type].has(name)).length);
    const sizes = differences.filter(({ kind }) => kind === 'size').length;
    const equal = types.reduce((sum, count) => sum + count, 0) - sizes;
    return { ...read, differences: [...differences, ...read.differences], equal, waiting };
  });
}

function notFound({ location }: Backend): CairnError {
  return new CairnError(
    'repository-not-found',
    `There is no replica at ${location}. Check the location; without --check, "cairn replicate" makes one.`,
    { details: { location } },
  );
}

interface Compared {
  readonly sourceFiles: RepositoryFiles;
  readonly files: RepositoryFiles;
  readonly options: CheckReplicaOptions;
}

function compare(source: Repository, replica: Backend, { sourceFiles, files, options }: Compared) {
  const { copy, surplus } = planReplica(sourceFiles, files);
  const name = { repository: source.config.id, location: replica.location };
  const record = readReplicaRecord(options.recordFolder ?? replicaRecordFolder(), name);
  const extra = surplus.filter((file) => !record?.gone.has(goneKey(file)));
  const differences: ReplicaDifference[] = copy.map(({ replaces, ...file }) => ({
    kind: replaces === undefined ? 'missing' : 'size',
    type: file.type,
    name: file.name,
    message:
      replaces === undefined
        ? `The ${fileText(file)} is not in the replica.`
        : `The ${fileText(file)} has ${replaces} bytes in the replica and ${file.size} in the repository.`,
  }));
  for (const { type, name } of extra) {
    const message = `The ${fileText({ type, name })} is only in the replica, and no run has noted yet that it is to go.`;
    differences.push({ kind: 'extra', type, name, message });
  }
  return { differences, waiting: surplus.length - extra.length };
}

type Reading = Pick<ReplicaCheck, 'differences' | 'filesRead' | 'bytesRead'>;

const nothingRead: Reading = { differences: [], filesRead: 0, bytesRead: 0 };

/** Bytes that are in memory at the same time. */
const MEMORY = 128 * 1024 * 1024;

async function readAll(replica: Backend, files: RepositoryFiles, options: CheckReplicaOptions): Promise<Reading> {
  const { signal, onProgress } = options;
  const all = copyOrder.flatMap((type) => [...files[type]].map(([name, size]) => ({ type, name, size })));
  const totalBytes = all.reduce((sum, { size }) => sum + size, 0);
  const progress = throttleProgress(onProgress);
  const memory = new Gate(MEMORY);
  const differences: ReplicaDifference[] = [];
  let [filesRead, bytesRead] = [0, 0];
  await allAtOnce(all, replica.properties.connections, (file) =>
    memory.run(file.size, async () => {
      throwIfAborted(signal);
      try {
        freeMemory(await loadProven(replica, file, signal));
      } catch (error) {
        if (!isAboutOneFile(error)) throw error;
        const kind = errorCode(error) === 'repository-damaged' ? 'damaged' : 'unreadable';
        const message = `${(error as Error).message} Remove it there, and run "cairn replicate" again.`;
        differences.push({ kind, type: file.type, name: file.name, message });
      }
      bytesRead += file.size;
      progress.report({
        phase: 'Reading files',
        items: ++filesRead,
        totalItems: all.length,
        bytes: bytesRead,
        totalBytes,
      });
    }),
  );
  progress.flush();
  return { differences, filesRead, bytesRead };
}
