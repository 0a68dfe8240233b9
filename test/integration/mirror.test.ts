import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { errorCode } from '../../src/base/errors.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { isWindows } from '../../src/disk/system.ts';
import { executeMirror } from '../../src/engine/mirror/executeMirror.ts';
import { MANIFEST_NAME, manifestToLines } from '../../src/engine/mirror/manifestFormat.ts';
import { LOCK_NAME } from '../../src/engine/mirror/mirrorLock.ts';
import { mirrorPlanLines, type MirrorPlan } from '../../src/engine/mirror/mirrorPlan.ts';
import { planMirror, type PlanMirrorOptions } from '../../src/engine/mirror/planMirror.ts';
import { isMirrorFolder, verifyMirror } from '../../src/engine/mirror/verifyMirror.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { isHere, makesLinks, writeTree, type TreeEntry } from '../helpers/fileTree.ts';
import { expectMirrored, mirror } from '../helpers/mirror.ts';
import { pathBelow } from '../helpers/paths.ts';
import { randomBytes } from '../helpers/random.ts';
import { removeTree, tempFolder } from '../helpers/tempFolder.ts';

interface Places {
  readonly root: string;
  readonly source: string;
  readonly copy: string;
}

function places(tree: Readonly<Record<string, TreeEntry>>, copied?: Readonly<Record<string, TreeEntry>>): Places {
  const root = tempFolder();
  writeTree(join(root, 'source'), tree);
  if (copied) writeTree(join(root, 'copy'), copied);
  return { root, source: join(root, 'source'), copy: join(root, 'copy') };
}

/** Waits until no file was written so lately that another write could carry the same time. */
function letSettle(): Promise<void> {
  return new Promise((done) => setTimeout(done, 100));
}

/** A plan as lines: `copy a`, `delete b/`. */
function linesOf(plan: MirrorPlan): string[] {
  return [...mirrorPlanLines(plan)].map(({ action, path, isFolder }) => `${action} ${path}${isFolder ? '/' : ''}`);
}

/** What a run would do now. */
async function planned({ source, copy }: Places, options: PlanMirrorOptions = {}): Promise<string[]> {
  return linesOf(await planMirror(source, copy, options));
}

async function failure(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  const error: unknown = await work.then(
    () => new Error('It did not fail.'),
    (reason: unknown) => reason,
  );
  return { code: errorCode(error), message: (error as Error).message };
}

const names = {
  'sub/deep/a': 'A',
  'x\udcff/y': 'raw',
  'new\nline': 'N',
  '-rf *': '',
  empty: null,
  link: { link: 'sub' },
};
/** What of it this system cannot hold. */
const absent = Object.entries(names).flatMap(([path, entry]) => (isHere(path, entry) ? [] : [path]));

