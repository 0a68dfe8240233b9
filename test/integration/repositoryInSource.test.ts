/** A repository in the folder that it backs up is neither backed up nor touched by a restore, whatever it is called. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cairn, cairnOk } from '../helpers/cairn.ts';
import { expectFailure } from '../helpers/failure.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createLocalRepository } from '../helpers/localRepository.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { isWindows } from '../../src/disk/system.ts';

// Windows has no such names.
const names = ['plain', ...(isWindows ? [] : ['name:with colon', 'http'])];

describe.each(names)('called %s', (name) => {
  const source = join(tempFolder(), 'source');
  const repository = join(source, name);
  mkdirSync(source);

  test('is left out of a backup, named by a relative path', async () => {
    await createLocalRepository(repository);
    writeTree(source, { 'a.txt': 'a' });
    cairnOk(['backup', '-r', name, source], { cwd: source });
    expect(cairnOk(['ls', 'latest', '-r', repository])).not.toContain('keys');
  });

  test('survives a restore of a snapshot that has it', () => {
    // restic does not look out for it.
    restic(repository, ['backup', source]);
    for (const content of ['b', 'c']) {
      writeFileSync(join(source, 'a.txt'), content);
      cairnOk(['backup', '-r', repository, source]);
    }
    writeFileSync(join(source, 'later.txt'), 'later');
    const files = readdirSync(repository, { recursive: true }).sort();
    const snapshots = JSON.parse(restic(repository, ['snapshots', '--json'])) as { id: string }[];
    const withRepository = snapshots[1]!.id;
    expect(cairnOk(['ls', withRepository, '-r', repository])).toContain('keys');
    cairnOk(['restore', withRepository, source, '-r', repository, '--in-place', '--delete', '--yes']);
    expect(readdirSync(source).sort()).toEqual(['a.txt', name].sort());
    expect(readdirSync(repository, { recursive: true }).sort()).toEqual(files);
    restic(repository, ['check', '--read-data']);
  });

  test('is no destination', () => {
    for (const target of [repository, join(repository, 'data/new')]) {
      const run = cairn(['restore', 'latest', '-r', repository, '--target', target]);
      expectFailure(run, 1, /lies in the repository itself/);
    }
    restic(repository, ['check']);
  });
});
