import { CairnError } from '../base/errors.ts';
import { usualGuards } from '../engine/index.ts';
import type { RepositoryRef } from '../worker/engineProtocol/refs.ts';
import type { CommandContext } from './context.ts';
import { guardOf, guardsFolder } from './guardOptions.ts';
import { readPassword } from './passwordSource.ts';
import { namedLocation } from './repositoryChoice.ts';
import { accessOf } from './storageOptions.ts';

/**
 * The repository of this command line, as a thread of the engine opens it. May ask for the password. Throws `usage`, and
 * `password-missing`.
 */
export async function repositoryRefOf(context: CommandContext): Promise<RepositoryRef> {
  const location = namedLocation(context);
  const guard = guardOf(context);
  if (guard && guardsFolder(context) !== usualGuards().folder)
    throw new CairnError(
      'usage',
      'What runs for long keeps guards in the usual folder: give no --guard-dir, and set no CAIRN_GUARD.',
    );
  const how = { guard: guard ? { delay: guard.delay } : ('off' as const) };
  if (location === undefined) return how;
  const { limits, ...access } = accessOf(context.options);
  const { upload, download } = limits;
  return {
    ...how,
    location,
    access: {
      ...access,
      limits: { ...(upload !== undefined && { upload }), ...(download !== undefined && { download }) },
      isAwaited: false,
      mayAsk: process.stderr.isTTY,
    },
    password: { from: 'text', text: await readPassword(context.options, context.signal) },
  };
}
