import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { CairnError, errorCode } from '../base/errors.ts';
import {
  defaultRepositoryPaths,
  usualLedger,
  openDefaultRepository,
  openNamedRepository,
  openOrCreateDefaultRepository,
  reviewCaches,
  withGuard,
  withSession,
  type Ledger,
  type OpenCodecs,
  type PackingOptions,
  type Repository,
  type Session,
  type SessionOptions,
} from '../engine/index.ts';
import { codecPoolOpener, withThreadsAhead, type CodecPoolOptions } from '../worker/codecPool.ts';
import { compressionModes, parsePackSize, type GlobalOptions } from './globalOptions.ts';
import { guardOf } from './guardOptions.ts';
import type { Output } from './output.ts';
import { readPassword, withTypedPassword } from './passwordSource.ts';
import { namedLocation } from './repositoryChoice.ts';
import { accessOf, storageOf } from './storageOptions.ts';

/** What a command works with. */
export interface CommandContext {
  readonly options: GlobalOptions;
  readonly output: Output;
  /** Fires at Ctrl-C. */
  readonly signal: AbortSignal;
  /** Where relative paths begin. Absolute. */
  readonly workingFolder: string;
}

/** At most so many threads work for one command; more do not make a disk faster. */
const MAX_THREADS = 4;

/** How a command opens a repository. */
interface OpenOptions {
  /** Make the default repository if it is not there yet. */
  readonly create?: boolean;
  /** Called once nothing more is asked of the person: deriving keys from the password takes a moment. */
  readonly onPassword?: () => Promise<void>;
}

/** How a command that only reads opens a repository. */
export interface ReadingOptions extends Pick<OpenOptions, 'onPassword'> {
  /** `--no-lock`: false. */
  readonly lock: boolean;
}

/**
 * Opens the repository, loads its index and runs `work`, which only reads: `--no-lock` is heeded. The work does not wait
 * for the lock to be confirmed; see {@link SessionOptions.beginsEarly}.
 */
export async function withReading<T>(
  context: CommandContext,
  options: ReadingOptions,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  return withReadingLock(context, options, (repository, session) =>
    withSession(repository, { ...session, listed: ['snapshot'] }, work),
  );
}

/** Opens the repository for `work`, which only reads, and takes a lock as it is told: `--no-lock` is heeded. */
export async function withReadingLock<T>(
  context: CommandContext,
  options: ReadingOptions,
  work: (repository: Repository, session: SessionOptions) => Promise<T>,
): Promise<T> {
  try {
    const lock = options.lock ? 'shared' : 'none';
    const { onPassword } = options;
    return await withOpenRepository(context, onPassword ? { onPassword } : {}, (repository) =>
      work(repository, { lock, beginsEarly: true, ...lockOptions(context) }),
    );
  } catch (error) {
    const code = errorCode(error);
    if (!options.lock || !['read-only', 'permission-denied', 'disk-full'].includes(code)) throw error;
    const { message, details } = error as CairnError;
    if (!String(details?.['file']).startsWith('locks/')) throw error;
    throw new CairnError(code, `${message} To look without taking a lock, give --no-lock.`, { cause: error });
  }
}

/** Opens the repository that is named, or the default one, without lock or index, and runs `work`. */
export async function withOpenRepository<T>(
  context: CommandContext,
  options: OpenOptions,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  const repository = await openChosenRepository(context, options);
  try {
    return await work(repository);
  } finally {
    await repository.backend.close();
  }
}

async function openChosenRepository(context: CommandContext, how: OpenOptions): Promise<Repository> {
  const packing = packingOf(context.options);
  const repository = await openGuarded(context, how);
  return repository.over(repository.backend, packing);
}

