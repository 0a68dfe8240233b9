/** What was forgotten comes back by Cairn as by the real restic, and both see what the other made. */
import { cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cairn, cairnOk } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createResticRepository, repositoryFile } from '../helpers/localRepository.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const top = tempFolder();
const original = join(top, 'repository');

interface Listed {
  readonly id: string;
  readonly tree: string;
  readonly paths: string[];
  readonly tags?: string[];
}
const list = (repository: string) => JSON.parse(restic(repository, ['snapshots', '--json'])) as Listed[];
const recoveredIn = (repository: string) => list(repository).filter(({ tags }) => tags?.includes('recovered'));
const pathsIn = (repository: string) =>
  restic(repository, ['ls', '-q', recoveredIn(repository)[0]!.id])
    .split('\n')
    .filter((line) => line.startsWith('/'))
    .sort();

let trees: string[] = [];
beforeAll(async () => {
  await createResticRepository(original);
  writeTree(join(top, 'source'), { 'a.txt': 'alpha\n', 'sub/b.txt': 'beta\n' });
  restic(original, ['backup', 'source'], { cwd: top });
  writeTree(join(top, 'source'), { 'sub/b.txt': 'beta, longer\n', 'sub/c.txt': 'gamma\n' });
  restic(original, ['backup', 'source'], { cwd: top });
  restic(original, ['backup', 'source/sub'], { cwd: top });
  trees = list(original).map(({ tree }) => tree);
  restic(original, [
    'forget',
    ...list(original)
      .map(({ id }) => id)
      .slice(0, 2),
  ]);
});

test('the same trees as restic finds, once', () => {
  const [ours, theirs] = [join(top, 'ours'), join(top, 'theirs')];
  for (const copy of [ours, theirs]) cpSync(original, copy, { recursive: true });
  restic(theirs, ['recover']);
  expect(cairnOk(['recover', '-r', ours])).toMatch(/^found 2 trees .*\nsaved new snapshot \w{8}\n$/);
  expect(pathsIn(ours)).toEqual(pathsIn(theirs));
  expect(recoveredIn(ours)).toMatchObject([{ paths: ['/recover'], tags: ['recovered'] }]);
  restic(ours, ['check', '--read-data']);
  restic(ours, ['restore', recoveredIn(ours)[0]!.id, '--target', join(top, 'restored')]);
  expect(existsSync(join(top, 'restored', trees[1]!.slice(0, 8), 'source/sub/c.txt'))).toBe(true);
  expect(cairnOk(['recover', '-r', ours])).toBe('found 0 trees that no snapshot has\nno snapshot was made\n');
  expect(restic(ours, ['recover'])).toMatch(/no snapshot to write/);
});

test('packs that no index lists are found, too', () => {
  const copy = join(top, 'without index');
  cpSync(original, copy, { recursive: true });
  for (const name of readdirSync(join(copy, 'index'))) rmSync(repositoryFile(copy, 'index', name));
  expect(cairn(['recover', '-r', copy]).stdout).toMatch(/^found 2 trees/);
  restic(copy, ['check', '--read-data']);
});
