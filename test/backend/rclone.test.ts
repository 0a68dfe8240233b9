import { join } from 'node:path';
import { openBackend } from '../../src/backend/openBackend.ts';
import { plainAccess, storageAt } from '../../src/base/storageAccess.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { rcloneEnvironment } from '../servers/rcloneServer.ts';
import { checkBackend } from './suite.ts';

const environment = { PATH: process.env['PATH'], ...rcloneEnvironment };

checkBackend('rclone', async () => {
  const folder = join(tempFolder(), 'repository');
  return {
    backend: openBackend(storageAt(`rclone::local:${folder}`, { ...plainAccess, environment })),
    dispose: async () => {},
  };
});
