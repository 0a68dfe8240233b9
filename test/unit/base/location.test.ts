import { expect, test } from 'vitest';
import { displayLocation, parseLocation, type Location } from '../../../src/base/location.ts';

const local = (folder: string): Location => ({ kind: 'local', folder });
const sftp = (host: string, path: string, more: { user?: string; port?: number } = {}): Location => ({
  kind: 'sftp',
  host,
  path,
  ...more,
});
const s3 = (endpoint: string, bucket: string, prefix = ''): Location => ({ kind: 's3', endpoint, bucket, prefix });

test.each<[string, Location]>([
  ['/srv/backup', local('/srv/backup')],
  ['backup', local('backup')],
  ['local:backup', local('backup')],
  ['local:sftp:x', local('sftp:x')],
  ['C:\\Backup', local('C:\\Backup')],
  ['d:/backup', local('d:/backup')],
  // As for restic, what is no kind of storage is a part of a name.
  ['folder:with colon', local('folder:with colon')],
  ['/srv/sftp:x', local('/srv/sftp:x')],
  ['', local('')],
  ['sftp:me@host:/srv', sftp('host', '/srv', { user: 'me' })],
  ['SFTP:host:backups/', sftp('host', 'backups')],
  ['sftp:me@[::1]:/srv', sftp('::1', '/srv', { user: 'me' })],
  ['sftp://me@host:2222//srv/backup', sftp('host', '/srv/backup', { user: 'me', port: 2222 })],
  ['sftp://host/in/home', sftp('host', 'in/home')],
  ['sftp://[::1]:22//srv', sftp('::1', '/srv', { port: 22 })],
  ['REST:https://host/', { kind: 'rest', url: 'https://host/' }],
  ['rest:http://host:8000/a/b', { kind: 'rest', url: 'http://host:8000/a/b/' }],
  ['rest:https://me:p%40ss@host/', { kind: 'rest', url: 'https://host/', login: { user: 'me', password: 'p@ss' } }],
  ['rclone:remote:path', { kind: 'rclone', remote: 'remote:path' }],
  ['rclone::s3,env_auth:bucket', { kind: 'rclone', remote: ':s3,env_auth:bucket' }],
  ['s3:s3.amazonaws.com/bucket', s3('https://s3.amazonaws.com', 'bucket')],
  ['s3:https://server:9000/bucket/a/b/', s3('https://server:9000', 'bucket', 'a/b')],
  ['s3:http://localhost:8080/bucket//a', s3('http://localhost:8080', 'bucket', 'a')],
  ['s3://host/bucket/a', s3('https://host', 'bucket', 'a')],
])('%j', (location, expected) => {
  expect(parseLocation(location)).toEqual(expected);
});

test.each([
  'sftp:host',
  'sftp://me:secret@host//srv',
  'sftp:me:secret@host:/srv',
  'sftp:',
  'sftp://host',
  'sftp:-oProxyCommand=touch x:/srv',
  'sftp:-lroot@host:/srv',
  'sftp://host:99999//srv',
  'rest:host',
  'rest:ftp://host/',
  'rclone:remote',
  'rclone:--config=x:path',
  's3:host',
  's3:https://host/',
  'b2:bucket:path',
  'https://host/',
  'ssh:host',
])('%s says what is wrong with it', (location) => {
  const parsed = parseLocation(location);
  expect(parsed).toMatchObject({ kind: 'unusable', scheme: location.slice(0, location.indexOf(':')) });
  expect((parsed as { problem: string }).problem).toMatch(
    /^[A-Z].* (?:like|write|give) .*[^.]\.$|rclone:REMOTE:PATH\.$/,
  );
});

test.each([
  'sftp:me@host:/srv',
  'sftp:[::1]:/srv',
  'sftp://me@host:2222//srv',
  'sftp://[::1]:22/in/home',
  'rest:https://host/a/',
  'rclone:remote:path',
  's3:https://host/bucket/a',
  '/srv/backup',
])('%s is shown so that it can be given again', (location) => {
  const shown = displayLocation(parseLocation(location));
  expect(parseLocation(shown)).toEqual(parseLocation(location));
});

test.each([
  ['rest:https://me:secret@host/a', 'rest:https://me:***@host/a/'],
  ['sftp:me:secret@host:/srv', 'sftp:…'],
  ['rclone:nas,pass=SECRET:repo', 'rclone:nas,pass=***:repo'],
  ['rclone::s3,env_auth,secret_access_key="SE:CR,ET":bucket', 'rclone::s3,env_auth,secret_access_key=***:bucket'],
  ['b2:key:secret', 'b2:…'],
  ['https://me:secret@host/', 'https:…'],
])('%s is shown as %s', (location, shown) => {
  expect(displayLocation(parseLocation(location))).toBe(shown);
});
