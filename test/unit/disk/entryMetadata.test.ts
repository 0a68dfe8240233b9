import { chmodSync, closeSync, lstatSync, openSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DestinationFolders, type ReachMode } from '../../../src/disk/enteredFolders.ts';
import {
  currentOwnerRules,
  hasMetadata,
  hasTime,
  setFileMetadata,
  setLinkMetadata,
  setPathMetadata,
  withPinned,
  type EntryMetadata,
  type OwnerRules,
} from '../../../src/disk/entryMetadata.ts';
import { lstat, lstatExact } from '../../../src/disk/stats.ts';
import { isWindows } from '../../../src/disk/system.ts';
import { metadataFromNode } from '../../../src/engine/restore/nodeMetadata.ts';
import type { Node } from '../../../src/repository/format/node.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const root: OwnerRules = { isRoot: true, uid: 0, groups: [0] };
const someone: OwnerRules = { isRoot: false, uid: 1000, groups: [1000, 50] };
const plain: EntryMetadata = { mode: 0o644, uid: 0, gid: 0, mtime: 1.7e9, atime: 1.7e9 };

describe('times', () => {
  const folder = tempFolder();

  test.each<[string, bigint, bigint?]>([
    ['2024-05-06T07:08:09.123456789Z', 1714979289_123456789n],
    ['1970-01-01T00:00:00Z', 0n],
    ['1969-12-31T23:59:59.999999999Z', -1n],
    ['1960-01-01T00:00:00.25+01:00', -315622799_750000000n],
    // There Node cannot tell it from one in 1963.
    ['2100-01-01T00:00:00.5Z', 4102444800_500000000n, -192522495_500000000n],
  ])('%s', (mtime, nanoseconds, onWindows = nanoseconds) => {
    const node = { mtime, atime: mtime, mode: 0o644, uid: 0, gid: 0 } as Node;
    const metadata = metadataFromNode(node);
    const path = join(folder, 'file');
    writeFileSync(path, '');
    const fd = openSync(path, 'r+');
    expect(setFileMetadata(fd, metadata, root, true)).toEqual([]);
    closeSync(fd);
    const set = lstatExact(path);
    // Windows keeps steps of 100 ns, Wine of 1 µs.
    expect(Math.abs(Number(set.mtimeNs - (isWindows ? onWindows : nanoseconds)))).toBeLessThan(isWindows ? 1000 : 250);
    expect(hasTime(lstat(path), metadata)).toBe(true);
    expect(hasTime(lstat(path), { ...metadata, mtime: metadata.mtime + 3e-6 })).toBe(false);
  });

  test('the time of access is its own', () => {
    const node = { mtime: '2024-01-01T00:00:00Z', atime: '2023-01-01T00:00:00Z', mode: 0, uid: 0, gid: 0 } as Node;
    expect(metadataFromNode(node)).toEqual({ mode: 0, uid: 0, gid: 0, mtime: 1704067200, atime: 1672531200 });
  });
});

describe('what counts as right', () => {
  const found = { mtimeMs: 1.7e12, uid: 0, gid: 0 };
  const stats = { ...found, mode: 0o104644 };
  const right = { ...plain, mode: 0o4644 };

  test.each<[string, Partial<EntryMetadata>, OwnerRules, boolean]>([
    ['everything equal', {}, root, true],
    ['another mode', { mode: 0o644 }, root, false],
    ['another owner, for root', { uid: 7 }, root, false],
    ['another group, for root', { gid: 7 }, root, false],
    ['another owner, for someone who cannot set it', { uid: 7, mode: 0o644 }, someone, false],
    ['another time', { mtime: 1.7e9 + 1 }, root, false],
    ['another time of access', { atime: 1 }, root, true],
  ])('%s', (_, change, rules, expected) => {
    expect(hasMetadata(stats, { ...right, ...change }, rules)).toBe(expected);
  });

  test('set-id bits of an owner that cannot be set are not wanted', () => {
    const bare = { ...found, mode: 0o100644 };
    expect(hasMetadata(bare, { ...right, uid: 7, mode: 0o6644 }, someone)).toBe(true);
    expect(hasMetadata(bare, { ...right, uid: 1000, gid: 7, mode: 0o2644 }, someone)).toBe(true);
    expect(hasMetadata(bare, { ...right, uid: 1000, gid: 7, mode: 0o4644 }, someone)).toBe(false);
  });

  test.each<[string, number, Partial<EntryMetadata>, boolean]>([
    ['everything else than whether it may be written', 0o100666, { mode: 0o4755, uid: 7, gid: 7 }, true],
    ['read-only, and recorded so', 0o100444, { mode: 0o400 }, true],
    ['read-only, but recorded otherwise', 0o100444, {}, false],
    ['recorded as read-only, but not', 0o100666, { mode: 0o444 }, false],
    ['another time', 0o100666, { mtime: 1.7e9 + 1 }, false],
    ['a folder, whatever its mode', 0o40666, { mode: 0o555 }, true],
  ])('on Windows: %s', (_, mode, change, expected) => {
    const windows: OwnerRules = { isRoot: false, uid: -1, groups: [-1] };
    expect(hasMetadata({ ...found, mode }, { ...plain, ...change }, windows)).toBe(expected);
  });
});

describe.each<ReachMode>(['descriptor', 'path'])('an entry pinned by %s', (mode) => {
  test('is the one that gets the metadata', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), '');
    const entered = new DestinationFolders(mode).enter({ root: folder, path: '' });
    const wanted = { ...plain, mode: 0o6751, uid: 12, gid: 34, mtime: 1e9 };
    expect(withPinned(entered, 'file', (path) => setPathMetadata(path, wanted, root))).toEqual([]);
    expect(statSync(join(folder, 'file'))).toMatchObject({ uid: 12, gid: 34, mtimeMs: 1e12 });
    expect(statSync(join(folder, 'file')).mode & 0o7777).toBe(0o6751);
  });

  test('gets the times, and what there is of the mode', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), '');
    const entered = new DestinationFolders(mode).enter({ root: folder, path: '' });
    const wanted = { ...plain, mode: 0o444, mtime: 1e9 };
    expect(withPinned(entered, 'file', (path) => setPathMetadata(path, wanted, currentOwnerRules()))).toEqual([]);
    expect(statSync(join(folder, 'file')).mtimeMs).toBe(1e12);
    expect(statSync(join(folder, 'file')).mode & 0o777).toBe(0o444);
  });

  test('is never what a link leads to', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), '');
    chmodSync(join(folder, 'file'), 0o600);
    symlinkSync('file', join(folder, 'link'));
    const entered = new DestinationFolders(mode).enter({ root: folder, path: '' });
    const attempt = () => withPinned(entered, 'link', (path) => setPathMetadata(path, { ...plain, mode: 0o777 }, root));
    if (mode === 'path') expect(attempt).toThrow(/ELOOP/);
    else expect(attempt()).toMatchObject([{ step: 'mode' }]);
    expect(statSync(join(folder, 'file')).mode & 0o777).toBe(0o600);
    expect(setLinkMetadata(entered.at('link'), { ...plain, uid: 5, mtime: 9 }, root)).toEqual([]);
    expect(lstatSync(join(folder, 'link'))).toMatchObject({ uid: 5, mtimeMs: 9000 });
    expect(statSync(join(folder, 'file')).uid).toBe(0);
  });
});

test('a link is refused where entries are reached by their path', () => {
  const folder = tempFolder();
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('file', join(folder, 'link'));
  const entered = new DestinationFolders('path').enter({ root: folder, path: '' });
  expect(() => withPinned(entered, 'link', () => undefined)).toThrow(/ELOOP/);
});
