import { describe, expect, test } from 'vitest';
import { openBackend } from '../../../src/backend/openBackend.ts';

describe('a location', () => {
  test.each([
    ['/backups/work', '/backups/work'],
    ['local:/backups/work', '/backups/work'],
    ['/backups/./a/../work/', '/backups/work'],
    ['relative/folder', `${process.cwd()}/relative/folder`],
    ['local:relative', `${process.cwd()}/relative`],
    ['local:s3:looks-like-it', `${process.cwd()}/s3:looks-like-it`],
    ['folder:with colon', `${process.cwd()}/folder:with colon`],
  ])('%s is a folder', (location, folder) => {
    expect(openBackend(location).location).toBe(folder);
  });

  test.each(['sftp:me@host:/x', 's3:https://host/x', 'rest:http://host/', 'rclone:remote:x', 'SFTP:host:x', 'b2:x:y'])(
    '%s is not supported',
    (location) => {
      expect(() => openBackend(location)).toThrow(expect.objectContaining({ code: 'usage' }) as Error);
    },
  );

  test.each(['', 'local:'])('%j names nothing', (location) => {
    expect(() => openBackend(location)).toThrow(/No repository location/);
  });

  test('is opened again by its address', () => {
    const { address } = openBackend('/odd\udcff/path');
    expect(openBackend(address).address).toBe(address);
  });
});
