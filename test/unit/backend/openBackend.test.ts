import { parse, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openBackend } from '../../../src/backend/openBackend.ts';
import { isWindows } from '../../../src/disk/system.ts';

/** Of the disk that the tests run on. */
const top = parse(process.cwd()).root;
const here = (...names: string[]) => [process.cwd(), ...names].join(sep);
/** What looks like a path of Windows is the name of a folder elsewhere. */
const elsewhere = (location: string) => here(location.replace('local:', ''));

describe('a location', () => {
  const ofWindows: [string, string][] = [
    ['c:/backups', 'C:\\backups'],
    ['local:C:\\backups\\', 'C:\\backups'],
    ['d:', 'D:\\'],
    ['\\\\server\\share\\backups', '\\\\server\\share\\backups'],
  ];

  test.each<[string, string]>([
    ['/backups/work', `${top}backups${sep}work`],
    ['local:/backups/work', `${top}backups${sep}work`],
    ['/backups/./a/../work/', `${top}backups${sep}work`],
    ['relative/folder', here('relative', 'folder')],
    ['local:relative', here('relative')],
    ['local:s3:looks-like-it', here('s3:looks-like-it')],
    ['folder:with colon', here('folder:with colon')],
    ...(isWindows ? ofWindows : ofWindows.map(([location]): [string, string] => [location, elsewhere(location)])),
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
