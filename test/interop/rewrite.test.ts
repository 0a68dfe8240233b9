/** Snapshots rewritten by Cairn and by the real restic, each on a copy of the same repository. */
import { cpSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cairnOk } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createResticRepository } from '../helpers/localRepository.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const top = tempFolder();
const original = join(top, 'repository');

interface Listed {
  readonly id: string;
  readonly short_id: string;
  readonly tags?: string[];
}
const list = (repository: string) => JSON.parse(restic(repository, ['snapshots', '--json'])) as Listed[];
/** All that is in snapshots but their ids, which no two writes share. */
const withoutIds = (repository: string) =>
  list(repository)
    .map(({ id: _id, short_id: _short, ...fields }) => JSON.stringify(fields))
    .sort();

beforeAll(async () => {
  await createResticRepository(original);
  writeTree(join(top, 'source'), {
    'a.txt': 'alpha\n',
    'B.LOG': 'beta\n',
    'sub/b.log': 'beta\n',
    'sub/deep/c.bin': 'x'.repeat(5000),
    'sub/ü & <v>.log': 'umlaut\n',
    link: { link: 'a.txt' },
  });
  restic(original, ['backup', '--tag', 'one', 'source'], { cwd: top });
  writeTree(join(top, 'source'), { 'a.txt': 'alpha, longer\n', 'new/d.log': 'delta\n' });
  restic(original, ['backup', '--host', 'other', 'source'], { cwd: top });
  writeFileSync(join(top, 'patterns'), '# logs\n*.log\n!d.log\n');
});

function copies(name: string): { ours: string; theirs: string } {
  const [ours, theirs] = [join(top, `${name} ours`), join(top, `${name} theirs`)];
  for (const copy of [ours, theirs]) cpSync(original, copy, { recursive: true });
  return { ours, theirs };
}

test.each<[string, string[]]>([
  ['what fits a pattern', ['--exclude', '*.log']],
  ['case or not, and the originals go', ['-e', 'source/sub/deep', '--iexclude', '*.log', '--forget']],
  ['patterns of a file, of one host', ['--exclude-file', join(top, 'patterns'), '-H', 'other']],
  ['patterns of a file without case, of one tag', ['--iexclude-file', join(top, 'patterns'), '--tag', 'one']],
  ['another host and time', ['--new-host', 'new', '--new-time', '2020-01-02 03:04:05', 'latest']],
  ['all there is', ['--exclude', '/source', '--forget']],
  ['nothing, as nothing fits', ['--exclude', '*.zip']],
  ['nothing, as all have it', ['-s']],
  ['nothing, as it is pretended', ['--exclude', '*.log', '--forget', '-n']],
])('rewriting %s', (name, args) => {
  const { ours, theirs } = copies(name);
  restic(theirs, ['rewrite', ...args]);
  cairnOk(['rewrite', '-r', ours, ...args]);
  expect(withoutIds(ours)).toEqual(withoutIds(theirs));
  restic(ours, ['check', '--read-data']);
});

test('restic restores what is left, and rewrites it again', () => {
  const { ours } = copies('again');
  cairnOk(['rewrite', '-r', ours, '--exclude', '*.log', '--forget']);
  restic(ours, ['rewrite', '--exclude', 'deep', '--forget']);
  restic(ours, ['restore', 'latest', '--target', join(top, 'restored')]);
  const there = ['a.txt', 'B.LOG', 'link', 'sub', 'new'].map((name) => existsSync(join(top, 'restored/source', name)));
  expect(there).toEqual([true, true, true, true, true]);
  expect(existsSync(join(top, 'restored/source/sub/deep'))).toBe(false);
  expect(existsSync(join(top, 'restored/source/new/d.log'))).toBe(false);
});
