import { CairnError } from '../base/errors.ts';
import { parseLocation } from '../base/location.ts';
import type { Backend } from './backend.ts';
import { LocalBackend } from './local/localBackend.ts';
import { resolvePath } from '../disk/paths.ts';

/**
 * The backend for a location in restic's syntax: a folder, with or without `local:` in front. A relative one
 * begins at the working folder of the process. Throws `usage` for a kind of storage that is not supported.
 */
export function openBackend(location: string): Backend {
  const { folder, scheme } = parseLocation(location);
  if (scheme !== undefined) {
    throw new CairnError(
      'usage',
      `Storage of the kind "${scheme}:" is not supported. Supported are folders: /path/to/folder or local:/path/to/folder.`,
      { details: { scheme } },
    );
  }
  if (folder === '') throw new CairnError('usage', 'No repository location is given. Give the path of a folder.');
  return new LocalBackend(resolvePath(folder));
}
