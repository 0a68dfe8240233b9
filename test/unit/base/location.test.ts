import { expect, test } from 'vitest';
import { parseLocation } from '../../../src/base/location.ts';

test.each([
  ['/srv/backup', { folder: '/srv/backup' }],
  ['backup', { folder: 'backup' }],
  ['local:backup', { folder: 'backup' }],
  ['local:sftp:x', { folder: 'sftp:x' }],
  ['C:\\Backup', { folder: 'C:\\Backup' }],
  ['d:/backup', { folder: 'd:/backup' }],
  // As for restic, what is no kind of storage is a part of a name.
  ['folder:with colon', { folder: 'folder:with colon' }],
  ['/srv/sftp:x', { folder: '/srv/sftp:x' }],
  ['sftp:me@host:/srv', { scheme: 'sftp' }],
  ['REST:https://host/', { scheme: 'rest' }],
  ['s3:s3.amazonaws.com/bucket', { scheme: 's3' }],
  ['rclone:remote:path', { scheme: 'rclone' }],
  ['', { folder: '' }],
])('%j', (location, expected) => {
  expect(parseLocation(location)).toEqual(expected);
});
