import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cairn, cairnOk } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { parseLines } from '../helpers/fixtureRepository.ts';
import { differences, type Json } from '../helpers/jsonDifferences.ts';
import { createResticRepository } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { restic, TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();
const repository = join(root, 'repository');
const source = join(root, 'source');
const ids: string[] = [];

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
  mkdirSync(join(root, 'large'));
  writeTree(source, { 'a.txt': 'alpha\n', 'sub/b.txt': 'beta\n', link: { link: 'a.txt' } });
  restic(repository, ['backup', '--tag', 'one', 'source'], { cwd: root });
  writeTree(source, { 'sub/c.txt': 'gamma\n', 'a.txt': 'alpha, longer\n' });
  rmSync(join(source, 'sub/b.txt'));
  restic(repository, ['backup', 'source'], { cwd: root });
  // Tags change the id of a snapshot: each program has one of its own to change.
  for (const program of ['ours', 'theirs'])
    restic(repository, ['backup', '--tag', `for-${program}`, 'source'], { cwd: root });
  ids.push(...(JSON.parse(restic(repository, ['snapshots', '--json'])) as { id: string }[]).map(({ id }) => id));
});

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
  ['tag', (program) => ['tag', '--add', 'more', '--tag', `for-${program}`]],
])('%s prints the fields of restic in its order', (name, makeArgs) => {
  const [expected, found] = [theirs(...makeArgs('theirs')), ours(...makeArgs('ours'))];
  // Of what was not stored nobody can know the id, which depends on chance.
  const without = name === 'a pretended backup' ? [`${name}[0].snapshot_id is missing`] : [];
  expect(differences(expected, found, name).filter((line) => !without.includes(line))).toEqual([]);
});

type Line = Readonly<Record<string, Json>>;