async function openGuarded(context: CommandContext, { create, onPassword }: OpenOptions): Promise<Repository> {
  const { options, output, signal } = context;
  const location = namedLocation(context);
  const guard = guardOf(context);
  if (options.cleanupCache) reviewCaches(accessOf(options), { removeOld: true });
  if (location !== undefined) {
    const keyHint = options.keyHint ?? process.env[options.isSource ? 'RESTIC_FROM_KEY_HINT' : 'RESTIC_KEY_HINT'];
    const { onTrouble } = output;
    let prepared: Promise<void> | undefined;
    const opened = await withTypedPassword(
      (message) => output.note(message),
      (onAsked) =>
        openNamedRepository(storageOf(options, location), {
          readPassword: async () => {
            const password = await readPassword(options, signal, onAsked);
            await (prepared ??= onPassword?.());
            return password;
          },
          ...(keyHint && { keyHint }),
          onTrouble,
          signal,
        }),
    );
    return withGuard(opened, () => guard);
  }
  await onPassword?.();
  const paths = defaultRepositoryPaths();
  if (!create) return withGuard(await openDefaultRepository(paths), () => guard, paths.passwordFile);
  const { repository, created, recoveredFrom } = await openOrCreateDefaultRepository(paths, guard);
  if (recoveredFrom !== undefined)
    output.warn(`The repository ${paths.repository} was gone. It is back, from its guard ${recoveredFrom}.`);
  if (created) output.note(`created the repository ${paths.repository}; its password is in ${paths.passwordFile}`);
  return withGuard(repository, () => guard, paths.passwordFile);
}

/** How packs are to be filled, by the options and the environment. Throws `usage`. */
function packingOf(options: GlobalOptions): PackingOptions {
  const { RESTIC_COMPRESSION: mode, RESTIC_PACK_SIZE: size } = process.env;
  const compression = options.compression ?? compressionModes.find((known) => known === mode);
  if (mode && compression === undefined)
    throw new CairnError('usage', `RESTIC_COMPRESSION is ${mode}. Give auto, off or max.`);
  const packSize = options.packSize ?? (size ? readPackSize(size) : undefined);
  return {
    ...(compression && { compression }),
    ...(packSize !== undefined && { packTarget: packSize * 1024 * 1024 }),
  };
}

function readPackSize(text: string): number {
  try {
    return parsePackSize(text);
  } catch (error) {
    throw new CairnError('usage', `RESTIC_PACK_SIZE is ${text}. ${(error as Error).message}`);
  }
}

/** How a command of this line waits for a lock. */
export function lockOptions({ options, output, signal }: CommandContext): Omit<SessionOptions, 'lock'> {
  const onLockLeft = (message: string) => output.warn(message);
  return { signal, onLockLeft, ...(options.retryLock !== undefined && { retryLockMs: options.retryLock }) };
}

/** The codec threads of the command line: one a core, since the person waits. */
export function commandLineCodecs(context: CommandContext, threads?: number): OpenCodecs {
  return codecPoolOpener({ ...poolOptions(context), ...(threads !== undefined && { size: threads }) });
}

/**
 * As {@link commandLineCodecs}, for what is sure to need the threads: they start while the keys are derived from the
 * password, if the repository is opened with this `onPassword`.
 */
export function withCodecsAhead<T>(
  context: CommandContext,
  work: (openCodecs: OpenCodecs, onPassword: () => Promise<void>) => Promise<T>,
): Promise<T> {
  return withThreadsAhead(poolOptions(context), (openCodecs, startThreadsAhead) =>
    work(openCodecs, async () => startThreadsAhead()),
  );
}

function poolOptions({ output }: CommandContext): CodecPoolOptions {
  return {
    onTrouble: output.onTrouble,
    threadFile: join(__dirname, 'codec.js'),
    size: Math.min(MAX_THREADS, Math.max(1, availableParallelism())),
  };
}

/** Where this command notes how the copies stand. What cannot be noted is a warning: the work itself is done. */
export function ledgerOf({ output }: CommandContext): Ledger {
  return usualLedger((message) => output.warn(message));
}
