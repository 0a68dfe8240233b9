import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemCode } from '../../../src/base/systemCode.ts';
import { DestinationFolders, splitPlace, type ReachMode } from '../../../src/disk/enteredFolders.ts';
import { joinPath } from '../../../src/disk/paths.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

describe.each<ReachMode>(['descriptor', 'path'])('reaching folders by %s', (mode) => {
  let root: string;
  let folders: DestinationFolders;
  beforeEach(() => {
    root = tempFolder();
    folders = new DestinationFolders(mode);
  });
  afterEach(() => folders.close());

  const codeOf = (action: () => unknown) => {
    try {
      action();
      return undefined;
    } catch (error) {
      return systemCode(error);
    }
  };

  test('leads into them', () => {
    mkdirSync(join(root, 'a/b'), { recursive: true });
    writeFileSync(join(root, 'a/b/file'), 'content');
    expect(readFileSync(folders.enter({ root, path: 'a/b' }).at('file'), 'utf8')).toBe('content');
    expect(readdirSync(folders.enter({ root, path: 'a' }).at(''))).toEqual(['b']);
    expect(readdirSync(folders.enter({ root, path: '' }).at(''))).toEqual(['a']);
  });

  test('follows links in the root, and nowhere else', () => {
    mkdirSync(join(root, 'real/folder'), { recursive: true });
    symlinkSync('real', join(root, 'link'));
    expect(readdirSync(folders.enter({ root: join(root, 'link'), path: 'folder' }).at(''))).toEqual([]);
    expect(codeOf(() => folders.enter({ root, path: 'link' }))).toMatch(/ENOTDIR|ELOOP/);
    expect(codeOf(() => folders.enter({ root, path: 'link/folder' }))).toMatch(/ENOTDIR|ELOOP/);
  });

  test('says what is no folder, and what is not there', () => {
    mkdirSync(join(root, 'real'));
    writeFileSync(join(root, 'file'), '');
    expect(codeOf(() => folders.enter({ root, path: 'file' }))).toBe('ENOTDIR');
    expect(codeOf(() => folders.enter({ root, path: 'real/missing' }))).toBe('ENOENT');
    expect(codeOf(() => folders.enter({ root: join(root, 'missing'), path: '' }))).toBe('ENOENT');
  });

  test('notices that a folder was replaced by a link, or works in the very folder', () => {
    mkdirSync(join(root, 'a'));
    mkdirSync(join(root, 'outside'));
    folders.enter({ root, path: 'a' });
    renameSync(join(root, 'a'), join(root, 'moved'));
    symlinkSync('outside', join(root, 'a'));
    const code = codeOf(() => writeFileSync(folders.enter({ root, path: 'a' }).at('f'), ''));
    if (mode === 'path') expect(code).toBe('ENOTDIR');
    else expect(readdirSync(join(root, 'moved'))).toEqual(['f']);
    expect(readdirSync(join(root, 'outside'))).toEqual([]);
  });

  test('goes on when more are entered than are kept open', () => {
    const paths = Array.from({ length: 200 }, (_, at) => `d${at % 7}/e${at}`);
    for (const path of paths) mkdirSync(join(root, path), { recursive: true });
    for (const path of [...paths, ...paths]) writeFileSync(folders.enter({ root, path }).at('f'), path);
    for (const path of paths) expect(readFileSync(join(root, path, 'f'), 'utf8')).toBe(path);
  });

  test('forgets what it is told to, and what is below', () => {
    mkdirSync(join(root, 'a/b'), { recursive: true });
    mkdirSync(join(root, 'ab'));
    for (const path of ['a/b', 'ab']) folders.enter({ root, path });
    folders.forget({ root, path: 'a' });
    rmSync(join(root, 'a'), { recursive: true });
    expect(codeOf(() => folders.enter({ root, path: 'a/b' }))).toBe('ENOENT');
    expect(readdirSync(folders.enter({ root, path: 'ab' }).at(''))).toEqual([]);
  });

  test('names that are not UTF-8', () => {
    mkdirSync(Buffer.concat([Buffer.from(`${root}/x`), Buffer.from([0xff])]));
    writeFileSync(folders.enter({ root, path: 'x\udcff' }).at('\udcfe'), 'odd');
    expect(readdirSync(folders.enter({ root, path: 'x\udcff' }).at(''), { encoding: 'buffer' })).toEqual([
      Buffer.from([0xfe]),
    ]);
  });
});

test('paths that no call would take are reached by descriptors', () => {
  const root = tempFolder();
  const folders = new DestinationFolders('descriptor');
  const names = Array.from({ length: 40 }, (_, at) => `${at}`.padEnd(200, 'x'));
  for (let depth = 0; depth < names.length; depth++) {
    mkdirSync(folders.enter({ root, path: names.slice(0, depth).join('/') }).at(names[depth]!));
  }
  writeFileSync(folders.enter({ root, path: names.join('/') }).at('f'), 'deep');
  expect(readFileSync(folders.enter({ root, path: names.join('/') }).at('f'), 'utf8')).toBe('deep');
  folders.close();
});

test.each([
  ['/a', 'b', '/a/b'],
  ['/', 'b', '/b'],
  ['/a', '', '/a'],
  ['', 'b', 'b'],
  ['/a', 'b/c', '/a/b/c'],
])('%j and %j make %j', (path, below, joined) => {
  expect(joinPath(path, below)).toBe(joined);
});

test.each([
  ['', 'x', '', 'x'],
  ['a', 'x', 'a', 'x'],
  ['', 'b/x', 'b', 'x'],
  ['a', 'b/c/x', 'a/b/c', 'x'],
])('in %j, %j is in %j, named %j', (path, below, folder, name) => {
  expect(splitPlace({ root: '/r', path }, below)).toEqual({ folder: { root: '/r', path: folder }, name });
});
