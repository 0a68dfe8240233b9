import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';

/** What was being done when the file system refused. */
export type LocalAction = 'read' | 'write' | 'remove' | 'list';

type LocalCode = 'disk-full' | 'permission-denied' | 'read-only' | 'target-unavailable' | 'storage-error';

const codes: Readonly<Record<string, LocalCode>> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EACCES: 'permission-denied',
  EPERM: 'permission-denied',
  EROFS: 'read-only',
  ENODEV: 'target-unavailable',
  ENXIO: 'target-unavailable',
  ENOTCONN: 'target-unavailable',
  ESTALE: 'target-unavailable',
  EHOSTDOWN: 'target-unavailable',
  EHOSTUNREACH: 'target-unavailable',
  ENOMEDIUM: 'target-unavailable',
};

const done = { read: 'read', write: 'stored', remove: 'removed', list: 'listed' } as const;

/**
 * The failure of a file call as a sentence for the person.
 * @param file path below the repository's folder.
 * @param location the repository's folder, for people.
 */
export function localError(error: unknown, action: LocalAction, file: string, location: string): CairnError {
  if (error instanceof CairnError) return error;
  const system = systemCode(error);
  const code = (system && codes[system]) || 'storage-error';
  const reason = system ?? (error instanceof Error ? error.message : String(error));
  const message = describe(code, action, file, location, reason);
  return new CairnError(code, message, { details: { file, location, reason }, cause: error });
}

function describe(code: LocalCode, action: LocalAction, file: string, location: string, reason: string): string {
  const failed = `${file} of the repository ${location} could not be ${done[action]}`;
  switch (code) {
    case 'disk-full':
      return `The disk of the repository ${location} is full, so ${file} could not be ${done[action]}. ${howToFree(file)}`;
    case 'permission-denied':
      return `${failed}: permission denied. Check who owns that folder and who may write to it.`;
    case 'read-only':
      return `${failed}: its file system is read-only. Make it writable, or use another target.`;
    case 'target-unavailable':
      return `${failed}: the drive does not answer (${reason}). Connect it, and try again.`;
    case 'storage-error':
      return `${failed} (${reason}). Check the drive and try again.`;
  }
}

/** Without room for its lock, pruning cannot begin either. */
function howToFree(file: string): string {
  return file.startsWith('locks/')
    ? 'Free a few megabytes there by other means; after that, forget and prune can free more.'
    : 'Free some space there, or by "cairn forget" and "cairn prune --grace 0", and try again.';
}

/**
 * The repository's folder is missing (`folder-missing`), perhaps with the one that it would be in (`place-missing`):
 * a drive that is not connected, or a folder that was moved.
 */
export function folderMissing(location: string, hasPlace: boolean): CairnError {
  const message = `The repository folder ${location} is not there. If it is on an external or network drive, connect it and try again; if it was moved, change the target's location.`;
  return new CairnError('target-unavailable', message, {
    details: { location, reason: hasPlace ? 'folder-missing' : 'place-missing' },
  });
}

/** The folder is there, but not the repository in it: most likely the empty mount point of a drive. */
export function repositoryMissing(location: string): CairnError {
  const message = `The folder ${location} no longer holds a repository. If a drive belongs there, connect it and try again; nothing was written.`;
  return new CairnError('target-unavailable', message, { details: { location, reason: 'config-missing' } });
}

/** Throws nothing; the caller does. */
export function fileNotFound(file: string, location: string): CairnError {
  const message = `${file} is not in the repository ${location}.`;
  return new CairnError('file-not-found', message, { details: { file, location } });
}

/** A config is never replaced. */
export function configExists(location: string, cause: unknown): CairnError {
  return new CairnError('repository-exists', `There is a repository at ${location} already: its config file exists.`, {
    details: { location },
    cause,
  });
}

/** A file that is not as long as something that refers to it says, or not a file at all. */
export function fileDamaged(problem: string, file: string, location: string): CairnError {
  const message = `${file} of the repository ${location} is damaged: ${problem}. Verify the repository to see what is affected.`;
  return new CairnError('repository-damaged', message, { details: { file, location, problem } });
}