describe('a mirror', () => {
  test('is equal to its source, and is not touched again', async () => {
    const at = places(names);
    symlinkSync('nowhere', join(at.source, 'sub/dangling'));
    linkSync(join(at.source, 'sub/deep/a'), join(at.source, 'zz-same'));
    chmodSync(join(at.source, 'sub'), 0o2755);
    if (!isWindows) chmodSync(join(at.source, 'empty'), 0o500);
    utimesSync(join(at.source, 'sub/deep/a'), 5, 1_234_567_890.123_456);
    await letSettle();
    const { problems, copied } = await mirror(at.source, at.copy);
    expect({ problems, copied }).toEqual({ problems: [], copied: 5 - absent.length + Number(makesLinks) });
    await expectMirrored(at.source, at.copy);
    expect(statSync(join(at.copy, 'zz-same')).ino).toBe(statSync(join(at.copy, 'sub/deep/a')).ino);
    const before = describeTree(at.root);
    expect(await mirror(at.source, at.copy)).toMatchObject({ copied: 0, metadata: 0, deleted: 0 });
    expect(describeTree(at.root)).toEqual(before);
  });

  test('is planned without writing anything', async () => {
    const at = places(names, { old: 'o', 'sub/deep/a': 'B' });
    const before = describeTree(at.root);
    const plan = await planMirror(at.source, at.copy);
    expect(describeTree(at.root)).toEqual(before);
    const isAbsent = (line: string) => absent.includes(line.slice(line.indexOf(' ') + 1));
    expect(linesOf(plan).sort()).toEqual(
      [
        ...['copy -rf *', 'copy link', 'copy new\nline', 'copy sub/deep/a', 'copy x\udcff/y', 'delete old'],
        ...['make empty/', ...(isWindows ? [] : ['make x\udcff/']), 'update sub/', 'update sub/deep/'],
      ]
        .filter((line) => !isAbsent(line))
        .sort(),
    );
    expect(plan.totals).toMatchObject({
      copyNew: 4 - absent.length,
      copyChanged: 1,
      copyBytes: isWindows ? 1 : 5,
      createFolders: isWindows ? 1 : 2,
      delete: 1,
      deleteBytes: 1,
    });
    expect(structuredClone(plan)).toEqual(plan);
  });

  test.each<[string, (at: Places) => void, string[], PlanMirrorOptions?]>([
    ['content', ({ source }) => writeFileSync(join(source, 'a'), 'other'), ['copy a']],
    ['content under the old size and time', ({ source }) => disguise(join(source, 'a')), ['copy a']],
    ['nothing but the time', ({ source }) => utimesSync(join(source, 'a'), 1, 1), ['update a']],
    ['nothing but the mode', ({ source }) => chmodSync(join(source, 'a'), 0o400), ['update a']],
    ['the content back and forth', ({ source }) => writeFileSync(join(source, 'a'), 'AAA'), ['update a']],
    ['the target of a link', ({ source }) => relink(join(source, 'l'), 'b'), ['copy l', 'update /']],
    ['a file of the copy', ({ copy }) => writeFileSync(join(copy, 'a'), 'BBB'), ['copy a']],
    ['the time of a file of the copy', ({ copy }) => utimesSync(join(copy, 'a'), 1, 1), ['update a']],
    ['a file of the copy under the old size and time', ({ copy }) => disguise(join(copy, 'a')), []],
    ['the same, with everything read', ({ copy }) => disguise(join(copy, 'a')), ['copy a'], { forceHash: true }],
    ['a file of the copy becomes a link', ({ copy }) => relink(join(copy, 'a'), '../outside'), ['copy a']],
    ['a link of the copy becomes a file', ({ copy }) => replace(join(copy, 'l'), 'x'), ['copy l']],
    ['a file becomes a folder', ({ source }) => toFolder(join(source, 'a')), ['delete a', 'make a/', 'copy a/in']],
    ['a folder becomes a file', ({ source }) => replace(join(source, 'd'), 'x'), ['delete d/c', 'delete d/', 'copy d']],
    ['a folder becomes a link', ({ source }) => relink(join(source, 'd'), 'a'), ['delete d/c', 'delete d/', 'copy d']],
    ['a file is removed', ({ source }) => rmSync(join(source, 'a')), ['delete a']],
    [
      'a folder is removed',
      ({ source }) => rmSync(join(source, 'd'), { recursive: true }),
      ['delete d/c', 'delete d/'],
    ],
    ['more is in the copy', ({ copy }) => writeFileSync(join(copy, 'd/more'), ''), ['update d/', 'delete d/more']],
    ['a pipe is in the copy', ({ copy }) => void execFileSync('mkfifo', [join(copy, 'p')]), ['delete p']],
    ['a hard link is added', ({ source }) => linkSync(join(source, 'a'), join(source, 'h')), ['copy h']],
    ['a hard link of the copy', ({ copy }) => unlinkCopy(join(copy, 's1')), ['update s2']],
    ['a hard link is broken', ({ source }) => unlinkCopy(join(source, 's1')), ['copy s2']],
    ['the manifest is lost', ({ copy }) => rmSync(join(copy, MANIFEST_NAME)), []],
  ])('follows a change: %s', async (_, change, expected, options = {}) => {
    const at = places({ a: 'AAA', b: 'BBB', 'd/c': 'CCC', l: { link: 'a' }, s1: 'SSS', 'pad/1': '1', 'pad/2': '2' });
    linkSync(join(at.source, 's1'), join(at.source, 's2'));
    for (const name of ['a', 's1']) utimesSync(join(at.source, name), 1e9, 1e9);
    await mirror(at.source, at.copy);
    change(at);
    const lines = (await planned(at, options)).filter(
      (line) => !line.startsWith('update d/') || expected.includes(line),
    );
    expect(lines).toEqual(expected.filter((line) => line !== 'update /'));
    const { problems } = await mirror(at.source, at.copy, options);
    expect(problems).toEqual([]);
    if (expected.length > 0) await expectMirrored(at.source, at.copy);
    // Only reading everything tells about this one.
    const { findings } = await verifyMirror(at.copy);
    expect(findings.map(({ kind, path }) => `${kind} ${path}`)).toEqual(
      _ === 'a file of the copy under the old size and time' ? ['corrupt a'] : [],
    );
  });

  test('notices a second change within the same tick of the clock', async () => {
    const at = places({ a: '0', b: 'b' });
    for (let round = 1; round < 30; round++) {
      writeFileSync(join(at.source, 'a'), String(round % 10));
      utimesSync(join(at.source, 'a'), 1, 1);
      await mirror(at.source, at.copy);
      expect(readFileSync(join(at.copy, 'a'), 'utf8')).toBe(String(round % 10));
    }
  });

  test('keeps holes, and large files to the last byte', async () => {
    const at = places({
      big: Buffer.concat([randomBytes('big', 3_000_001), Buffer.alloc(5_000_000), randomBytes('end', 7)]),
      hole: '',
    });
    truncateSync(join(at.source, 'hole'), 50 << 20);
    await mirror(at.source, at.copy);
    await expectMirrored(at.source, at.copy);
    expect(lstatSync(join(at.copy, 'hole')).blocks).toBeLessThan(100);
    expect(lstatSync(join(at.copy, 'big')).blocks * 512).toBeLessThan(4_000_000);
  });

  test('takes over a folder that another program has filled, reading instead of copying', async () => {
    const at = places(names);
    copyExactly(at.source, at.copy);
    expect(await planned(at)).toEqual([]);
    expect(await mirror(at.source, at.copy)).toMatchObject({ copied: 0 });
    await expectMirrored(at.source, at.copy);
    expect(await verifyMirror(at.copy)).toMatchObject({ good: 5 - absent.length, findings: [] });
  });

  test('goes deeper than paths can be long', async () => {
    const at = places({ top: '' });
    // Windows has paths of more than 260 characters, but none beyond its limit.
    const deep = Array.from({ length: isWindows ? 15 : 30 }, () => 'n'.repeat(200));
    if (isWindows) writeTree(at.source, { [`${deep.join('/')}/file`]: 'deep' });
    else {
      // No single path can name the file, so the shell goes there step by step.
      const script = 'cd "$1"; shift; for name; do mkdir "$name"; cd -P "$name"; done; printf deep > file';
      execFileSync('sh', ['-c', script, 'sh', at.source, ...deep]);
    }
    expect((await mirror(at.source, at.copy)).problems).toEqual([]);
    expect(await planned(at)).toEqual([]);
    expect(await verifyMirror(at.copy)).toMatchObject({ good: 2, findings: [] });
    removeTree(join(at.source, deep[0]!));
    const { deleted, problems } = await mirror(at.source, at.copy, { force: true });
    expect({ deleted, problems }).toEqual({ deleted: deep.length + 1, problems: [] });
  });
});

