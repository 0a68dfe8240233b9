/** What of the changes of a snapshot is worth an alarm, and that what people and programs do every day is not. */
import { createCipheriv, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ChangeTally } from '../../../../src/engine/backup/alarm/changeTally.ts';
import { isInRoutineFolder } from '../../../../src/engine/backup/alarm/fileKinds.ts';
import { judgeChanges } from '../../../../src/engine/backup/alarm/judgeChanges.ts';
import { findAlarm } from '../../../../src/engine/backup/massDeletion.ts';
import { looksRandom } from '../../../../src/engine/codec/looksRandom.ts';
import type { SnapshotSummary } from '../../../../src/repository/format/snapshot.ts';

/** Content that may be what it is for; noise that looks random. */
interface Content {
  readonly is: string;
  readonly isNoise: boolean;
  readonly size: number;
}
type Files = Map<string, Content>;

const text = (is = 'v1', size = 4_000): Content => ({ is, isNoise: false, size });
const noise = (is = 'v1', size = 4_000): Content => ({ is, isNoise: true, size });

function put(files: Files, folder: string, count: number, ending: string, content: Content = text()): void {
  for (let at = 0; at < count; at++)
    files.set(`${folder}/f${at}${ending}`, { ...content, is: `${folder}${at}${content.is}` });
}

/** A project as there are many: sources, pictures, a repository of git, and what is made of them. */
function project(): Files {
  const files: Files = new Map();
  put(files, 'src', 300, '.ts');
  put(files, 'test', 100, '.ts');
  put(files, 'docs', 40, '.md');
  put(files, 'photos', 60, '.jpg', noise());
  put(files, 'fixtures', 30, '.secret', noise());
  put(files, 'data', 3, '.sqlite', text('v1', 9e6));
  put(files, '.git/objects', 2_000, '', noise());
  put(files, 'node_modules/left/pad', 5_000, '.js');
  put(files, 'node_modules/.bin', 50, '');
  put(files, 'dist', 200, '.js');
  put(files, 'packages/a/__pycache__', 40, '.pyc');
  return files;
}

type Act = (files: Files) => void;
const all = (files: Files, pattern: RegExp) => [...files].filter(([path]) => pattern.test(path));
const remove =
  (pattern: RegExp): Act =>
  (files) =>
    all(files, pattern).forEach(([path]) => files.delete(path));
const rewrite =
  (pattern: RegExp, to: (before: Content) => Content): Act =>
  (files) =>
    all(files, pattern).forEach(([path, before]) => files.set(path, to(before)));
const rename =
  (pattern: RegExp, to: (path: string) => string, content = (before: Content) => before): Act =>
  (files) =>
    all(files, pattern).forEach(([path, before]) => {
      files.delete(path);
      files.set(to(path), content(before));
    });
const add =
  (...args: [folder: string, count: number, ending: string, content?: Content]): Act =>
  (files) =>
    put(files, ...args);
const edit = ({ is, ...before }: Content): Content => ({ ...before, is: `${is}, edited` });
const encrypt = ({ is, size }: Content): Content => ({ is: `${is}, encrypted`, isNoise: true, size: size + 40 });

interface Options {
  readonly git?: (paths: readonly string[]) => number;
  readonly first?: readonly Act[];
  readonly isQuick?: boolean;
}

/** The alarm for what becomes of a project, or of what `first` makes of it. `git` says how many of what is gone it took. */
function alarmFor(acts: readonly Act[], options: Options = {}) {
  const { git = () => 0, first = [], isQuick = false } = options;
  const before = project();
  for (const act of first) act(before);
  const after = new Map(before);
  for (const act of acts) act(after);
  const tally = new ChangeTally();
  const counts = { filesNew: 0, filesChanged: 0, filesRemoved: 0, totalFilesProcessed: after.size };
  for (const [path, content] of after) {
    const recorded = before.get(path);
    const isRoutine = isInRoutineFolder(path);
    const change = !recorded ? 'new' : recorded.is === content.is ? 'unchanged' : 'changed';
    if (change === 'new') counts.filesNew++;
    if (change === 'changed') counts.filesChanged++;
    const isSeen = !isQuick || change !== 'unchanged';
    if (isSeen) tally.noteFile(change, isRoutine);
    if (change === 'unchanged' || isRoutine || !content.isNoise) continue;
    tally.noteNoise(path, content.size, recorded && { size: recorded.size, isOrderly: !recorded.isNoise });
  }
  for (const path of before.keys()) {
    if (after.has(path)) continue;
    counts.filesRemoved++;
    tally.noteRemoved(path, isInRoutineFolder(path));
  }
  const routine = [...before.keys()].filter(isInRoutineFolder).length;
  const summary = counts as unknown as SnapshotSummary;
  const judged = judgeChanges(summary, tally, {
    before: { routineFiles: { new: 0, changed: 0, removed: 0, total: routine } } as SnapshotSummary,
    isComplete: !isQuick,
    countTakenByGit: git,
  });
  return findAlarm(judged);
}

