import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareRaw, decodeRaw } from '../../../src/base/rawName.ts';
import { toFsPath } from '../../../src/disk/fsPath.ts';
import { createIgnoreState } from '../../../src/workspace/ignoreRules.ts';
import { findEntry } from '../../../src/workspace/listFolder.ts';
import { withReachablePath } from '../../../src/disk/reachablePath.ts';
import { walk, type WalkStep } from '../../../src/workspace/walk.ts';
import { writeTree } from '../../helpers/fileTree.ts';
import { pathBelow } from '../../helpers/paths.ts';
import { seededRandom } from '../../helpers/random.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

function steps(root: string): WalkStep[] {
  return [...walk(root, createIgnoreState(root, root, {}))];
}

function namedSteps(root: string): string[] {
  return steps(root).map(({ step, path }) => `${step} ${pathBelow(root, path)}`);
}

/** The paths below `root` as the `find` program lists them. */
function findPaths(root: string): string[] {
  const output = execFileSync('find', ['.', '-mindepth', '1', '-print0'], { cwd: root, maxBuffer: 2 ** 28 });
  return output
    .toString('latin1')
    .split('\0')
    .filter(Boolean)
    .map((path) => decodeRaw(Buffer.from(path.slice(2), 'latin1')));
}

test('a walk enters and leaves each folder around what is in it', () => {
  const root = tempFolder();
  writeTree(root, { 'a/b/c': 'x', 'a/b/d': null, 'a.txt': 'x', 'a-': 'x' });
  expect(namedSteps(root)).toEqual([
    'enter ',
    'enter a',
    'enter a/b',
    'entry a/b/c',
    'enter a/b/d',
    'leave a/b/d',
    'leave a/b',
    'leave a',
    'entry a-',
    'entry a.txt',
    'leave ',
  ]);
});

test('a walk does not enter what a link leads to', () => {
  const root = tempFolder();
  writeTree(root, { 'a/b': 'x', l: { link: 'a' } });
  expect(namedSteps(root)).toEqual(['enter ', 'enter a', 'entry a/b', 'leave a', 'entry l', 'leave ']);
});

test('a walk finds what `find` finds, in order, in random trees', () => {
  const random = seededRandom(7);
  for (let run = 0; run < 10; run++) {
    const root = tempFolder();
    growTree(random, root, 5);
    const found: string[] = [];
    const open: string[] = [];
    for (const { step, path, entry } of steps(root)) {
      if (step === 'leave') expect(open.pop()).toBe(path);
      else if (step === 'enter') open.push(path);
      if (step !== 'leave' && entry) {
        found.push(path.slice(root.length + 1));
        expect(path.slice(0, -entry.name.length - 1)).toBe(step === 'entry' ? open.at(-1) : open.at(-2));
      }
    }
    expect(open).toEqual([]);
    expect([...found].sort()).toEqual(findPaths(root).sort());
    const bySegments = [...found].sort((a, b) => compareSegments(a.split('/'), b.split('/')));
    expect(found).toEqual(bySegments);
  }
});

test('a walk reads a folder when it comes to it, and stops when told to', () => {
  const root = tempFolder();
  writeTree(root, { 'a/x': 'x', 'b/x': 'x' });
  const late = walk(root, createIgnoreState(root, root, {}));
  late.next();
  writeTree(root, { 'a/y': 'x' });
  expect([...late].map((step) => step.path)).toContain(join(root, 'a/y'));

  const controller = new AbortController();
  const stopped = walk(root, createIgnoreState(root, root, {}), controller.signal);
  stopped.next();
  controller.abort();
  expect(() => stopped.next()).toThrow(expect.objectContaining({ code: 'aborted' }));
});

describe('a tree deeper than a path can be long', () => {
  test.each([
    { depth: 1_000, name: 'd' },
    { depth: 60, name: 'n'.repeat(255) },
    { depth: 400, name: 'ünder\udcff' },
  ])('is walked whole: $depth levels of $name', ({ depth, name }) => {
    const root = tempFolder();
    const bottom = digDown(root, depth, name);
    expect(findPaths(root)).toHaveLength(depth + 3);
    expectWholeWalk(root, depth, bottom);
  });
});

test('a tree that is deeper than most programs can reach on Windows is walked whole', () => {
  const root = tempFolder();
  expectWholeWalk(root, 60, digDown(root, 60, 'n'.repeat(50)));
});

/** Makes folders in each other with three files in the last one, and returns that. */
function digDown(root: string, depth: number, name: string): string {
  let path = root;
  for (let level = 0; level < depth; level++) {
    path = join(path, name);
    withReachablePath(path, (reachable) => mkdirSync(reachable));
  }
  withReachablePath(join(path, 'file'), (reachable) => writeFileSync(reachable, 'at the bottom'));
  withReachablePath(join(path, '.gitignore'), (reachable) => writeFileSync(reachable, '*.log\n'));
  withReachablePath(join(path, 'a.log'), (reachable) => writeFileSync(reachable, 'x'));
  return path;
}

function expectWholeWalk(root: string, depth: number, bottom: string): void {
  const file = join(bottom, 'file');
  const all = [...walk(root, createIgnoreState(root, root, { useIgnoreFiles: true }))];
  expect(all.flatMap((step) => (step.step === 'enter' ? step.listing.errors : []))).toEqual([]);
  expect(all.filter((step) => step.step === 'entry').map((step) => step.path)).toEqual([
    join(bottom, '.gitignore'),
    file,
  ]);
  expect(all).toHaveLength(2 * (depth + 1) + 2);
  const state = createIgnoreState(root, root, { useIgnoreFiles: true });
  expect(findEntry(file, state)).toMatchObject({ found: 'entry', entry: { stats: { size: 13n } } });
  expect(findEntry(join(bottom, 'a.log'), state)).toMatchObject({ found: 'skipped', skipped: { reason: 'gitignore' } });
}

function growTree(random: ReturnType<typeof seededRandom>, folder: string, depth: number): void {
  mkdirSync(toFsPath(folder), { recursive: true });
  for (let count = random.below(8); count > 0; count--) {
    const name =
      random.pick(['a', 'b', 'a.b', 'a-b', 'é', '\ue000', '\u{1f600}', '\udcff', '\ufffd', 'Z', '0']) + random.below(3);
    if (depth > 0 && random.next() < 0.5) growTree(random, join(folder, `${name}d`), depth - 1);
    else writeFileSync(toFsPath(join(folder, name)), 'x');
  }
}

function compareSegments(a: readonly string[], b: readonly string[]): number {
  const at = a.findIndex((name, index) => name !== b[index]);
  if (at < 0) return a.length - b.length;
  return b[at] === undefined ? 1 : compareRaw(a[at]!, b[at]);
}
