import { parse, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openBackend } from '../../../src/backend/openBackend.ts';
import { storageAt } from '../../../src/base/storageAccess.ts';
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
    expect(openBackend(storageAt(location)).location).toBe(folder);
  });

  test.each<[string, RegExp]>([
    ['b2:bucket:path', /through rclone: make a remote of the type "b2" .* rclone:REMOTE:PATH/],
    ['azure:container:/', /"azureblob"/],
    ['https://host/path', /write rest:https:/],
    ['sftp:host', /not complete. It looks like sftp:user@host:/],
  ])('%s says what to give in its place', (location, advice) => {
    const refused: unknown = expect.objectContaining({
      code: 'usage',
      message: expect.stringMatching(advice) as string,
    });
    expect(() => openBackend(storageAt(location))).toThrow(refused);
  });

  test.each(['', 'local:'])('%j names nothing', (location) => {
    expect(() => openBackend(storageAt(location))).toThrow(/No repository location/);
  });

  test('is a bucket', () => {
    const { settings, location } = openBackend(storageAt('s3:s3.amazonaws.com/bucket/some//path/'));
    expect(location).toBe('s3:https://s3.amazonaws.com/bucket/some/path');
    expect(openBackend(structuredClone(settings)).location).toBe(location);
  });

  test('is opened again by its settings, which pass between threads', () => {
    const { settings, location } = openBackend(storageAt('/odd\udcff/path'));
    expect(openBackend(structuredClone(settings)).location).toBe(location);
  });
});
