import {
  appendFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  readFileSync,
  chmodSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { errorCode } from '../../src/base/errors.ts';
import { listDatedCopies } from '../../src/engine/mirror/datedCopies.ts';
import { executeMirror } from '../../src/engine/mirror/executeMirror.ts';
import { MANIFEST_NAME } from '../../src/engine/mirror/manifestFormat.ts';
import { planMirror } from '../../src/engine/mirror/planMirror.ts';
import { isMirrorFolder, verifyMirror } from '../../src/engine/mirror/verifyMirror.ts';
import { breakAfter, disk } from '../helpers/brokenDisk.ts';
import { sampleOf } from '../helpers/effort.ts';
import { makesLinks, writeTree } from '../helpers/fileTree.ts';
import { letTimePass, mirror } from '../helpers/mirror.ts';
import { seededRandom } from '../helpers/random.ts';
import { editRandomly } from '../helpers/randomTree.ts';
import { expectSameTree } from '../helpers/sameTree.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

vi.mock('node:fs', async (original) => {
  const { breakable } = await import('../helpers/brokenDisk.ts');
  return breakable(await original());
});

interface Places {
  readonly source: string;
  readonly history: string;
}

function places(): Places {
  const root = tempFolder();
  return { source: join(root, 'source'), history: join(root, 'history') };
}

/** Makes a dated copy some seconds after the one before, and returns its folder. */
async function makeCopy({ source, history }: Places, seconds: number, keep?: number): Promise<string> {
  const now = new Date(2026, 0, 31, 17, 5, seconds);
  const { name, problems } = await mirror(source, history, { dated: keep === undefined ? {} : { keep }, now });
  expect(problems).toEqual([]);
  return join(history, name!);
}

const inode = (...path: string[]) => lstatSync(join(...path)).ino;

describe('a dated copy', () => {
  test('is whole, and shares what is unchanged with the one before', async () => {
    const at = places();
    writeTree(at.source, {
      same: 'same',
      changed: 'old',
      'd/touched': 't',
      'd/moded': 'm',
      gone: 'g',
      l: { link: 'same' },
      e: null,
    });
    const first = await makeCopy(at, 1);
    expect(first).toBe(join(at.history, '20260131-170501'));
    expectSameTree(first, at.source, [MANIFEST_NAME]);
    writeFileSync(join(at.source, 'changed'), 'new');
    utimesSync(join(at.source, 'd/touched'), 1, 1);
    const { mode } = lstatSync(join(first, 'd/moded'));
    chmodSync(join(at.source, 'd/moded'), 0o400);
    rmSync(join(at.source, 'gone'));
    writeTree(at.source, { added: 'a' });
    const before = readFileSync(join(first, MANIFEST_NAME), 'utf8');
    const second = await makeCopy(at, 2);
    expect(inode(first, 'same')).toBe(inode(second, 'same'));
    for (const path of ['changed', 'd/touched', 'd/moded'])
      expect(inode(first, path), path).not.toBe(inode(second, path));
    expect(readFileSync(join(first, 'changed'), 'utf8')).toBe('old');
    expect(lstatSync(join(first, 'd/moded')).mode).toBe(mode);
    expect(readFileSync(join(first, MANIFEST_NAME), 'utf8')).toBe(before);
    expect(existsSync(join(first, 'gone')) && !existsSync(join(second, 'gone'))).toBe(true);
    expect(await verifyMirror(at.history)).toMatchObject({
      good: 2 * (5 + Number(makesLinks)),
      findings: [],
      isComplete: true,
    });
  });

  test('of the same second has a name of its own', async () => {
    const at = places();
    writeTree(at.source, { a: '1' });
    for (let number = 0; number < 11; number++) await makeCopy(at, 1);
    const names = listDatedCopies(at.history).map(({ name }) => name);
    expect(names.slice(0, 3)).toEqual(['20260131-170501', '20260131-170501-2', '20260131-170501-3']);
    expect(names.at(-1)).toBe('20260131-170501-11');
  });

  test('is copied whole where there are no hard links', async () => {
    const at = places();
    writeTree(at.source, { a: '1' });
    const first = await makeCopy(at, 1);
    disk.hasHardLinks = false;
    const second = await makeCopy(at, 2).finally(() => (disk.hasHardLinks = true));
    expect(inode(first, 'a')).not.toBe(inode(second, 'a'));
    expectSameTree(second, at.source, [MANIFEST_NAME]);
  });

  test('does not share what was damaged in the one before', async () => {
    const at = places();
    writeTree(at.source, { a: '111', b: '222', c: '333' });
    const first = await makeCopy(at, 1);
    writeFileSync(join(first, 'a'), '11');
    rmSync(join(first, 'b'));
    symlinkSync(join(at.source, 'c'), join(first, 'b'));
    rmSync(join(first, 'c'));
    const second = await makeCopy(at, 2);
    expect(['a', 'b', 'c'].map((path) => readFileSync(join(second, path), 'utf8'))).toEqual(['111', '222', '333']);
  });

  test('names of one file are names of one file, and two files are two', async () => {
    const at = places();
    writeTree(at.source, { a: 'x', b: 'x' });
    const { linkSync, unlinkSync, copyFileSync } = await import('node:fs');
    linkSync(join(at.source, 'a'), join(at.source, 'a2'));
    utimesSync(join(at.source, 'a'), 1, 1);
    const first = await makeCopy(at, 1);
    expect(inode(first, 'a')).toBe(inode(first, 'a2'));
    unlinkSync(join(at.source, 'a2'));
    copyFileSync(join(at.source, 'a'), join(at.source, 'a2'));
    utimesSync(join(at.source, 'a2'), 1, 1);
    const second = await makeCopy(at, 2);
    expect(inode(second, 'a')).toBe(inode(first, 'a'));
    expect(inode(second, 'a2')).not.toBe(inode(second, 'a'));
  });
});

describe('of the copies', () => {
  test('the newest are kept, and nothing but copies is removed', async () => {
    const at = places();
    writeTree(at.source, { 'd/a': '1' });
    const foreign = {
      '20200101-000000/no-manifest': 'mine',
      '20200101-000000.unfinished/mine': 'mine',
      [`2020-01-01/${MANIFEST_NAME}`]: '',
      '20200102-000000x/a': 'mine',
      '20200103-000000': 'a file',
      other: 'mine',
    };
    writeTree(at.history, foreign);
    symlinkSync(at.source, join(at.history, '20200104-000000'));
    for (let second = 1; second <= 5; second++) {
      const folder = await makeCopy(at, second, 3);
      const left = listDatedCopies(at.history).map(({ name }) => name);
      expect(left).toHaveLength(Math.min(second, 3));
      expect(left.at(-1)).toBe(folder.slice(at.history.length + 1));
    }
    expect(readdirSync(at.history).sort()).toEqual(
      [
        ...[
          '20200101-000000',
          '20200101-000000.unfinished',
          '2020-01-01',
          '20200102-000000x',
          '20200103-000000',
          'other',
        ],
        ...(makesLinks ? ['20200104-000000'] : []),
        ...['20260131-170503', '20260131-170504', '20260131-170505'],
      ].sort(),
    );
    expect(existsSync(join(at.source, 'd/a'))).toBe(true);
  });

  test('none is removed if the new one is not whole', async () => {
    const at = places();
    writeTree(at.source, { a: '1', b: '2' });
    await makeCopy(at, 1);
    const plan = await planMirror(at.source, at.history, { dated: { keep: 1 } });
    expect(plan.dated!.expired).toEqual(['20260131-170501']);
    const problem = { path: join(at.source, 'b'), code: 'EACCES', message: 'unreadable' };
    expect(await executeMirror({ ...plan, problems: [problem] })).toMatchObject({ postponed: 1, deleted: 0 });
    expect(listDatedCopies(at.history)).toHaveLength(2);
  });

  test('one that lacks files pushes out no whole one, and goes as soon as it is old enough', async () => {
    const at = places();
    writeTree(at.source, { a: '1', b: '2' });
    const problem = { path: join(at.source, 'b'), code: 'EACCES', message: 'unreadable' };
    const makeLacking = async (seconds: number) => {
      const now = new Date(2026, 0, 31, 17, 5, seconds);
      const plan = await planMirror(at.source, at.history, { dated: { keep: 2 }, now });
      await executeMirror({ ...plan, files: plan.files.filter(({ path }) => path !== 'b'), problems: [problem] });
    };
    const left = () => readdirSync(at.history).map((name) => Number(name.slice(-2)));
    await makeCopy(at, 1, 2);
    await makeLacking(2);
    await makeLacking(3);
    expect(left()).toEqual([1, 2, 3]);
    const fourth = await makeCopy(at, 4, 2);
    expect(left()).toEqual([1, 3, 4]);
    // What the newest one lacks is shared with one that has it.
    expect(inode(fourth, 'b')).toBe(inode(at.history, '20260131-170501', 'b'));
    await makeCopy(at, 5, 2);
    expect(left()).toEqual([4, 5]);
    await makeLacking(6);
    expect(left()).toEqual([4, 5, 6]);
  });

  test('one of which the manifest is damaged is told of, and nothing is shared with it', async () => {
    const at = places();
    writeTree(at.source, { a: '1' });
    const first = await makeCopy(at, 1);
    appendFileSync(join(first, MANIFEST_NAME), 'x');
    const result = await mirror(at.source, at.history, { dated: {}, now: new Date(2026, 0, 31, 17, 5, 2) });
    expect(result).toMatchObject({ problems: [], copied: 1, linked: 0 });
    expect(result.notices).toEqual([expect.stringMatching(/damaged.*Nothing is shared with the copy .*170501/)]);
  });

  test('those that a clock made older than they are, are told by their manifests', async () => {
    const at = places();
    writeTree(at.source, { a: '1' });
    await makeCopy(at, 50);
    const second = await makeCopy(at, 10, 1);
    expect(listDatedCopies(at.history).map(({ name }) => join(at.history, name))).toEqual([second]);
  });

  test('a plain mirror and dated ones do not mix', async () => {
    const at = places();
    writeTree(at.source, { a: '1' });
    await makeCopy(at, 1);
    await expect(planMirror(at.source, at.history)).rejects.toMatchObject({ code: 'refused' });
    const plain = join(at.history, '../plain');
    await mirror(at.source, plain);
    await expect(planMirror(at.source, plain, { dated: {} })).rejects.toMatchObject({ code: 'refused' });
    await expect(planMirror(at.source, at.history, { dated: { keep: 0 } })).rejects.toMatchObject({ code: 'usage' });
    expect(isMirrorFolder(at.history)).toBe(true);
  });

  test('a plan writes nothing', async () => {
    const at = places();
    writeTree(at.source, { a: '1' });
    mkdirSync(at.history);
    await planMirror(at.source, at.history, { dated: { keep: 1 } });
    expect(readdirSync(at.history)).toEqual([]);
  });
});

test.each(sampleOf([1, 2, 3], 1))(
  'cut off at any step, whole copies stay whole and the next is whole, seed %i',
  async (seed) => {
    const random = seededRandom(seed);
    const at = places();
    editRandomly(at.source, random, 25);
    let cut = 0;
    for (let round = 0; round < 40; round++) {
      const now = new Date(2026, 0, 1, 0, round);
      const { wasCut } = await breakAfter(random.below(random.pick([10, 40, 150])), async () => {
        try {
          await mirror(at.source, at.history, { dated: { keep: 2 }, now });
        } catch (error) {
          expect(['storage-error', 'locked']).toContain(errorCode(error));
        }
      });
      if (wasCut) cut++;
      letTimePass(at.history);
      const copies = listDatedCopies(at.history);
      if (copies.length > 0) {
        // A run that failed to write some file may have made a copy that lacks it, but nothing in it is wrong.
        expect(await verifyMirror(at.history)).toMatchObject({ findings: [], isComplete: true });
      }
      if (round % 4 === 0) {
        const later = new Date(2026, 0, 2, 0, round);
        const { name, problems } = await mirror(at.source, at.history, { dated: { keep: 2 }, now: later });
        expect(problems).toEqual([]);
        expectSameTree(join(at.history, name!), at.source, [MANIFEST_NAME], false);
        expect(readdirSync(at.history).filter((each) => !/^\d{8}-\d{6}(-\d+)?$/.test(each))).toEqual([]);
        const copies = listDatedCopies(at.history);
        expect(copies.filter(({ header }) => header.lacking === undefined).length).toBeLessThanOrEqual(2);
        expect(copies.slice(0, -2).filter(({ header }) => header.lacking !== undefined)).toEqual([]);
      }
      editRandomly(at.source, random, 1 + random.below(8));
    }
    expect(cut).toBeGreaterThan(10);
  },
);
