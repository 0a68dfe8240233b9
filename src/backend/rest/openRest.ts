import { displayLocation, type RestLocation } from '../../base/location.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';
import { readCount } from '../readOption.ts';
import { openHttpClient } from '../http/openHttpClient.ts';
import { RestBackend } from './restBackend.ts';

/** Calls at the same time, as restic has them; `-o rest.connections` sets another number. */
const CONNECTIONS = 5;

/** A repository at a server that speaks restic's REST protocol. Nothing is asked yet. Throws `usage`. */
export function openRest(location: RestLocation, access: StorageAccess): RestBackend {
  const url = new URL(location.url);
  const authorization = authorizationOf(location, access);
  return new RestBackend({
    client: openHttpClient(url.origin, access),
    path: url.pathname,
    ...(authorization !== undefined && { authorization }),
    location: displayLocation(location),
    settings: { location, access },
    connections: readCount(access.options, 'rest.connections', CONNECTIONS),
  });
}

/** The login of the location, else that of the variables that restic reads. */
function authorizationOf({ login }: RestLocation, { environment }: StorageAccess): string | undefined {
  const user = login?.user ?? environment['RESTIC_REST_USERNAME'] ?? '';
  const password = login?.password ?? environment['RESTIC_REST_PASSWORD'] ?? '';
  if (user === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}
