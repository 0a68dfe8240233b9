import type { Backend } from '../../src/backend/backend.ts';
import { openRclone } from '../../src/backend/rclone/openRclone.ts';
import { openRest } from '../../src/backend/rest/openRest.ts';
import { S3Backend } from '../../src/backend/s3/s3Backend.ts';
import { SftpBackend } from '../../src/backend/sftp/sftpBackend.ts';
import type { StorageSettings } from '../../src/base/storageAccess.ts';

/** Far storage as it is, without the retries of `openBackend`: what fails does so at once. */
export function openBare({ location, access }: StorageSettings): Backend {
  switch (location.kind) {
    case 'sftp':
      return new SftpBackend(location, access);
    case 'rest':
      return openRest(location, access);
    case 'rclone':
      return openRclone(location, access);
    case 's3':
      return new S3Backend(location, access);
    case 'local':
    case 'unusable':
      throw new Error(`${location.kind} is not far.`);
  }
}
