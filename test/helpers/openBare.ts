import type { Backend } from '../../src/backend/backend.ts';
import { openFar } from '../../src/backend/openBackend.ts';
import type { StorageSettings } from '../../src/base/storageAccess.ts';

/** Far storage as it is, without the retries of `openBackend`: what fails does so at once. */
export function openBare({ location, access }: StorageSettings): Backend {
  if (location.kind === 'local' || location.kind === 'unusable') throw new Error(`${location.kind} is not far.`);
  return openFar(location, access);
}
