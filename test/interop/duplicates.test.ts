/**
 * Duplicates against fdupes and jdupes on trees made at random: small files and large ones, of which
 * many are the same, or the same but for a byte, or further names of each other.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, linkSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareRaw, decodeRaw } from '../../src/base/rawName.ts';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { findDuplicates } from '../../src/engine/duplicates.ts';
import { sampleOf } from '../helpers/effort.ts';
import { randomBytes, seededRandom } from '../helpers/random.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const FILES = 1500;

/** What the tools print: sets of lines, an empty line after each. */
function run(program: string, args: readonly string[]): string[][] {
  let output: Buffer;
  try {
    output = execFileSync(program, args, { maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Error(`The real ${program} is needed for this test (Debian: apt-get install ${program}).`, {
      cause: error,
    });
  }
  const sets = decodeRaw(output).split('\n\n');
  return sets.map((set) => set.split('\n').filter((line) => line !== '')).filter((set) => set.length > 1);
}

/** Sets of files, not of names, and without order: of a file with several names, any may have been printed. */
function toFiles(sets: readonly (readonly string[])[]): string[][] {
  const files = sets.map((set) => set.map((path) => String(lstatSync(toFsPath(path)).ino)).sort());
  return files.sort((a, b) => (a[0]! < b[0]! ? -1 : 1));
}

function makeTree(root: string, seed: number): void {
  const random = seededRandom(seed);
  const contents = Array.from({ length: 150 }, (_, index) => {
    const size = random.pick([0, 1, 2, 100, 4096, 16_384, 16_385, 40_000, 1_100_000]) + random.below(3);
    return randomBytes(`${seed} ${index}`, index % 10 === 0 ? size : Math.min(size, 41_000));
  });
  const made: string[] = [];
  for (let index = 0; index < FILES; index++) {
    const folders = Array.from({ length: random.below(4) }, () => random.pick(['a', 'b c', 'ü', '.hidden', 'x\udcff']));
    const path = join(root, ...folders, `file ${index}`);
    mkdirSync(toFsPath(dirname(path)), { recursive: true });
    const kind = random.below(20);
    if (kind === 0 && made.length > 0) linkSync(toFsPath(random.pick(made)), toFsPath(path));
    else if (kind === 1 && made.length > 0) symlinkSync(toFsPath(random.pick(made)), toFsPath(path));
    else {
      const content = Buffer.from(random.pick(contents));
      if (kind === 2 && content.length > 0) content[random.below(content.length)]! ^= 1 + random.below(255);
      writeFileSync(toFsPath(path), content);
      if (kind === 3) appendFileSync(toFsPath(path), 'x');
      made.push(path);
    }
  }
}

describe.each(sampleOf([1, 2, 3], 1))('tree %i', (seed) => {
  const root = join(tempFolder(), 'root');
  makeTree(root, seed);

  test.each([
    { program: 'fdupes', args: ['-r', '-q', '-n'], minSize: 1 },
    { program: 'fdupes', args: ['-r', '-q'], minSize: 0 },
    { program: 'fdupes', args: ['-r', '-q', '-G', '4096'], minSize: 4096 },
    { program: 'jdupes', args: ['-r', '-q'], minSize: 1 },
    { program: 'jdupes', args: ['-r', '-q', '-z'], minSize: 0 },
  ])('as $program $args', async ({ program, args, minSize }) => {
    const { sets, unreadable } = await findDuplicates([root], { minSize });
    expect(unreadable).toEqual([]);
    expect(sets.length).toBeGreaterThan(50);
    const theirs = toFiles(run(program, [...args, root]));
    // jdupes may print several names of a file unless the first file of the set is meant.
    const expected = program === 'jdupes' ? theirs.map((set) => [...new Set(set)]) : theirs;
    expect(toFiles(sets.map(({ paths }) => paths))).toEqual(expected.filter((set) => set.length > 1));
  });

  test('counts and wasted bytes as fdupes sums them up', async () => {
    const { sets, duplicateFiles, wastedBytes } = await findDuplicates([root], { minSize: 0 });
    const summary = execFileSync('fdupes', ['-r', '-q', '-m', root], { encoding: 'utf8' });
    const [, files, count, amount, unit] = /(\d+) duplicate files \(in (\d+) sets\), occupying ([\d.]+) (\w+)/.exec(
      summary,
    )!;
    expect([duplicateFiles, sets.length]).toEqual([Number(files), Number(count)]);
    const scale = unit === 'megabytes' ? 1e6 : unit === 'kilobytes' ? 1e3 : 1;
    expect(Math.abs(wastedBytes / scale - Number(amount))).toBeLessThan(0.06);
  });

  test('is in order: waste falls, names rise', async () => {
    const { sets } = await findDuplicates([root]);
    expect(sets.map(({ wasted }) => wasted)).toEqual(sets.map(({ wasted }) => wasted).sort((a, b) => b - a));
    for (const { paths } of sets) expect(paths).toEqual([...paths].sort(compareRaw));
  });
});
