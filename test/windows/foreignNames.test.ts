/** Repositories of Linux hold names that Windows cannot: all else comes back, and what does not is told. */
import { lutimesSync, mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { cairnBackup, commandLine } from '../helpers/cairn.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { runStory, STORY_TIMEOUT, toWindows, windowsFolder } from './helpers/windowsNode.ts';
import { valueOf } from './stories/attempt.ts';
import type { run } from './stories/foreignNames.ts';
import { describe as describeTree, differences as differencesOf, type EntryFacts } from './stories/tree.ts';

/** As JSON has it: the byte is no text. */
const notUtf8 = 'not UTF-8 \udcff';

/** Names that Windows cannot hold, and why. */
const cannotBe: Readonly<Record<string, string>> = {
  'aux.txt': 'is the name of a device on Windows',
  NUL: 'is the name of a device on Windows',
  con: 'is the name of a device on Windows',
  'a:b': 'has : in it',
  'c:': 'has : in it',
  'x.': 'ends in a dot',
  'trail ': 'ends in a space',
  'q"x': 'has " in it',
  'folder/what?': 'has ? in it',
  'back\\slash': 'has \\ in it',
  '\\outside': 'has \\ in it',
  'line\nend': 'has a control character in it',
  [notUtf8]: 'has bytes that are not UTF-8',
};
/** Wine makes none. */
const links = ['link', 'link to folder', 'dangling'];

const TIME = 1_500_000_000.25;
const root = windowsFolder('c');
const source = join(tempFolder(), 'src');

let expected: ReadonlyMap<string, EntryFacts>;
let story: Awaited<ReturnType<typeof run>>;

function write(name: string | Buffer, content = 'cannot be held'): void {
  const path = Buffer.concat([Buffer.from(`${source}/`), Buffer.from(name)]);
  mkdirSync(path.subarray(0, path.lastIndexOf('/')), { recursive: true });
  writeFileSync(path, content);
  utimesSync(path, TIME, TIME);
}

beforeAll(async () => {
  for (const name of ['good.txt', 'folder/deep/file.txt', 'folder/auxiliary.txt']) write(name, `this is ${name}`);
  write('Case.txt', 'the first');
  write('Twins/same.txt', 'in the first');
  for (const folder of ['folder/deep', 'folder', 'Twins']) utimesSync(join(source, folder), TIME, TIME);
  expected = describeTree(source);
  for (const name of Object.keys(cannotBe)) {
    // A folder is told once, and what is in it goes with it.
    write(
      name === notUtf8
        ? Buffer.from('not UTF-8 \xff', 'latin1')
        : /outside|con|c:/.test(name)
          ? `${name}/within.txt`
          : name,
    );
  }
  write('case.txt', 'the second, which is longer');
  write('twins/same.txt', 'in the second');
  write('twins/other.txt', 'in the second alone');
  for (const [at, target] of ['good.txt', 'folder', '../../nothing'].entries()) {
    const name = links[at]!;
    symlinkSync(target, join(source, name));
    lutimesSync(join(source, name), TIME, TIME);
  }
  for (const folder of ['folder/deep', 'folder', 'Twins']) utimesSync(join(source, folder), TIME, TIME);
  const repository = join(root.linux, 'repository');
  restic(repository, ['init']);
  restic(repository, ['backup', source]);
  const byCairn = cairnBackup(repository, [source]).snapshot_id!;
  const all = JSON.parse(restic(repository, ['snapshots', '--json'])) as { id: string }[];
  story = await runStory<typeof run>('foreignNames', {
    commandLine: toWindows(commandLine),
    root: root.windows,
    snapshots: { byRestic: all.find(({ id }) => id !== byCairn)!.id, byCairn },
    source,
  });
}, STORY_TIMEOUT);

test('a list has all names', () => {
  for (const name of Object.keys(cannotBe)) expect(valueOf(story.list)).toContain(`${source}/${name}`);
});

/** What could not be restored, as the snapshot names it, with the codes. */
function problemsOf(target: string, outcome: (typeof story)['byCairn']): Record<string, unknown> {
  const begin = `${root.windows}\\${target}\\`;
  return Object.fromEntries(
    valueOf(outcome).problems.map(({ path, code }) => {
      expect(path.startsWith(begin), path).toBe(true);
      return [path.slice(begin.length).replace('folder\\', 'folder/'), code];
    }),
  );
}

const codes = (names: readonly string[], code: string) => Object.fromEntries(names.map((name) => [name, code]));
const refused = codes(Object.keys(cannotBe), 'NAME');
const problems = { ...refused, ...codes(links, 'ENOTSUP'), 'case.txt': 'EEXIST', twins: 'TWIN' };
const restored = (target: string) => describeTree(join(root.linux, target));

describe('a restore to a new folder', () => {
  test.each(['byRestic', 'byCairn'] as const)('brings back all the rest, and makes nothing else: %s', (which) => {
    const target = which === 'byCairn' ? 'by cairn' : 'by restic';
    expect(problemsOf(target, story[which])).toEqual(problems);
    expect(valueOf(story[which])).toMatchObject({ status: 3, summary: { files_restored: 5 } });
    expect(differencesOf(restored(target), expected)).toEqual([]);
  });

  test('says of each name why it cannot be', () => {
    for (const [name, reason] of Object.entries(cannotBe)) {
      const { message } = valueOf(story.byCairn).problems.find(({ path }) => path.endsWith(name.replace('/', '\\')))!;
      expect(message).toContain(`Not restored: its name ${reason}`);
    }
  });

  test('is announced without a trace', () => {
    expect(problemsOf('preview', story.preview)).toEqual(refused);
    expect(valueOf(story.preview).status).toBe(3);
    expect(story.previewMadeNothing).toBe(true);
  });

  test('can be repeated, and finds nothing more to do', () => {
    expect(problemsOf('by cairn', story.again)).toEqual(problems);
    expect(valueOf(story.again)).toMatchObject({ status: 3, summary: { files_restored: 0, files_unchanged: 5 } });
  });

  test('of one such name makes nothing', () => {
    const { status, problems } = valueOf(story.one);
    expect({ status, codes: problems.map(({ code }) => code) }).toEqual({ status: 3, codes: ['NAME'] });
    expect(readdirSync(root.linux)).not.toContain('one');
  });
});

describe('where files are in the way', () => {
  /** Wine keeps the case of what it replaces. */
  const lowerCase = (tree: ReadonlyMap<string, EntryFacts>) =>
    new Map([...tree].map(([path, facts]) => [path.toLowerCase(), facts]));

  test('what has the same name but for its case is replaced once, by the first', () => {
    const there = { ...problems, 'case.txt': 'TWIN' };
    expect(problemsOf('occupied', story.occupied)).toEqual(there);
    expect(valueOf(story.occupied)).toMatchObject({ status: 3, summary: { files_restored: 5, files_deleted: 1 } });
    expect(differencesOf(lowerCase(restored('occupied')), lowerCase(expected))).toEqual([]);
  });

  test('what has the very name of the second is replaced by that', () => {
    const there = { ...refused, ...codes(links, 'ENOTSUP'), 'Case.txt': 'EEXIST', Twins: 'TWIN' };
    expect(problemsOf('second', story.second)).toEqual(there);
    const read = (path: string) => readFileSync(join(root.linux, 'second', path), 'utf8');
    expect(['case.txt', 'twins/same.txt', 'extra.txt'].map(read)).toEqual([
      'the second, which is longer',
      'in the second',
      'in the way',
    ]);
    expect(readdirSync(join(root.linux, 'second/twins')).sort()).toEqual(['other.txt', 'same.txt']);
  });
});

test('a restore in place is refused: there is no such place', () => {
  expect(valueOf(story.inPlace)).toMatchObject({ status: 1, stdout: '' });
  expect(valueOf(story.inPlace).stderr).toContain('another kind of system');
});
