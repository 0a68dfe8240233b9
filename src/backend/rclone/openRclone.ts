import { displayLocation, type RcloneLocation } from '../../base/location.ts';
import type { StorageAccess } from '../../base/storageAccess.ts';
import { readCount, readDuration } from '../readOption.ts';
import { RestBackend } from '../rest/restBackend.ts';
import { RcloneClient } from './rcloneClient.ts';
import { rcloneCommand } from './rcloneProcess.ts';

/** As restic has them: calls at the same time, and milliseconds for rclone's first answer. */
const CONNECTIONS = 5;
const TIMEOUT = 60_000;

/** A repository at whatever rclone reaches. The program is started by the first call. Throws `usage`. */
export function openRclone(location: RcloneLocation, access: StorageAccess): RestBackend {
  const shown = displayLocation(location);
  const client = new RcloneClient({
    command: rcloneCommand(location.remote, access.options),
    environment: access.environment,
    timeout: readDuration(access.options, 'rclone.timeout', TIMEOUT),
    location: shown,
  });
  return new RestBackend({
    client,
    path: '/',
    location: shown,
    settings: { location, access },
    connections: readCount(access.options, 'rclone.connections', CONNECTIONS),
    serverSays: client.lastWords,
  });
}