/** Other content under the same size and, to the nanosecond, the same time, which has to be a whole second. */
function disguise(path: string): void {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  writeFileSync(path, 'x'.repeat(Number(size)));
  utimesSync(path, 1, Number(mtimeNs) / 1e9);
  expect(statSync(path, { bigint: true })).toMatchObject({ size, mtimeNs });
}

/** A copy with the times, and where there are such, the owners, as other programs make it. */
function copyExactly(from: string, to: string): void {
  if (!isWindows) return void execFileSync('cp', ['-a', from, to]);
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  for (const path of ['', ...readdirSync(from, { recursive: true, encoding: 'utf8' })].reverse()) {
    const { atimeMs, mtimeMs } = lstatSync(join(from, path));
    lutimesSync(join(to, path), atimeMs / 1000, mtimeMs / 1000);
  }
}

function relink(path: string, target: string): void {
  rmSync(path, { recursive: true });
  symlinkSync(target, path);
}

function replace(path: string, content: string): void {
  rmSync(path, { recursive: true });
  writeFileSync(path, content);
}

function toFolder(path: string): void {
  rmSync(path);
  mkdirSync(path);
  writeFileSync(join(path, 'in'), 'in');
}

/** Makes a further name a file of its own, equal in everything, if its time is a whole second. */
function unlinkCopy(path: string): void {
  const { mtimeMs } = statSync(path);
  copyFileSync(path, `${path}~`);
  utimesSync(`${path}~`, 1, mtimeMs / 1000);
  renameSync(`${path}~`, path);
}

