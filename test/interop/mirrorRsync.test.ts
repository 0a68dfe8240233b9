/** Mirrors against rsync: it finds nothing left to do, and with the same excludes it comes to the same result. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MANIFEST_NAME } from '../../src/engine/mirror/manifestFormat.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { sampleOf } from '../helpers/effort.ts';
import { mirror } from '../helpers/mirror.ts';
import { seededRandom } from '../helpers/random.ts';
import { editRandomly } from '../helpers/randomTree.ts';
import { removeTree, tempFolder } from '../helpers/tempFolder.ts';

function rsync(args: readonly string[], source: string, copy: string): string {
  const { status, stdout, stderr, error } = spawnSync('rsync', [...args, `${source}/`, `${copy}/`], {
    encoding: 'latin1',
  });
  if (error)
    throw new Error('The real rsync is needed for this test (Debian: apt-get install rsync).', { cause: error });
  // 23: something could not be made, which is what a protected file in the way means.
  if (status !== 0 && status !== 23) throw new Error(stderr);
  return stdout;
}

test.each(sampleOf([11, 12, 13, 14], 2))('rsync finds no difference, seed %i', async (seed) => {
  const random = seededRandom(seed);
  const root = tempFolder();
  const [source, copy] = [join(root, 'source'), join(root, 'copy')];
  editRandomly(source, random, 120);
  for (let round = 0; round < 8; round++) {
    const { problems } = await mirror(source, copy, { force: true });
    expect(problems).toEqual([]);
    expect(rsync(['-anciH', '--delete', `--exclude=/${MANIFEST_NAME}`], source, copy)).toBe('');
    editRandomly(source, random, random.below(40));
  }
});

test.each(sampleOf([21, 22, 23, 24, 25, 26], 2))(
  'excludes protect in the copy as with rsync --delete, seed %i',
  async (seed) => {
    const random = seededRandom(seed);
    const root = tempFolder();
    const [source, ours, theirs] = [join(root, 'source'), join(root, 'ours'), join(root, 'theirs')];
    for (let round = 0; round < 6; round++) {
      editRandomly(source, random, 30);
      // Random edits may leave nothing that is not excluded.
      removeTree(join(source, 'something'));
      writeFileSync(join(source, 'something'), String(round));
      mkdirSync(ours, { recursive: true });
      editRandomly(ours, random, 15);
      execFileSync('rm', ['-rf', theirs, join(ours, MANIFEST_NAME)]);
      execFileSync('cp', ['-a', ours, theirs]);
      await mirror(source, ours, { force: true, forceHash: true, rules: { excludeGlobs: ['b', '.hidden', 'new*'] } });
      rsync(['-acH', '--delete', '--exclude=b', '--exclude=.hidden', '--exclude=new*'], source, theirs);
      expect(namesOf(ours)).toEqual(namesOf(theirs));
    }
  },
);

/** Paths, kinds and contents. What was in the way of whom decides about times. */
function namesOf(root: string): string[] {
  const lines = describeTree(root).filter((line) => !line.startsWith(`"${MANIFEST_NAME}" `));
  return lines.map((line) => line.replace(/" (\d+) .* (\w*)$/s, '" $1 $2'));
}
