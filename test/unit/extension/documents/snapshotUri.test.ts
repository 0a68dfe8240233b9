import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRaw } from '../../../../src/base/rawName.ts';
import { treeNamesOf } from '../../../../src/disk/treePaths.ts';
import {
  diskUri,
  emptyUri,
  parseSnapshotUri,
  nameToUri,
  pathFromUri,
  pathToUri,
  snapshotUri,
} from '../../../../src/extension/documents/snapshotUri.ts';

const snapshot = '0123456789abcdef'.repeat(4);

/** A name as bytes that a file system of Linux takes. */
const name = fc.oneof(
  fc
    .uint8Array({ minLength: 1, maxLength: 12 })
    .map((bytes) => decodeRaw(bytes.map((byte) => (byte === 47 ? 46 : byte)))),
  fc.constantFrom('#', '%', '%2F', 'a b', '?', '\ufffd', '\ufffd00', '\ufffdff', 'ä', '😀', 'C:', '\\', '&', '\n'),
);
const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
const drivePath = /^\/[A-Za-z]:\//;

describe('an address', () => {
  test('leads back to what it was made for', () => {
    fc.assert(
      fc.property(
        path.filter((text) => !drivePath.test(text)),
        fc.constantFrom('', 'usbdisk1'),
        (text, target) => {
          const uri = snapshotUri(snapshot, text, target);
          expect(parseSnapshotUri(uri)).toEqual({ kind: 'entry', snapshot, path: text, target });
          expect(parseSnapshotUri(emptyUri(text))).toEqual({ kind: 'empty', path: text });
          expect(parseSnapshotUri(diskUri(text))).toEqual({ kind: 'disk', path: text });
          // It can be written as text, which addresses are on their way to the window.
          expect(decodeURIComponent(encodeURIComponent(uri.path))).toBe(uri.path);
        },
      ),
    );
  });

  test('of an entry of a folder is that of the folder and the name', () => {
    fc.assert(
      fc.property(path, name, (folder, entry) => {
        expect(`${pathToUri(folder)}/${nameToUri(entry)}`).toBe(pathToUri(`${folder}/${entry}`));
      }),
    );
  });

  test('keeps the name, by which editors choose icon and language', () => {
    expect(snapshotUri(snapshot, '/home/x/größe #1 100%.test.ts', '')).toEqual({
      scheme: 'cairn',
      authority: snapshot,
      path: '/home/x/größe #1 100%.test.ts',
      query: '',
    });
    expect(pathToUri('/x/gr\udcf6\udcdfe.ts')).toBe('/x/gr\ufffdf6\ufffddfe.ts');
  });

  test.each([
    ['C:\\Users\\x\\a.ts', '/C:/Users/x/a.ts'],
    ['C:\\', '/C:/'],
    ['C:\\größe #1 100%.ts', '/C:/größe #1 100%.ts'],
    ['\\\\server\\share\\x\\a.ts', '//server/share/x/a.ts'],
    ['/home/x/a\\b.ts', '/home/x/a\\b.ts'],
    ['/C:\\a.ts', '/C:\\a.ts'],
  ])('of %s is %s, and leads back', (text, inUri) => {
    expect(pathToUri(text)).toBe(inUri);
    expect(pathFromUri(inUri)).toBe(text);
    expect(parseSnapshotUri(snapshotUri(snapshot, text, ''))).toMatchObject({ path: text });
  });

  test('of which the editor wrote the drive in lower case leads to the same place', () => {
    const path = pathFromUri('/c:/Users/x/a.ts');
    expect(path).toBe('C:\\Users\\x\\a.ts');
    // So the engine finds it in a snapshot.
    expect(treeNamesOf(path)).toEqual(['C', 'Users', 'x', 'a.ts']);
  });

  test.each([
    ['version=1', ''],
    ['usb1&version=1', 'usb1'],
  ])('with the query %s, to which a viewer added, still leads there', (query, target) => {
    const uri = { ...snapshotUri(snapshot, '/a.png', ''), query };
    expect(parseSnapshotUri(uri)).toEqual({ kind: 'entry', snapshot, path: '/a.png', target });
  });

  test.each([
    ['of another scheme', { scheme: 'file', authority: '', path: '/a', query: '' }],
    ['without an id', { scheme: 'cairn', authority: 'latest', path: '/a', query: '' }],
    ['with part of an id', { scheme: 'cairn', authority: 'abcd', path: '/a', query: '' }],
  ])('%s is not taken', (_, uri) => expect(parseSnapshotUri(uri)).toBeUndefined());
});
