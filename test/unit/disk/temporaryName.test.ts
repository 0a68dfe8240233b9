import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemCode } from '../../../src/base/systemCode.ts';
import { DestinationFolders } from '../../../src/disk/enteredFolders.ts';
import { createTemporary, isTemporaryName, removeTemporary, renameTemporary } from '../../../src/disk/temporaryName.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

function createScene() {
  const root = tempFolder();
  const entered = new DestinationFolders('path').enter({ root, path: '' });
  const create = (name: string) => createTemporary(entered, name, (path) => writeFileSync(path, 'new', { flag: 'wx' }));
  return { root, entered, create };
}

describe('a temporary name', () => {
  test.each([
    ['plain', /^\.plain\.cairn-[0-9a-f]{12}$/],
    ['n'.repeat(235), /^\.n{235}\.cairn-[0-9a-f]{12}$/],
    ['n'.repeat(236), /^\.cairn-[0-9a-f]{12}$/],
    ['n'.repeat(255), /^\.cairn-[0-9a-f]{12}$/],
    ['ü'.repeat(127), /^\.cairn-[0-9a-f]{12}$/],
    ['\udcff'.repeat(255), /^\.cairn-[0-9a-f]{12}$/],
  ])('for %s', (name, expected) => {
    const { root, create } = createScene();
    const { temporary } = create(name);
    expect(temporary).toMatch(expected);
    expect(isTemporaryName(temporary)).toBe(true);
    expect(readdirSync(root)).toEqual([temporary]);
  });

  test('is short where the file system takes no long ones', () => {
    const { entered } = createScene();
    const tried: string[] = [];
    const { temporary } = createTemporary(entered, 'name', (path) => {
      tried.push(String(path));
      if (tried.length === 1) throw Object.assign(new Error(), { code: 'ENAMETOOLONG' });
    });
    expect(temporary).toMatch(/^\.cairn-/);
    expect(tried).toHaveLength(2);
  });

  test('never is the same', () => {
    const { create } = createScene();
    expect(new Set([create('a').temporary, create('a').temporary, create('b').temporary]).size).toBe(3);
  });
});

test.each([
  '.cairn-0123456789',
  'a.cairn-0123456789ab',
  '.a.cairn-0123456789AB',
  '.a.cairn-0123456789ab.txt',
  '.acairn-',
])("is nobody else's: %s", (name) => {
  expect(isTemporaryName(name)).toBe(false);
});

describe('renaming', () => {
  test('replaces what is there, unless there should be nothing', () => {
    const { root, entered, create } = createScene();
    renameTemporary(entered, create('f').temporary, 'f', 'create');
    const { temporary } = create('f');
    let code: string | undefined;
    try {
      renameTemporary(entered, temporary, 'f', 'create');
    } catch (error) {
      code = systemCode(error);
    }
    expect(code).toBe('EEXIST');
    renameTemporary(entered, temporary, 'f', 'overwrite');
    expect(readFileSync(join(root, 'f'), 'utf8')).toBe('new');
    expect(readdirSync(root)).toEqual(['f']);
  });

  test('does not replace a folder', () => {
    const { root, entered, create } = createScene();
    mkdirSync(join(root, 'f'));
    const { temporary } = create('f');
    expect(() => renameTemporary(entered, temporary, 'f', 'overwrite')).toThrow(/EISDIR/);
    removeTemporary(entered, temporary);
    removeTemporary(entered, temporary);
    expect(readdirSync(root)).toEqual(['f']);
  });
});