const allByGit = (paths: readonly string[]) => paths.length;
const everyday: readonly [string, readonly Act[], Options?][] = [
  ['nothing', []],
  ['npm ci, while packages are gone', [remove(/^node_modules/)]],
  ['npm ci, when they are back', [rewrite(/^node_modules/, edit), add('node_modules/new', 3_000, '.js')]],
  ['npm ci where packages are left out', [], { first: [remove(/^node_modules/)] }],
  ['another release of all packages', [remove(/^node_modules/), add('node_modules/other', 4_000, '.mjs')]],
  ['a clean build: its output is gone', [remove(/^dist/)]],
  ['a build: its output is there again by other names', [remove(/^dist/), add('dist/assets', 250, '.js')]],
  ['all caches emptied', [remove(/^(dist|node_modules|.*__pycache__)/)]],
  ['a switch to a branch that has next to nothing', [remove(/^(src|test|docs)/)], { git: allByGit }],
  [
    'a switch to a branch with everything else',
    [rewrite(/^(src|test)/, edit), remove(/^docs/), add('lib', 100, '.ts')],
  ],
  ['a stash of files that nobody tracked', [remove(/^(src|photos)/)], { git: allByGit }],
  ['a formatter over all sources', [rewrite(/^(src|test|docs)/, edit)]],
  ['an upgrade that touches each line end', [rewrite(/\.(ts|md|js)$/, edit)]],
  ['git gc: objects become a pack', [remove(/^\.git\/objects/), add('.git/objects/pack', 2, '.pack', noise())]],
  ['git fetch', [add('.git/objects/more', 3_000, '', noise())]],
  ['unzip of photos', [add('holiday', 2_000, '.jpg', noise())]],
  [
    'photos sorted away into an archive',
    [remove(/^photos/), add('archive', 1, '.zip', noise('v1', 9e7))],
    { first: [remove(/^photos\/f[2-9]/)] },
  ],
  [
    'films, archives and logs of a day',
    [add('in', 30, '.mp4', noise()), add('in', 30, '.gz', noise()), add('in', 30, '.log')],
  ],
  [
    'logs rotated and compressed',
    [rename(/^logs/, (path) => `${path}.gz`, encrypt)],
    { first: [add('logs', 200, '.log')] },
  ],
  ['a big folder renamed', [rename(/^src\//, (path) => path.replace('src', 'source'))]],
  ['noise of an unknown kind moved', [rename(/^fixtures\//, (path) => path.replace('fixtures', 'test/fixtures'))]],
  ['all sources get another ending', [rename(/\.ts$/, (path) => path.replace(/ts$/, 'mts'))]],
  ['encrypted fixtures made anew', [rewrite(/^fixtures/, (before) => encrypt(before))]],
  ['a data base grows', [rewrite(/\.sqlite$/, ({ is, size }) => text(`${is}, grown`, size + 1e6))]],
  ['data bases are compacted', [rewrite(/\.sqlite$/, ({ is, size }) => text(`${is}, less`, size / 10))]],
  ['pictures compressed harder', [rewrite(/\.jpg$/, (before) => ({ ...encrypt(before), size: before.size / 2 }))]],
  ['photos converted', [rename(/\.jpg$/, (path) => path.replace(/jpg$/, 'avif'), encrypt)]],
  [
    'Git LFS fetches what pointers stood for',
    [rewrite(/\.asset$/, () => noise('real', 2e5))],
    { first: [add('art', 80, '.asset', text('pointer', 130))] },
  ],
  ['a few files deleted', [remove(/^src\/f1\d\./)]],
  ['less than a third deleted', [remove(/^test/)]],
  ['files signed and encrypted on purpose', [rename(/^docs/, (path) => `${path}.gpg`, encrypt)]],
  ['copies before an edit', [rename(/^docs/, (path) => `${path}.bak`), add('docs', 40, '.md', text('new'))]],
  ['a first large import', [add('import', 20_000, '.csv')]],
  ['a new environment', [add('.venv/lib/python', 8_000, '.py'), add('.venv/bin', 20, '', noise())]],
  ['some keys and blobs come', [add('blobs', 300, '', noise()), add('keys', 15, '.vaulted', noise())]],
];

describe('no alarm for', () => {
  test.each(everyday)('%s', (_what, acts, options) => {
    expect(alarmFor(acts, options)).toBeUndefined();
    expect(alarmFor(acts, { ...options, isQuick: true })).toBeUndefined();
  });
});

const bad: readonly [string, readonly Act[], object, Options?][] = [
  ['all sources deleted, though packages are many more', [remove(/^src/)], { kind: 'deleted', files: 300 }],
  [
    '10,000 of 100,000 files',
    [remove(/^big\/f\d{4}\./)],
    { kind: 'deleted', files: 9_000 },
    { first: [add('big', 80_000, '.csv')] },
  ],
  ['everything', [remove(/./)], { kind: 'deleted' }],
  ['what git still expects', [remove(/^(src|test)/)], { kind: 'deleted', files: 400 }, { git: () => 10 }],
  ['text turned to noise in its place', [rewrite(/^src/, encrypt)], { kind: 'scrambled', files: 300 }],
  [
    'the same with an unknown ending',
    [rename(/^(src|photos)/, (path) => `${path}.locked`, encrypt)],
    { kind: 'scrambled', files: 360 },
  ],
  [
    'the same with other names',
    [rename(/^src/, (path) => `src/${Buffer.from(path).toString('hex')}.x7q`, encrypt)],
    { kind: 'scrambled', files: 300 },
  ],
  ['a part of it, the first that is met', [rewrite(/^src\/f1\d\d/, encrypt)], { kind: 'scrambled', files: 100 }],
  [
    'all of a few',
    [rewrite(/./, encrypt)],
    { kind: 'scrambled', files: 8 },
    { first: [remove(/./), add('letters', 8, '.txt')] },
  ],
];

describe('an alarm for', () => {
  test.each(bad)('%s', (_what, acts, expected, options) => {
    expect(alarmFor(acts, options)).toMatchObject(expected);
    expect(alarmFor(acts, { ...options, isQuick: true })).toMatchObject(expected);
  });
});

describe('noise is told', () => {
  const english = 'It was the best of times, it was the worst of times, it was the age of wisdom. '.repeat(2_000);
  const cipher = createCipheriv('aes-256-ctr', randomBytes(32), randomBytes(16));
  const floats = Buffer.from(Float32Array.from({ length: 50_000 }, (_, at) => Math.sin(at)).buffer);
  const sound = Buffer.from(
    Int16Array.from({ length: 50_000 }, (_, at) => 9_000 * Math.sin(at / 7) + ((at * 7919) % 311)).buffer,
  );
  const lines = Array.from({ length: 30_000 }, (_, at) => `${at},${(at * 7919) % 104_729}`).join('\n');
  test.each<[string, Uint8Array, boolean]>([
    ['random', randomBytes(100_000), true],
    ['random and short', randomBytes(128), true],
    ['encrypted text', cipher.update(english), true],
    ['compressed', gzipSync(lines).subarray(20), true],
    ['too short to tell', randomBytes(127), false],
    ['nothing', Buffer.alloc(0), false],
    ['text', Buffer.from(english), false],
    ['numbers as text', Buffer.from(lines), false],
    ['base64 of random', Buffer.from(randomBytes(90_000).toString('base64')), false],
    ['short base64 of random', Buffer.from(randomBytes(96).toString('base64')), false],
    ['hex of random', Buffer.from(randomBytes(90_000).toString('hex')), false],
    ['wide characters', Buffer.from('時は金なり。百聞は一見に如かず。'.repeat(500)), false],
    ['floats', floats, false],
    ['sound', sound, false],
    ['zeros', Buffer.alloc(100_000), false],
  ])('%s', (_what, bytes, expected) => {
    expect(looksRandom(bytes)).toBe(expected);
  });

  test('random bytes are noise whatever their length', () => {
    for (let length = 128; length < 20_000; length += 97) expect(looksRandom(randomBytes(length))).toBe(true);
  });
});
