import { CairnError } from '../base/errors.ts';
import type { FarLocation } from '../base/location.ts';
import type { StorageAccess, StorageSettings } from '../base/storageAccess.ts';
import type { Backend } from './backend.ts';
import { wrapFar, type FarOptions } from './wrap/wrapFar.ts';
import { LocalBackend } from './local/localBackend.ts';
import { openRclone } from './rclone/openRclone.ts';
import { openRest } from './rest/openRest.ts';
import { S3Backend } from './s3/s3Backend.ts';
import { SftpBackend } from './sftp/sftpBackend.ts';
import { resolvePath } from '../disk/paths.ts';

/**
 * The backend for a place. A relative folder begins at the working folder of the process. Throws `usage` for what
 * nothing can be stored at. Nothing is asked of the storage yet.
 */
export function openBackend(settings: StorageSettings, options: FarOptions = {}): Backend {
  const { location, access } = settings;
  switch (location.kind) {
    case 'local':
      if (location.folder === '')
        throw new CairnError('usage', 'No repository location is given. Give the path of a folder.');
      return new LocalBackend(resolvePath(location.folder));
    case 'unusable':
      throw new CairnError('usage', location.problem, { details: { scheme: location.scheme } });
    case 'sftp':
    case 'rest':
    case 'rclone':
    case 's3':
      return wrapFar(openFar(location, access), settings, options);
  }
}

/** Far storage as it is: what fails does so at once. */
export function openFar(location: FarLocation, access: StorageAccess): Backend {
  switch (location.kind) {
    case 'sftp':
      return new SftpBackend(location, access);
    case 'rest':
      return openRest(location, access);
    case 'rclone':
      return openRclone(location, access);
    case 's3':
      return new S3Backend(location, access);
  }
}