/** The lines of a kind, with those of restic that say nothing of an entry (`total_files` of one) as they are. */
const linesOf = (text: string, kind: string) =>
  (parseLines(text.replace(/^[^{].*\n/gm, '')) as Line[]).filter(({ message_type }) => message_type === kind);

test('-v tells of the walk, of files and of folders as restic does', () => {
  const folder = join(root, 'verbose');
  writeTree(folder, { same: 'same', changes: 'before', 'sub/new': 'new', 'sub/again': 'new' });
  const both = (change: () => void, flag: string) => {
    change();
    const args = ['backup', folder, '--json', flag];
    return [
      linesOf(restic(repositories.theirs, args), 'verbose_status'),
      linesOf(cairnOk(['-r', repositories.ours, ...args]), 'verbose_status'),
    ];
  };
  const facts = ({ action, item, data_size, total_files }: Line) => ({ action, item, data_size, total_files });
  const byItem = (a: Line, b: Line) => (a['item'] as string).localeCompare(b['item'] as string);
  const repositories = { ours: join(root, 'verbose-ours'), theirs: join(root, 'verbose-theirs') };
  for (const place of Object.values(repositories)) restic(place, ['init']);
  const rounds: readonly [() => void, string][] = [
    [() => {}, '-v'],
    [() => writeTree(folder, { changes: 'and after' }), '-vv'],
  ];
  for (const [change, flag] of rounds) {
    const [expected, found] = both(change, flag).map((entries) => entries.toSorted(byItem));
    // Above the folder that was named there are others, of which only restic tells; whichever of two equal files
    // comes first adds their content.
    const told = expected!.filter(({ item }) => item === '' || (item as string).startsWith(folder));
    expect(differences(told, found, flag)).toEqual([]);
    const isOneOfTwo = ({ item }: Line) => /sub\/(new|again)$/.test(item as string);
    expect(found!.filter((line) => !isOneOfTwo(line)).map(facts)).toEqual(
      told.filter((line) => !isOneOfTwo(line)).map(facts),
    );
  }
});

type Entry = Readonly<Record<'action' | 'item' | 'size', Json | undefined>>;

test('-v tells of each entry that is restored as restic does', () => {
  const restored = (program: 'ours' | 'theirs', ...more: string[]): Entry[] => {
    const target = join(root, 'told', program);
    const args = ['restore', ids[1]!, '--target', target, '--json', '-vv', ...more];
    const text = program === 'theirs' ? restic(repository, args) : cairnOk(['-r', repository, ...args]);
    return linesOf(text, 'verbose_status').map(({ action, item, size }) => ({ action, item, size }));
  };
  const byItem = (a: Entry, b: Entry) => (a.item as string).localeCompare(b.item as string);
  const inOrderOf = (found: Entry[]) => found.filter(({ item }) => item !== '/').toSorted(byItem);
  const expected = inOrderOf(restored('theirs'));
  expect(expected.length).toBeGreaterThan(3);
  expect(inOrderOf(restored('ours'))).toEqual(expected);
  for (const program of ['ours', 'theirs'] as const) {
    writeTree(join(root, 'told', program), { 'source/a.txt': 'something else', 'source/more': 'not in it' });
  }
  const isChange = ({ action }: Entry) => action === 'updated' || action === 'deleted';
  const changes = (program: 'ours' | 'theirs') =>
    inOrderOf(restored(program, '--delete', ...(program === 'ours' ? ['--yes', '--delete-ignored'] : []))).filter(
      isChange,
    );
  // Of what it deletes restic gives the whole path.
  const inTarget = (entries: Entry[], program: string) =>
    entries.map((entry) => ({ ...entry, item: (entry.item as string).replace(join(root, 'told', program), 'target') }));
  expect(inTarget(changes('ours'), 'ours')).toEqual(inTarget(changes('theirs'), 'theirs'));
});

/** Status lines come in their own time: restic may print none of a short work, and then there is nothing to compare. */
test.each<[string, string[], string[]]>([
  ['backup', ['backup', 'large'], ['percent_done', 'total_files', 'files_done', 'total_bytes', 'bytes_done']],
  [
    'restore',
    ['restore', 'latest:/large', '--target', 'out'],
    ['percent_done', 'total_files', 'files_restored', 'total_bytes', 'bytes_restored'],
  ],
])('the status of %s has the fields of restic', (_name, args, fields) => {
  if (args[0] === 'backup')
    for (let at = 0; at < 12; at++)
      writeFileSync(join(root, 'large', String(at)), randomBytes(`large ${at}`, 1_000_000));
  const env = { RESTIC_PROGRESS_FPS: '60' };
  const out = (program: string) => args.map((word) => (word === 'out' ? join(root, `out-${program}`) : word));
  const known = linesOf(restic(repository, [...out('theirs'), '--json'], { cwd: root, env }), 'status');
  const found = linesOf(
    cairnOk(['-r', repository, ...out('ours'), '--json', ...(args[0] === 'backup' ? ['-f'] : [])], { cwd: root, env }),
    'status',
  );
  const last = found.at(-1)!;
  for (const name of fields) expect([name, typeof last[name]]).toEqual([name, 'number']);
  const types = new Map(found.flatMap((line) => Object.entries(line).map(([name, value]) => [name, kindOf(value)])));
  const wrong = known
    .flatMap((line) => Object.entries(line).map(([name, value]) => [name, kindOf(value)] as const))
    .filter(([name, kind]) => types.has(name) && types.get(name) !== kind);
  expect(wrong).toEqual([]);
});

function kindOf(value: Json): string {
  return Array.isArray(value) ? 'array' : typeof value;
}

test('init and exit_error have the fields of restic', () => {
  const [expected] = lines(restic(join(root, 'made-theirs'), ['init', '--json']));
  const [found] = lines(cairnOk(['-r', join(root, 'made-ours'), 'init', '--json']));
  expect(differences(expected!, found, 'init')).toEqual([]);
  expect((found as Line)['repository']).toBe(join(root, 'made-ours'));
  const missing = ['-r', join(root, 'nothing'), 'snapshots', '--json'];
  const theirs = spawnSync('restic', missing, {
    encoding: 'utf8',
    env: { ...process.env, RESTIC_PASSWORD: TEST_PASSWORD },
  });
  const ours = cairn(missing);
  expect(ours.status).toBe(theirs.status);
  expect(differences(lines(theirs.stderr), lines(ours.stderr), 'exit_error')).toEqual([]);
});
