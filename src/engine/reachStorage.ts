import { openBackend } from '../backend/openBackend.ts';
import { CairnError, errorCode } from '../base/errors.ts';
import { displayLocation } from '../base/location.ts';
import type { StorageSettings } from '../base/storageAccess.ts';
import { missingPart } from '../repository/repository.ts';

/** So long far storage may take to answer at all. Milliseconds. */
const PATIENCE = 45_000;
/** Over these, storage that is awaited may have a person asked for a password, whom nobody has here. */
const mayAsk: readonly string[] = ['sftp', 'rclone'];

export interface ReachOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds; 45 seconds unless stated. */
  readonly patience?: number;
}

/**
 * Asks far storage for a small file, whether that is there or not: work that nobody waits for would try again for a
 * quarter of an hour before it says that the storage is away. Throws what says so, or why it lets nobody in; `aborted`.
 */
export async function reachStorage(
  { location, access }: StorageSettings,
  { signal, patience = PATIENCE }: ReachOptions = {},
): Promise<void> {
  if (location.kind === 'local') return;
  let trouble: string | undefined;
  const isAwaited = access.isAwaited || !mayAsk.includes(location.kind);
  const onTrouble = ({ message }: { readonly message: string }) => void (trouble = message);
  const backend = openBackend({ location, access: { ...access, isAwaited } }, { onTrouble });
  const ending = AbortSignal.timeout(patience);
  try {
    await backend.load({ type: 'config', name: '' }, { signal: signal ? AbortSignal.any([signal, ending]) : ending });
  } catch (error) {
    if (missingPart(error) !== undefined) return;
    if (errorCode(error) !== 'aborted' || signal?.aborted) throw error;
    const message = trouble ?? `${displayLocation(location)} did not answer within ${patience / 1000} seconds.`;
    throw new CairnError('target-unavailable', message, { cause: error, mayPass: true });
  } finally {
    await backend.close().catch(() => {});
  }
}
