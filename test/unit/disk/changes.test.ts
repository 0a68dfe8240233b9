import { chmodSync, linkSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { rename } from '../../../src/disk/changes.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const isReadOnly = (path: string) => (statSync(path).mode & 0o222) === 0;

function folderWith(files: Record<string, string>): string {
  const folder = tempFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

test('a read-only file is replaced', () => {
  const folder = folderWith({ new: 'new', old: 'old' });
  chmodSync(join(folder, 'old'), 0o444);
  rename(join(folder, 'new'), join(folder, 'old'));
  expect(readFileSync(join(folder, 'old'), 'utf8')).toBe('new');
  expect(isReadOnly(join(folder, 'old'))).toBe(false);
});

test('another name of a read-only file that is replaced stays, and stays read-only', () => {
  const folder = folderWith({ new: 'new', old: 'old' });
  linkSync(join(folder, 'old'), join(folder, 'another'));
  chmodSync(join(folder, 'old'), 0o444);
  rename(join(folder, 'new'), join(folder, 'old'));
  expect(readdirSync(folder).sort()).toEqual(['another', 'old']);
  expect(readFileSync(join(folder, 'another'), 'utf8')).toBe('old');
  expect(isReadOnly(join(folder, 'another'))).toBe(true);
});

test('a read-only file that cannot be replaced stays read-only', () => {
  const folder = folderWith({ old: 'old' });
  chmodSync(join(folder, 'old'), 0o444);
  mkdirSync(join(folder, 'new'));
  writeFileSync(join(folder, 'new/file'), '');
  expect(() => rename(join(folder, 'missing'), join(folder, 'old'))).toThrow();
  expect(() => rename(join(folder, 'new'), join(folder, 'old/below'))).toThrow();
  expect(isReadOnly(join(folder, 'old'))).toBe(true);
});
