import { expect, test } from 'vitest';
import type { SftpLocation } from '../../../../src/base/location.ts';
import { plainAccess, storageAt } from '../../../../src/base/storageAccess.ts';
import { SftpSession } from '../../../../src/backend/sftp/sftpSession.ts';

test('what is asked after the end is told that the connection was closed', async () => {
  const { location, access } = storageAt('sftp:host:folder', plainAccess);
  const session = new SftpSession(location as SftpLocation, access);
  await session.close();
  await expect(session.use(undefined, async () => {})).rejects.toMatchObject({
    code: 'target-unavailable',
    mayPass: false,
    message: 'The connection to sftp:host:folder is closed already.',
  });
});
