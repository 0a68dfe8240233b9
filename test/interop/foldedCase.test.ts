/** A disk that does not tell upper from lower case, as on Windows, macOS and portable disks: the same by the kernel of Linux. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { foldsCaseAt } from '../../src/disk/foldsCase.ts';
import { cairn, cairnBackup, cairnOk } from '../helpers/cairn.ts';
import { exfatFolder } from '../helpers/exfat.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createLocalRepository } from '../helpers/localRepository.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const disk = exfatFolder();
const repository = join(root, 'repository');

beforeAll(() => createLocalRepository(repository));

test('is found out by looking', () => {
  mkdirSync(join(disk, 'Some Folder'));
  mkdirSync(join(disk, '1'));
  writeFileSync(join(disk, '1/Readme'), '');
  for (const path of [disk, join(disk, 'Some Folder'), join(disk, '1')]) expect(foldsCaseAt(path)).toBe(true);
  mkdirSync(join(root, '1'));
  for (const path of [root, join(root, '1'), join(root, 'missing'), '/']) expect(foldsCaseAt(path)).toBe(false);
});

describe('a restore there', () => {
  const source = join(root, 'source');
  const names = ['Aa.txt', 'Dir/x', 'aa.txt', 'dir/x', 'dir/y', 'good/file', 'q"x', 'star*'];

  test('of names that are one there names what it leaves out, and overwrites nothing', () => {
    writeTree(source, Object.fromEntries(names.map((name) => [name, `content of ${name}`])));
    cairnBackup(repository, [source]);
    const target = join(disk, 'restored');
    const run = cairn(['restore', `latest:${source}`, '-r', repository, '--target', target]);
    expect(run.status).toBe(3);
    const lines = run.stderr.trim().split('\n').sort();
    expect(lines.map((line) => line.replace(/^warning: .*restored\/(\S+?):? .*$/, '$1'))).toEqual(
      ['aa.txt', 'dir', 'q"x', 'star*'].sort((a, b) => (a < b ? -1 : 1)),
    );
    expect(readdirSync(target).sort()).toEqual(['Aa.txt', 'Dir', 'good']);
    for (const name of ['Aa.txt', 'Dir/x', 'good/file'])
      expect(readFileSync(join(target, name), 'utf8')).toBe(`content of ${name}`);
    expect(readdirSync(join(target, 'Dir'))).toEqual(['x']);
  });

  test('again finds what is there in another case, and deletes none of it', () => {
    const target = join(disk, 'restored');
    renameSync(join(target, 'good'), join(target, 'GOOD'));
    writeFileSync(join(target, 'extra'), '');
    const args = [`latest:${source}`, '-r', repository, '--target', target, '--delete', '--yes'];
    expect(cairn(['restore', ...args]).status).toBe(3);
    expect(readdirSync(target).sort()).toEqual(['Aa.txt', 'Dir', 'GOOD']);
    expect(readFileSync(join(target, 'GOOD/file'), 'utf8')).toBe('content of good/file');
  });
});

describe('a backup from there', () => {
  const source = join(disk, 'work');

  test('reads nothing again, and ignores names in whatever case they are written', () => {
    writeTree(source, { 'Build/out.o': 'o', 'src/Main.ts': 'm', 'notes.LOG': 'n', '.gitignore': 'BUILD/\n' });
    const args = [source, '--use-ignore-files', '--iexclude', '*.log'];
    expect(cairnBackup(repository, args)).toMatchObject({ files_new: 2 });
    expect(cairnBackup(repository, args)).toMatchObject({ files_new: 0, files_changed: 0, files_unmodified: 2 });
    restic(repository, ['check', '--read-data']);
  });

  test('is put back in place, with a name whose case has changed meanwhile', () => {
    renameSync(join(source, 'src'), join(source, 'SRC'));
    writeFileSync(join(source, 'SRC/Main.ts'), 'damaged');
    cairnOk(['restore', 'latest', source, '-r', repository, '--in-place', '--yes']);
    expect(readFileSync(join(source, 'src/Main.ts'), 'utf8')).toBe('m');
  });
});

test('a mirror to there is equal, and stays as it is the next time', () => {
  const source = join(root, 'mirrored');
  writeTree(source, { 'a.txt': 'a', 'B/c.txt': 'c', 'd.txt': 'd' });
  const copy = join(disk, 'copy');
  cairnOk(['mirror', source, copy, '--apply']);
  expect(readFileSync(join(copy, 'b/C.TXT'), 'utf8')).toBe('c');
  expect(cairnOk(['mirror', source, copy, '--apply'])).toContain('up to date');
  rmSync(join(source, 'd.txt'));
  renameSync(join(source, 'a.txt'), join(source, 'A.txt'));
  cairnOk(['mirror', source, copy, '--apply']);
  expect(
    readdirSync(copy)
      .map((name) => name.toLowerCase())
      .sort(),
  ).toEqual(['.cairn-manifest.json', 'a.txt', 'b']);
  expect(readFileSync(join(copy, 'A.txt'), 'utf8')).toBe('a');
  expect(cairn(['verify', copy]).status).toBe(0);
});
