import { CairnError, errorCode } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { sftpStatus, statusOf } from './sftpStatus.ts';

/** What was being done when the server refused. */
export type SftpAction = 'read' | 'write' | 'remove' | 'list';

const done = { read: 'read', write: 'stored', remove: 'removed', list: 'listed' } as const;

/** What a server can tell about where its files rest. */
export interface DiskState {
  readonly isFull: boolean;
  readonly isReadOnly: boolean;
}

/**
 * The answer of a server that refused as a sentence for the person. Servers have one number for most failures, so the
 * words that they add count, and what they say of their disk.
 * @param file path below the repository's folder.
 * @param location the repository, for people.
 */
export function sftpError(
  error: unknown,
  action: SftpAction,
  file: string,
  location: string,
  disk?: DiskState,
): CairnError {
  if (error instanceof CairnError) return error;
  if (errorCode(error) === 'aborted')
    return new CairnError('aborted', 'The operation was cancelled.', { cause: error });
  const status = statusOf(error);
  const reason = displayPath(error instanceof Error ? error.message : String(error)).slice(0, 200);
  const details = { file, location, reason };
  const failed = `${file} of the repository ${location} could not be ${done[action]}`;
  if (status === sftpStatus.permissionDenied) {
    const message = `${failed}: permission denied. Check who owns that folder on the server, and whether this user may write to it.`;
    return new CairnError('permission-denied', message, { details, cause: error });
  }
  if (disk?.isReadOnly || /read-?only/i.test(reason)) {
    const message = `${failed}: its file system on the server is read-only. Make it writable, or use another target.`;
    return new CairnError('read-only', message, { details, cause: error });
  }
  if (disk?.isFull || /no space|disk full|quota/i.test(reason)) {
    const message = `The disk of the repository ${location} is full, so ${file} could not be ${done[action]}. ${howToFree(file)}`;
    return new CairnError('disk-full', message, { details, cause: error });
  }
  const mayPass = status === sftpStatus.connectionLost || status === sftpStatus.noConnection;
  const message = `${failed}: the server says "${reason}". Check the disk of the server and try again.`;
  return new CairnError('storage-error', message, { details, cause: error, mayPass });
}

/** Without room for its lock, pruning cannot begin either. */
function howToFree(file: string): string {
  return file.startsWith('locks/')
    ? 'Free a few megabytes there by other means; after that, forget and prune can free more.'
    : 'Free some space there, or by "cairn forget" and "cairn prune --grace 0", and try again.';
}

/** The repository's folder is missing on the server, perhaps with the one that it would be in. */
export function remoteFolderMissing(location: string, hasPlace: boolean): CairnError {
  const message = `The repository folder ${location} is not there on the server. If it is on a drive that is connected to it, see to that and try again; if it was moved, change the target's location.`;
  return new CairnError('target-unavailable', message, {
    details: { location, reason: hasPlace ? 'folder-missing' : 'place-missing' },
  });
}
