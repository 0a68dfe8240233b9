import { openBackend } from '../../src/backend/openBackend.ts';
import { plainAccess, storageAt, type StorageAccess } from '../../src/base/storageAccess.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { startRcloneServer } from '../servers/rcloneServer.ts';
import { serverLogin, startRestServer } from '../servers/restServer.ts';
import { checkBackend } from './suite.ts';

const open = (location: string, access: Partial<StorageAccess> = {}) =>
  openBackend(storageAt(location, { ...plainAccess, ...access }));

checkBackend('REST on rest-server', async () => {
  const server = await startRestServer(tempFolder());
  return { backend: open(`rest:${server.url}a/repository`), dispose: () => server.stop() };
});

checkBackend('REST on rest-server with TLS and a login', async () => {
  const server = await startRestServer(tempFolder(), { hasTls: true, hasLogin: true, isPrivate: true });
  const { user, password } = serverLogin;
  const access = {
    tls: { authorities: [server.certificates!.authority] },
    environment: { RESTIC_REST_USERNAME: user, RESTIC_REST_PASSWORD: password },
  };
  return { backend: open(`rest:${server.url}cairn/repository`, access), dispose: () => server.stop() };
});

checkBackend('REST on rclone', async () => {
  const server = await startRcloneServer(tempFolder(), { hasLogin: true });
  const login = `${serverLogin.user}:${encodeURIComponent(serverLogin.password)}@`;
  const location = `rest:${server.url.replace('//', `//${login}`)}a/repository`;
  return { backend: open(location), dispose: () => server.stop() };
});