describe('the rules', () => {
  const rules = { excludeGlobs: ['*.tmp', 'build/'], useCairnIgnore: true };

  test('leave out of the source, and protect in the copy', async () => {
    const at = places(
      { a: '1', 'x.tmp': 'no', 'build/out': 'no', 'd/.cairnignore': '*.log', 'd/x.log': 'no', 'd/y': 'yes' },
      {
        'mine.tmp': 'keep',
        'build/mine': 'keep',
        'd/z.log': 'keep',
        'e/w.tmp': 'keep',
        'e/gone': 'x',
        gone: 'x',
        'd/gone': 'x',
        f: 'x',
      },
    );
    const plan = await planMirror(at.source, at.copy, { rules });
    expect(
      linesOf(plan)
        .filter((line) => line.startsWith('delete'))
        .sort(),
    ).toEqual(['delete d/gone', 'delete e/gone', 'delete f', 'delete gone'].sort());
    expect(plan.kept.map(({ path }) => path).sort()).toEqual(['build', 'd/z.log', 'e/w.tmp', 'mine.tmp']);
    await executeMirror(plan, { force: true });
    const left = readdirSync(at.copy, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(left.map(({ parentPath, name }) => pathBelow(at.copy, join(parentPath, name))).sort()).toEqual(
      ['a', 'build/mine', 'd/.cairnignore', 'd/y', 'd/z.log', 'e/w.tmp', 'mine.tmp', MANIFEST_NAME].sort(),
    );
  });

  test('something protected in the way is a problem, and nothing is deleted then', async () => {
    const at = places(
      { a: '1', b: '2', e: 'a file now' },
      { 'e/w.tmp': 'keep', 'e/x': 'x', gone: 'x', a: '1', b: '2' },
    );
    const result = await mirror(at.source, at.copy, { rules, force: false }).catch((error: unknown) => error);
    expect(errorCode(result)).toBe('refused');
    writeFileSync(join(at.copy, MANIFEST_NAME), '');
    const plan = await planMirror(at.source, at.copy, { rules });
    expect(plan.problems.map(({ code }) => code)).toContain('CONFLICT');
    const { postponed, problems } = await executeMirror({ ...plan, needsForce: undefined } as unknown as MirrorPlan);
    expect(postponed).toBe(1);
    expect(problems.map(({ code, path }) => `${code} ${pathBelow(at.copy, path)}`)).toContain('CONFLICT e');
    expect(existsSync(join(at.copy, 'gone')) && existsSync(join(at.copy, 'e/w.tmp'))).toBe(true);
  });

  test('without deleting, extras stay and are still verified', async () => {
    const at = places({ a: '1', b: '2', 'd/c': '3' });
    await mirror(at.source, at.copy);
    rmSync(join(at.source, 'd'), { recursive: true });
    writeFileSync(join(at.source, 'd'), 'a file now');
    rmSync(join(at.source, 'b'));
    writeFileSync(join(at.source, 'a'), 'new');
    const { problems, deleted } = await mirror(at.source, at.copy, { noDelete: true });
    expect(problems.map(({ code }) => code)).toEqual(['CONFLICT']);
    expect(deleted).toBe(0);
    expect(readFileSync(join(at.copy, 'a'), 'utf8') + readFileSync(join(at.copy, 'd/c'), 'utf8')).toBe('new3');
    expect(await verifyMirror(at.copy)).toMatchObject({ good: 3, findings: [] });
    writeFileSync(join(at.copy, 'b'), 'x');
    expect((await verifyMirror(at.copy)).findings).toMatchObject([{ kind: 'corrupt', path: 'b' }]);
  });

  test('places that backups go to, and repositories, are never deleted', async () => {
    const at = places(
      { a: '1' },
      { 'target/x': '1', 'repo/config': '', 'repo/keys': null, 'repo/data': null, 'repo/snapshots/s': '1' },
    );
    const plan = await planMirror(at.source, at.copy, { rules: { never: [join(at.copy, 'target')] } });
    expect(linesOf(plan)).toEqual(['copy a']);
    expect(plan.kept.map(({ path }) => path)).toEqual(['repo', 'target']);
  });
});

describe('a mirror is refused', () => {
  const tree = { a: '1', 'd/b': '2' };

  test.each<[string, (at: Places) => [string, string], RegExp]>([
    ['into itself', ({ source }) => [source, source], /is inside/],
    ['into its own folder', ({ source }) => [source, join(source, 'd/copy')], /is inside/],
    ['of what is in the copy', ({ source }) => [join(source, 'd'), source], /is inside/],
    ['into itself by a link', ({ root, source }) => [source, linked(root, source)], /is inside/],
    ['below itself by a link', ({ root, source }) => [source, join(linked(root, source), 'new')], /is inside/],
    ['from a link to it', ({ root, source }) => [linked(root, source), join(source, 'new')], /is inside/],
    ['of nothing', ({ root, copy }) => [join(root, 'nowhere'), copy], /does not exist/],
    ['of a file', ({ source, copy }) => [join(source, 'a'), copy], /no folder/],
    ['of an empty folder', ({ source, copy }) => [emptied(source), copy], /it is empty/],
    [
      'into a folder that is not there',
      ({ root, source }) => [source, join(root, 'media/disk/copy')],
      /does not exist/,
    ],
    ['into a file', ({ root, source }) => [source, written(join(root, 'file'))], /no folder/],
    ['into the root', ({ source }) => [source, '/'], /root of a file system/],
    [
      'into the root of another file system',
      ({ source }) => [source, isWindows ? 'C:\\' : '/dev/shm'],
      /root of a file system/,
    ],
    ['into the home folder', ({ source }) => [source, homedir()], /home folder|is inside/],
    ['into a repository', ({ root, source }) => [source, repository(join(root, 'repo'))], /is a repository/],
    [
      'inside a repository',
      ({ root, source }) => [source, join(repository(join(root, 'repo')), 'data/x')],
      /is a repository/,
    ],
  ])('%s', async (_, choose, message) => {
    const at = places(tree);
    const [source, destination] = choose(at);
    const before = describeTree(at.root);
    expect(await failure(planMirror(source, destination))).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(message) as string,
    });
    expect(await failure(planMirror(source, destination, { dated: {} }))).toMatchObject({ code: 'refused' });
    expect(describeTree(at.root)).toEqual(before);
  });

  test('when the rules leave out everything', async () => {
    const { source, copy } = places(tree);
    expect(await failure(planMirror(source, copy, { rules: { excludeGlobs: ['*'] } }))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('the rules leave out all') as string,
    });
  });

  test('inside another mirror', async () => {
    const { source, copy } = places(tree);
    await mirror(source, copy);
    expect(await failure(planMirror(source, join(copy, 'new')))).toMatchObject({ code: 'refused' });
  });

  test('if more than half would be deleted, until it is forced', async () => {
    const { source, copy } = places({ 1: '', 2: '', 3: '', 4: '' });
    await mirror(source, copy);
    rmSync(join(source, '1'));
    rmSync(join(source, '2'));
    expect((await planMirror(source, copy)).needsForce).toBeUndefined();
    rmSync(join(source, '3'));
    const plan = await planMirror(source, copy);
    expect(plan.needsForce).toContain('3 of the 4 files');
    const before = describeTree(copy);
    expect(await failure(executeMirror(plan))).toMatchObject({ code: 'refused' });
    expect(describeTree(copy)).toEqual(before);
    expect(await executeMirror(plan, { force: true })).toMatchObject({ deleted: 3 });
    await expectMirrored(source, copy);
  });

  test.each([
    ['deleted', { e: '1', a: '1', x: '1' }],
    ['overwritten', { a: '2' }],
  ])('if something of a folder that is no mirror would be %s', async (_, copied) => {
    const { source, copy } = places(tree, copied);
    expect(await failure(mirror(source, copy))).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('not a mirror yet') as string,
    });
    await mirror(source, copy, { force: true });
    await expectMirrored(source, copy);
  });

  test('while another one is at work, but not by what a dead one left behind', async () => {
    const { source, copy } = places(tree);
    const locked: unknown[] = [];
    await mirror(source, copy, {
      onEntry: () => locked.push(mirror(source, copy, { force: true }).catch(errorCode)),
    });
    expect(new Set(await Promise.all(locked))).toEqual(new Set(['locked']));
    const lock = join(copy, LOCK_NAME);
    expect(existsSync(lock)).toBe(false);
    const elsewhere = { platform: process.platform, hostname: 'another-machine', pid: 1 };
    for (const [content, code] of [
      [JSON.stringify(elsewhere), 'locked'],
      ['', 'locked'],
    ] as const) {
      writeFileSync(join(source, 'a'), Math.random().toString());
      writeFileSync(lock, content);
      expect((await failure(mirror(source, copy, { force: true }))).code).toBe(code);
    }
    utimesSync(lock, 1, 1);
    await mirror(source, copy, { force: true });
    await expectMirrored(source, copy);
  });
});

