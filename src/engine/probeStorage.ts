import type { Backend } from '../backend/backend.ts';
import { holdsAnything } from '../backend/holdsAnything.ts';
import { openBackend, openFar } from '../backend/openBackend.ts';
import { readHostKey } from '../backend/sftp/hostKey.ts';
import { watchStalls } from '../backend/wrap/watchStalls.ts';
import { bindCalls } from '../backend/wrap/bindCalls.ts';
import { throwIfAborted } from '../base/abort.ts';
import { errorCode, isCairnError } from '../base/errors.ts';
import type { StorageSettings } from '../base/storageAccess.ts';
import { missingPart } from '../repository/repository.ts';
import type { ProbedLocation, StorageProblem } from './probeLocation.ts';

/** A storage in which nothing moves for so long is given up: a person waits. Milliseconds. */
const PATIENCE = 10_000;
/** The same where a program makes the connection, perhaps through others, or by a key that wants to be touched. */
const PROGRAM_PATIENCE = 30_000;

/**
 * Says what is at a place beyond a network, without opening or changing anything. What fails is not tried again.
 * Throws `aborted` when the signal fires, and nothing else.
 */
export async function probeStorage(storage: StorageSettings, signal?: AbortSignal): Promise<ProbedLocation> {
  let backend: Backend | undefined;
  try {
    backend = openPatiently(storage);
    return { ...(await look(bindCalls(backend, { ...(signal && { signal }) }), storage, signal)), mayVanish: false };
  } catch (error) {
    throwIfAborted(signal);
    return { kind: 'unreachable', problem: await describe(error, storage, signal), mayVanish: false };
  } finally {
    await backend?.close().catch(() => {});
  }
}

function openPatiently(storage: StorageSettings): Backend {
  const { location, access } = storage;
  switch (location.kind) {
    case 'local':
    case 'unusable':
      return openBackend(storage);
    case 'sftp':
    case 'rclone':
      return watchStalls(openFar(location, access), { stuckAfter: PROGRAM_PATIENCE });
    case 'rest':
    case 's3':
      return watchStalls(openFar(location, access), { stuckAfter: PATIENCE });
  }
}

async function look(
  backend: Backend,
  storage: StorageSettings,
  signal: AbortSignal | undefined,
): Promise<Pick<ProbedLocation, 'kind' | 'parentExists' | 'snapshots'>> {
  try {
    await backend.stat({ type: 'config', name: '' });
  } catch (error) {
    const missing = missingPart(error);
    if (missing === undefined) throw error;
    if (missing !== 'file') return { kind: 'missing', parentExists: missing === 'folder' };
    return { kind: (await holdsAnything(storage, signal)) ? 'other-files' : 'empty' };
  }
  const [, snapshots] = await Promise.all([backend.list('key'), backend.list('snapshot')]);
  return { kind: 'repository', snapshots: snapshots.length };
}

async function describe(
  error: unknown,
  { location, access }: StorageSettings,
  signal: AbortSignal | undefined,
): Promise<StorageProblem> {
  const message = error instanceof Error ? error.message : String(error);
  const { reason, status } = (isCairnError(error) && error.details) || {};
  const isAboutHostKey = location.kind === 'sftp' && String(reason).startsWith('host-key-');
  const hostKey = isAboutHostKey ? await readHostKey(location, access, signal) : undefined;
  return {
    code: errorCode(error),
    message,
    ...(typeof reason === 'string' && { reason }),
    ...(typeof status === 'number' && { status }),
    ...(hostKey !== undefined && { hostKey }),
  };
}
