import { CairnError, isCairnError } from '../../base/errors.ts';

/** With these, the storage of a repository is there or not, and it itself is not. */
const notThere: ReadonlySet<unknown> = new Set(['folder-missing', 'place-missing', 'config-missing']);

/**
 * Says of a repository that is not there one and the same, however that was noticed: it was there once, as nobody
 * adds a target without, and who uses the editor types no commands. Other errors stay as they are.
 */
export function explainAway(error: unknown): unknown {
  if (!isCairnError(error) || typeof error.details?.['location'] !== 'string') return error;
  const isAway = error.code === 'target-unavailable' && notThere.has(error.details['reason']);
  const isOfDefault = error.cause !== undefined;
  if (!isAway && (error.code !== 'repository-not-found' || isOfDefault)) return error;
  const message = `The repository ${error.details['location']} is not there. If its drive or server is not connected, connect it and try again; if it was moved, change the location of the target.`;
  return new CairnError(error.code, message, { details: error.details, cause: error });
}