function linked(root: string, target: string): string {
  symlinkSync(target, join(root, 'link'));
  return join(root, 'link');
}

function emptied(folder: string): string {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  return folder;
}

function written(file: string): string {
  writeFileSync(file, '');
  return file;
}

function repository(folder: string): string {
  writeTree(folder, { config: 'c', keys: null, data: null, snapshots: null });
  return folder;
}

describe('nothing outside the copy is touched', () => {
  test('not through links in the copy', async () => {
    const at = places({ 'd/a': 'new', f: 'new', 'deep/er/x': 'new' });
    writeTree(join(at.root, 'outside'), { a: 'old', x: 'old', 'er/x': 'old' });
    mkdirSync(at.copy);
    symlinkSync('../outside', join(at.copy, 'd'));
    symlinkSync('../outside/a', join(at.copy, 'f'));
    symlinkSync('../outside', join(at.copy, 'deep'));
    symlinkSync('../outside', join(at.copy, 'extra'));
    const before = describeTree(join(at.root, 'outside'));
    await mirror(at.source, at.copy, { force: true });
    await expectMirrored(at.source, at.copy);
    expect(describeTree(join(at.root, 'outside'))).toEqual(before);
  });

  test('not through links that take the place of folders after the plan was made', async () => {
    const at = places({ 'd/a': '1', 'd/b': '2', 'd/e/c': '3', x: '1', y: '2' });
    await mirror(at.source, at.copy);
    writeFileSync(join(at.source, 'd/a'), 'new');
    writeFileSync(join(at.source, 'd/new'), 'new');
    chmodSync(join(at.source, 'd/b'), 0o444);
    rmSync(join(at.source, 'd/e/c'));
    const plan = await planMirror(at.source, at.copy);
    expect(linesOf(plan)).toEqual(['update d/', 'update d/e/', 'copy d/a', 'update d/b', 'copy d/new', 'delete d/e/c']);
    renameSync(join(at.copy, 'd'), join(at.root, 'outside'));
    symlinkSync('../outside', join(at.copy, 'd'));
    const before = describeTree(join(at.root, 'outside'));
    const { problems } = await executeMirror(plan, { force: true });
    expect(problems.length).toBeGreaterThan(0);
    expect(describeTree(join(at.root, 'outside'))).toEqual(before);
    await mirror(at.source, at.copy, { force: true });
    await expectMirrored(at.source, at.copy);
    expect(describeTree(join(at.root, 'outside'))).toEqual(before);
  });

  test('not by paths in a manifest that somebody else wrote', async () => {
    const at = places({ a: '1', b: '2' });
    writeTree(at.root, { victim: 'x' });
    await mirror(at.source, at.copy);
    const header = { isComplete: true, created: new Date().toISOString(), source: at.source };
    const sha256 = createHash('sha256').update('x').digest('hex');
    const victim = statSync(join(at.root, 'victim'), { bigint: true });
    const before = describeTree(at.root).filter((line) => !line.startsWith('"copy'));
    for (const path of ['../victim', join(at.root, 'victim'), 'a/../../victim', '..']) {
      const entries = [{ path, size: 1, mtime: victim.mtimeNs, sha256 }];
      writeFileSync(join(at.copy, MANIFEST_NAME), [...manifestToLines(header, entries)].join(''));
      expect((await failure(verifyMirror(at.copy))).code).toBe('repository-damaged');
      const { deleted, problems, notices } = await mirror(at.source, at.copy, { force: true });
      expect({ deleted, problems, notices: notices.length }).toEqual({ deleted: 0, problems: [], notices: 1 });
      await expectMirrored(at.source, at.copy);
    }
    expect(describeTree(at.root).filter((line) => !line.startsWith('"copy'))).toEqual(before);
  });

  test('a manifest and a lock that are links are replaced, not followed', async () => {
    const at = places({ a: '1' });
    writeTree(at.root, { victim: 'old', copy: null });
    symlinkSync('../victim', join(at.copy, MANIFEST_NAME));
    await mirror(at.source, at.copy, { force: true });
    expect(readFileSync(join(at.root, 'victim'), 'utf8')).toBe('old');
    expect(lstatSync(join(at.copy, MANIFEST_NAME)).isFile()).toBe(true);
    symlinkSync('../victim', join(at.copy, LOCK_NAME));
    writeFileSync(join(at.source, 'a'), '2');
    expect((await failure(mirror(at.source, at.copy))).code).toBe('locked');
    expect(readFileSync(join(at.root, 'victim'), 'utf8')).toBe('old');
  });
});

