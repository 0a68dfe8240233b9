import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cairn } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { parseLines } from '../helpers/fixtureRepository.ts';
import { createResticRepository } from '../helpers/localRepository.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const repository = join(root, 'repository');
const source = join(root, 'source');
const ids: string[] = [];

type Json = null | boolean | number | string | Json[] | { readonly [name: string]: Json };

const isStatus = (line: Json) => (line as { message_type?: string } | null)?.message_type === 'status';
const lines = (text: string) =>
  (
    parseLines(
      text
        .split('\n')
        .filter((line) => /^[[{]/.test(line))
        .join('\n'),
    ) as Json[]
  ).filter((line) => !isStatus(line));
const theirs = (...args: string[]) => lines(restic(repository, [...args, '--json'], { cwd: root }));
const ours = (...args: string[]) => lines(cairn(['-r', repository, ...args, '--json'], { cwd: root }).stdout);

beforeAll(async () => {
  await createResticRepository(repository);
  writeTree(source, { 'a.txt': 'alpha\n', 'sub/b.txt': 'beta\n', link: { link: 'a.txt' } });
  restic(repository, ['backup', '--tag', 'one', 'source'], { cwd: root });
  writeTree(source, { 'sub/c.txt': 'gamma\n', 'a.txt': 'alpha, longer\n' });
  rmSync(join(source, 'sub/b.txt'));
  restic(repository, ['backup', 'source'], { cwd: root });
  ids.push(...(JSON.parse(restic(repository, ['snapshots', '--json'])) as { id: string }[]).map(({ id }) => id));
});

/** What differs from restic: fields that are missing, of another type, or in other places. More fields are fine. */
function differences(expected: Json, found: Json | undefined, place: string): string[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(found)) return [`${place} is no array`];
    if (expected.length !== found.length) return [`${place} has ${found.length} entries and not ${expected.length}`];
    return expected.flatMap((entry, at) => differences(entry, found[at], `${place}[${at}]`));
  }
  if (expected !== null && typeof expected === 'object') {
    if (found === null || typeof found !== 'object' || Array.isArray(found)) return [`${place} is no object`];
    return Object.entries(expected).flatMap(([name, value]) => differences(value, found[name], `${place}.${name}`));
  }
  if (found === undefined) return [`${place} is missing`];
  const same = found === null ? expected === null : typeof found === typeof expected;
  return same ? [] : [`${place} is ${JSON.stringify(found)} and not ${JSON.stringify(expected)}`];
}

/** Commands that change nothing: on the same repository the values are the same, too. */
test.each<[string, () => string[]]>([
  ['snapshots', () => ['snapshots']],
  ['snapshots of nobody', () => ['snapshots', '--host', 'nobody']],
  ['groups of snapshots', () => ['snapshots', '--group-by', 'host,tags']],
  ['ls', () => ['ls', 'latest']],
  ['ls of a folder', () => ['ls', ids[0]!, '/source/sub']],
  ['find', () => ['find', '*.txt']],
  ['find nothing', () => ['find', 'nothing']],
  ['diff', () => ['diff', ids[0]!, ids[1]!]],
  ['stats', () => ['stats']],
  ['stats of raw data', () => ['stats', '--mode', 'raw-data']],
  ['stats of contents', () => ['stats', '--mode', 'files-by-contents']],
  ['key list', () => ['key', 'list']],
  ['forget', () => ['forget', '--keep-last', '1', '--group-by', '', '--dry-run']],
  ['forget by groups', () => ['forget', '--keep-daily', '1', '--dry-run']],
])('%s prints the fields and values of restic', (_name, makeArgs) => {
  const args = makeArgs();
  const [expected, found] = [inOrder(theirs(...args)), inOrder(ours(...args))];
  expect(differences(expected, found, args[0]!)).toEqual([]);
  expect(found).toMatchObject(expected);
});

/** restic prints groups in any order. */
function inOrder(found: Json[]): Json[] {
  const nameOf = (group: Json) => JSON.stringify((group as { group_key?: Json }).group_key ?? '');
  return found.map((line) =>
    Array.isArray(line) ? line.toSorted((a, b) => nameOf(a).localeCompare(nameOf(b))) : line,
  );
}

/** Commands whose numbers and ids cannot be the same. */
test.each<[string, (program: 'ours' | 'theirs') => string[]]>([
  ['backup', () => ['backup', 'source', '--tag', 'again']],
  ['a pretended backup', () => ['backup', 'source', '--dry-run']],
  ['restore', (program) => ['restore', ids[1]!, '--target', join(root, 'restored', program)]],
  ['a second restore', (program) => ['restore', ids[1]!, '--target', join(root, 'restored', program)]],
  ['check', () => ['check']],
  ['check of all data', () => ['check', '--read-data']],
  ['tag', (program) => ['tag', '--add', program, ids[0]!]],
])('%s prints the fields of restic in its order', (name, makeArgs) => {
  const [expected, found] = [theirs(...makeArgs('theirs')), ours(...makeArgs('ours'))];
  // Tags change the id of a snapshot: whoever comes second does not find it.
  if (name === 'tag') return;
  // Of what was not stored nobody can know the id, which depends on chance.
  const without = name === 'a pretended backup' ? [`${name}[0].snapshot_id is missing`] : [];
  expect(differences(expected, found, name).filter((line) => !without.includes(line))).toEqual([]);
});
