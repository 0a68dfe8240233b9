/** Mirrors of random trees after random edits, also when runs are cut off at every possible moment. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { errorCode } from '../../src/base/errors.ts';
import { isWindows } from '../../src/disk/system.ts';
import { MANIFEST_NAME } from '../../src/engine/mirror/manifestFormat.ts';
import { verifyMirror } from '../../src/engine/mirror/verifyMirror.ts';
import { breakAfter, disk } from '../helpers/brokenDisk.ts';
import { sampleOf } from '../helpers/effort.ts';
import { expectMirrored, letTimePass, mirror } from '../helpers/mirror.ts';
import { seededRandom } from '../helpers/random.ts';
import { editRandomly } from '../helpers/randomTree.ts';
import { removeTree, tempFolder } from '../helpers/tempFolder.ts';

vi.mock('node:fs', async (original) => {
  const { breakable } = await import('../helpers/brokenDisk.ts');
  return breakable(await original());
});

/** What the manifest holds; nothing if it is no file, or not there. */
function manifestOf(copy: string): string | undefined {
  const path = join(copy, MANIFEST_NAME);
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? readFileSync(path, 'utf8') : undefined;
}

describe('random edits', () => {
  test.each(sampleOf([1, 2, 3, 4, 5, 6, 7, 8], 3))('round after round, seed %i', async (seed) => {
    const random = seededRandom(seed);
    const root = tempFolder();
    const [source, copy] = [join(root, 'source'), join(root, 'copy')];
    editRandomly(source, random, 60);
    let isSpoilt = false;
    for (let round = 0; round < 12; round++) {
      // Content under an old size and time is found in the source, but in the copy only by reading it.
      const forceHash = round > 0 && round % 3 === 0;
      const { problems } = await mirror(source, copy, { force: true, forceHash });
      const isExpected = ({ path }: { readonly path: string }) => isSpoilt && path === join(copy, MANIFEST_NAME);
      expect(problems.filter((problem) => !isExpected(problem))).toEqual([]);
      await expectMirrored(source, copy);
      expect(await verifyMirror(copy)).toMatchObject({ findings: [], isComplete: true });
      editRandomly(source, random, random.below(25));
      // Somebody works in the copy, too, and may write into the manifest.
      const manifest = manifestOf(copy);
      if (round % 3 === 2) editRandomly(copy, random, random.below(10));
      isSpoilt = ![undefined, manifest].includes(manifestOf(copy));
      if (statSync(join(copy, MANIFEST_NAME), { throwIfNoEntry: false })?.isDirectory()) {
        expect(await mirror(source, copy, { force: true }).catch(errorCode)).toBe('refused');
        removeTree(join(copy, MANIFEST_NAME));
      }
    }
  });
});

describe('cut off', () => {
  const expectedCodes = ['disk-full', 'read-only', 'storage-error', 'permission-denied', 'refused', 'locked'];

  /** Whatever a run that was cut off has left behind, the manifest is true, and the next run completes it. */
  async function checkRecovery(source: string, copy: string): Promise<void> {
    const { findings } = await verifyMirror(copy).catch((error: unknown) => {
      // Before the first manifest was written there is none.
      if (errorCode(error) !== 'file-not-found') throw error;
      return { findings: [] };
    });
    expect(findings.filter(({ kind }) => kind !== 'extra')).toEqual([]);
    letTimePass(copy);
    const { problems } = await mirror(source, copy, { force: true });
    expect(problems).toEqual([]);
    await expectMirrored(source, copy);
    expect(await verifyMirror(copy)).toMatchObject({ findings: [], isComplete: true });
  }

  test.each(['EIO', 'ENOSPC', 'EROFS', 'EACCES'])('by a disk that fails with %s at any step', async (code) => {
    const random = seededRandom(code.length * 7 + code.charCodeAt(1));
    const root = tempFolder();
    const [source, copy] = [join(root, 'source'), join(root, 'copy')];
    editRandomly(source, random, 25);
    let cut = 0;
    // On Windows each step that is refused in this way is tried again for a second: another program may hold the file.
    const rounds = isWindows && code === 'EACCES' ? 12 : 60;
    /** A run either says what it could not do, or ends with an error that does. */
    const expectReport = async (force: boolean) => {
      try {
        const { problems } = await mirror(source, copy, { force });
        if (disk.stepsLeft! < 0) expect(problems).not.toEqual([]);
      } catch (error) {
        expect(expectedCodes).toContain(errorCode(error));
      }
    };
    for (let round = 0; round < rounds; round++) {
      disk.code = code;
      const { wasCut } = await breakAfter(random.below(random.pick([3, 20, 60])), () => expectReport(round % 2 === 0));
      if (wasCut) cut++;
      if (round % 3 === 0) await checkRecovery(source, copy);
      editRandomly(source, random, 1 + random.below(8));
    }
    await checkRecovery(source, copy);
    expect(cut).toBeGreaterThan(rounds / 3);
  });

  test('by a person, at any entry', async () => {
    const random = seededRandom(99);
    const root = tempFolder();
    const [source, copy] = [join(root, 'source'), join(root, 'copy')];
    editRandomly(source, random, 40);
    let cancelled = 0;
    for (let round = 0; round < 60; round++) {
      const controller = new AbortController();
      let left = random.below(15);
      const onEntry = () => void (left-- === 0 && controller.abort());
      await mirror(source, copy, { force: true, signal: controller.signal, onEntry }).catch((error: unknown) => {
        expect(errorCode(error)).toBe('aborted');
        cancelled++;
      });
      if (round % 4 === 0) await checkRecovery(source, copy);
      editRandomly(source, random, 1 + random.below(12));
    }
    await checkRecovery(source, copy);
    expect(cancelled).toBeGreaterThan(15);
  });
});