describe('what a cut-off run leaves behind', () => {
  test('half-written files go with the next run, even when nothing is deleted', async () => {
    const left = {
      '.a.cairn-0123456789ab': 'half',
      'd/.cairn-0123456789ab': 'half',
      'gone/.x.cairn-0123456789ab': 'half',
    };
    const at = places({ a: '1', 'd/b': '2' });
    await mirror(at.source, at.copy);
    writeTree(at.copy, left);
    writeTree(at.copy, { '.a.cairn-0123456789aX': 'mine' });
    const plan = await planMirror(at.source, at.copy, { noDelete: true });
    expect([...plan.leftovers].sort()).toEqual(Object.keys(left).sort());
    await executeMirror(plan);
    expect(Object.keys(left).filter((path) => existsSync(join(at.copy, path)))).toEqual([]);
    expect(existsSync(join(at.copy, '.a.cairn-0123456789aX'))).toBe(true);
  });

  test('a file of the source with such a name is a file', async () => {
    const at = places({ '.a.cairn-0123456789ab': 'mine' });
    await mirror(at.source, at.copy);
    await expectMirrored(at.source, at.copy);
  });
});

describe('verifying', () => {
  test('names what is corrupt, missing, extra', async () => {
    const tree = {
      ...{ good: 'g', size: 's', content: 'c', gone: 'g', 'd/gone2': 'g', kind: 'k' },
      ...(makesLinks && { link: { link: 'good' } }),
      ...(!isWindows && { 'x\udcff': 'r' }),
    };
    const at = places(tree);
    utimesSync(join(at.source, 'content'), 1e9, 1e9);
    await mirror(at.source, at.copy);
    expect(isMirrorFolder(at.copy)).toBe(true);
    expect(isMirrorFolder(at.source)).toBe(false);
    const all = { good: Object.keys(tree).length, bytes: isWindows ? 6 : 7 };
    expect(await verifyMirror(at.copy)).toEqual({ ...all, findings: [], isComplete: true, isGood: true });
    writeFileSync(join(at.copy, 'size'), 'ss');
    disguise(join(at.copy, 'content'));
    rmSync(join(at.copy, 'gone'));
    rmSync(join(at.copy, 'd'), { recursive: true });
    toFolder(join(at.copy, 'kind'));
    if ('link' in tree) relink(join(at.copy, 'link'), 'elsewhere');
    if (!isWindows) rmSync(toFsPath(join(at.copy, 'x\udcff')));
    const { findings, good, isGood } = await verifyMirror(at.copy);
    expect(findings.map(({ kind, path }) => `${kind} ${path}`).sort()).toEqual(
      [
        ...['corrupt size', 'corrupt content', 'missing gone', 'missing d/gone2', 'missing kind', 'extra kind/in'],
        ...['corrupt link', 'missing x\udcff'].filter((line) => line.split(' ')[1]! in tree),
      ].sort(),
    );
    expect({ good, isGood }).toEqual({ good: 1, isGood: false });
  });

  test('what is only extra is no harm', async () => {
    const at = places({ a: '1' });
    await mirror(at.source, at.copy);
    writeFileSync(join(at.copy, 'b'), '');
    expect(await verifyMirror(at.copy)).toMatchObject({ findings: [{ kind: 'extra', path: 'b' }], isGood: true });
  });

  test('without a manifest, or with a damaged one, fails', async () => {
    const at = places({ a: '1' });
    expect((await failure(verifyMirror(at.source))).code).toBe('file-not-found');
    await mirror(at.source, at.copy);
    const manifest = readFileSync(join(at.copy, MANIFEST_NAME), 'utf8');
    writeFileSync(join(at.copy, MANIFEST_NAME), manifest.replace('"size":1', '"size":2'));
    expect((await failure(verifyMirror(at.copy))).code).toBe('repository-damaged');
    const { problems, notices } = await mirror(at.source, at.copy);
    expect({ problems, notices }).toEqual({ problems: [], notices: [expect.stringContaining('damaged')] });
    expect(await verifyMirror(at.copy)).toMatchObject({ good: 1, isGood: true });
  });

  test('can be cancelled', async () => {
    const at = places({ a: randomBytes('a', 3_000_000) });
    await mirror(at.source, at.copy);
    expect((await failure(verifyMirror(at.copy, { signal: AbortSignal.abort() }))).code).toBe('aborted');
    expect((await failure(planMirror(at.source, at.copy, { signal: AbortSignal.abort() }))).code).toBe('aborted');
  });
});

test('links of the copy keep their own targets, bytes and all', async () => {
  const at = places({ a: '1' });
  symlinkSync(toFsPath('t\udcff/../x'), join(at.source, 'l'));
  await mirror(at.source, at.copy);
  expect(readlinkSync(join(at.copy, 'l'), { encoding: 'buffer' })).toEqual(Buffer.from('74ff2f2e2e2f78', 'hex'));
  expect(await verifyMirror(at.copy)).toMatchObject({ good: 2 });
});
