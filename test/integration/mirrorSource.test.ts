import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { toFsPath } from '../../src/disk/fsPath.ts';
import { stampOf } from '../../src/disk/settledTimes.ts';
import { lstatExact } from '../../src/disk/stats.ts';
import { chooseCopyFolder } from '../../src/engine/mirror/copyFolder.ts';
import { describeSource, isSameSource } from '../../src/engine/mirror/copySource.ts';
import { executeMirror } from '../../src/engine/mirror/executeMirror.ts';
import {
  isManifestLink,
  MANIFEST_NAME,
  ManifestParser,
  manifestToLines,
  parseHeader,
} from '../../src/engine/mirror/manifestFormat.ts';
import { planMirror } from '../../src/engine/mirror/planMirror.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { expectMirrored, mirror } from '../helpers/mirror.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

/** Two projects of the same name, and a target. */
function places() {
  const root = tempFolder();
  const [one, two, target] = [join(root, 'one/app'), join(root, 'two/app'), join(root, 'target')];
  writeTree(one, { a: 'one', b: 'same', 'd/c': 'one' });
  writeTree(two, { a: 'two', b: 'same', 'd/c': 'two' });
  mkdirSync(target);
  return { root, one, two, target, copy: join(target, 'app') };
}

/** Makes a manifest say something else about its source, as if another had written it. */
function rewriteHeader(folder: string, change: Record<string, unknown>): void {
  const path = join(folder, MANIFEST_NAME);
  const [first = '', ...rest] = readFileSync(path, 'utf8').split('\n');
  const header = JSON.parse(`${first.replace(/,"entries":\[$/, '')}}`) as Record<string, unknown>;
  const changed = `${JSON.stringify({ ...header, ...change }).slice(0, -1)},"entries":[`;
  writeFileSync(path, [changed, ...rest].join('\n'));
}

/** Makes a manifest say that its files were copied when those of `source` were as they are now. */
function claimStamps(folder: string, source: string): void {
  const lines = readFileSync(join(folder, MANIFEST_NAME), 'utf8').split('\n');
  const first = parseHeader(lines[0]!);
  const parser = new ManifestParser();
  for (const line of lines.slice(0, -1)) parser.addLine(Buffer.from(line));
  const entries = [...parser.entries.values()].map((entry) => {
    const from = stampOf(lstatExact(toFsPath(join(source, entry.path))));
    return isManifestLink(entry) ? entry : { ...entry, from };
  });
  writeFileSync(join(folder, MANIFEST_NAME), [...manifestToLines(first, entries)].join(''));
}

let minute = 0;
const later = () => new Date(2026, 0, 1, 0, minute++);
const dated = async (source: string, folder: string, keep: number, force = false) =>
  mirror(source, folder, { dated: { keep }, now: later(), force });

describe('a plain mirror of another folder', () => {
  test('is not taken over unless that is forced', async () => {
    const { one, two, copy } = places();
    await mirror(one, copy);
    const before = describeTree(copy);
    const { needsForce, totals } = await planMirror(two, copy);
    expect(totals.delete).toBe(0);
    expect(needsForce).toContain(`is the copy of ${one}, not of ${two}`);
    expect(needsForce).toContain('--force');
    await expect(mirror(two, copy)).rejects.toMatchObject({ code: 'refused', message: needsForce });
    expect(describeTree(copy)).toEqual(before);
    await mirror(two, copy, { force: true });
    await expectMirrored(two, copy);
    expect((await planMirror(two, copy)).needsForce).toBeUndefined();
    expect((await planMirror(one, copy)).needsForce).toContain(`is the copy of ${two}`);
  });

  test('is not taken over when it has become that after the plan was made', async () => {
    const { one, two, copy } = places();
    const plan = await planMirror(two, copy);
    await mirror(one, copy);
    await expect(executeMirror(plan)).rejects.toMatchObject({ code: 'refused' });
    await expectMirrored(one, copy);
  });

  test('even if it is equal', async () => {
    const { one, two, copy } = places();
    await mirror(one, copy);
    writeTree(two, { a: 'one', 'd/c': 'one' });
    const plan = await planMirror(two, copy);
    expect(plan.needsForce).toContain('is the copy of');
    await executeMirror(plan, { force: true });
    await expectMirrored(two, copy);
    expect((await planMirror(two, copy)).needsForce).toBeUndefined();
  });

  test('proves nothing by the times and numbers that the files there had', async () => {
    const { one, two, copy } = places();
    for (const path of ['a', 'b', 'd/c']) for (const each of [one, two]) utimesSync(join(each, path), 1e9, 1e9);
    await mirror(one, copy);
    await dated(one, `${copy}-dated`, 1);
    const [name = ''] = readdirSync(`${copy}-dated`);
    // As two sticks may have a file of the same number, size and time.
    for (const folder of [copy, join(`${copy}-dated`, name)]) claimStamps(folder, two);
    await mirror(two, copy, { force: true });
    await expectMirrored(two, copy);
    const { name: second = '' } = await dated(two, `${copy}-dated`, 1, true);
    expect(readFileSync(join(`${copy}-dated`, second, 'a'), 'utf8')).toBe('two');
    expect(lstatSync(join(`${copy}-dated`, second, 'b')).nlink).toBe(2);
  });

  test('even if the rest of its manifest is damaged', async () => {
    const { one, two, copy } = places();
    await mirror(one, copy);
    const path = join(copy, MANIFEST_NAME);
    writeFileSync(path, readFileSync(path, 'utf8').replace('"size":3', '"size":4'));
    expect((await planMirror(two, copy)).needsForce).toContain('is the copy of');
    expect((await planMirror(one, copy)).needsForce).toBeUndefined();
  });
});

describe('the same folder', () => {
  test('is known when it was renamed, and its new name is noted', async () => {
    const { root, one, copy } = places();
    await mirror(one, copy);
    const renamed = join(root, 'renamed');
    renameSync(one, renamed);
    const plan = await planMirror(renamed, copy);
    expect({ needsForce: plan.needsForce, isDone: plan.isDone }).toEqual({ needsForce: undefined, isDone: false });
    await executeMirror(plan);
    expect(readFileSync(join(copy, MANIFEST_NAME), 'utf8').split('\n')[0]).toContain(JSON.stringify(renamed));
    await expectMirrored(renamed, copy);
  });

  test('is known through a link', async () => {
    const { root, one, copy } = places();
    await mirror(one, copy);
    symlinkSync(join(root, 'one'), join(root, 'link'));
    expect((await planMirror(join(root, 'link/app'), copy)).needsForce).toBeUndefined();
  });

  test('is known by its path when it was made anew', async () => {
    const { root, one, copy } = places();
    await mirror(one, copy);
    renameSync(one, join(root, 'old'));
    cpSync(join(root, 'old'), one, { recursive: true });
    expect((await planMirror(one, copy)).needsForce).toBeUndefined();
  });

  test('is known in the manifest of an older version, which has only its path', async () => {
    const { one, two, copy } = places();
    await mirror(one, copy);
    rewriteHeader(copy, { host: undefined, folder: undefined });
    expect((await planMirror(one, copy)).needsForce).toBeUndefined();
    expect((await planMirror(two, copy)).needsForce).toContain('is the copy of');
  });

  test('is another one on another machine, though its path is the same', async () => {
    const { one, copy } = places();
    await mirror(one, copy);
    rewriteHeader(copy, { host: 'elsewhere', folder: '1:1' });
    expect((await planMirror(one, copy)).needsForce).toContain(`is the copy of ${one} on elsewhere, not of ${one}`);
    // A machine may get another name: a container does each time.
    rewriteHeader(copy, { host: 'elsewhere', folder: describeSource(one).folder });
    expect((await planMirror(one, copy)).needsForce).toBeUndefined();
  });

  test('may be spelled as Windows allows', () => {
    const present = { source: 'C:\\Users\\me\\app', host: 'laptop' };
    for (const source of ['c:\\users\\ME\\app', 'C:/Users/me/app', 'C:\\Users\\me\\app\\']) {
      expect([source, isSameSource({ source, host: 'laptop' }, present)]).toEqual([source, true]);
    }
    for (const source of ['D:\\Users\\me\\app', 'C:\\Users\\me\\app2', '/Users/me/app']) {
      expect([source, isSameSource({ source, host: 'laptop' }, present)]).toEqual([source, false]);
    }
  });
});

describe('dated copies of another folder', () => {
  test('are refused company unless that is forced', async () => {
    const { one, two, copy } = places();
    await dated(one, copy, 2);
    await expect(dated(two, copy, 2)).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining(`holds dated copies of ${one} and none of ${two}`) as string,
    });
    expect(readdirSync(copy)).toHaveLength(1);
  });

  test('are neither counted nor removed, nor is what is unfinished of them', async () => {
    const { one, two, copy } = places();
    const ones = [await dated(one, copy, 3), await dated(one, copy, 3)].map(({ name }) => name!);
    const begun = `${(await dated(one, copy, 9)).name!}`;
    renameSync(join(copy, begun), join(copy, `${begun}.unfinished`));
    await dated(two, copy, 1, true);
    // From now on both are at home there.
    const twos = [await dated(two, copy, 1), await dated(two, copy, 1)].map(({ name }) => name!);
    expect(readdirSync(copy).sort()).toEqual([...ones, `${begun}.unfinished`, twos[1]].sort());
    const last = await dated(one, copy, 1);
    expect(readdirSync(copy).sort()).toEqual([twos[1], last.name].sort());
    expect((await planMirror(two, copy, { dated: {} })).kept).toEqual([
      { path: last.name, reason: `a copy of ${one}` },
    ]);
  });

  test('are told by what was begun of them, too', async () => {
    const { one, two, copy } = places();
    const { name } = await dated(one, copy, 1);
    renameSync(join(copy, name!), join(copy, `${name!}.unfinished`));
    await expect(dated(two, copy, 1)).rejects.toMatchObject({ code: 'refused' });
    await dated(one, copy, 1);
    expect(readdirSync(copy)).toHaveLength(1);
  });
});

describe('the folder of a target that a copy goes to', () => {
  const choose = (source: string, wanted: string) => chooseCopyFolder(source, wanted).folder;

  test('is not that of another project of the same name', async () => {
    const { root, one, two, copy } = places();
    expect(choose(one, copy)).toBe(copy);
    await mirror(one, copy);
    expect([choose(one, copy), choose(two, copy)]).toEqual([copy, `${copy}-2`]);
    writeTree(`${copy}-2`, { mine: 'by hand' });
    await dated(two, choose(two, copy), 1);
    expect(readdirSync(join(root, 'target')).sort()).toEqual(['app', 'app-2', 'app-3']);
    expect([choose(one, copy), choose(two, copy)]).toEqual([copy, `${copy}-3`]);
    const three = join(root, 'three/app');
    writeTree(three, { a: 'three' });
    expect(choose(three, copy)).toBe(`${copy}-4`);
  });

  test('has another name than was wanted for a reason that is said', async () => {
    const { one, two, copy } = places();
    expect(chooseCopyFolder(one, copy).notice).toBeUndefined();
    const { name } = await dated(one, copy, 1);
    expect(chooseCopyFolder(one, copy).notice).toBeUndefined();
    const notice = (is: string) =>
      `${copy} ${is} ${one}, so ${two} goes to ${copy}-2. If that is the same folder, which was moved, ` +
      'the older copy does not follow it any more: remove the one that you do not need.';
    expect(chooseCopyFolder(two, copy)).toEqual({ folder: `${copy}-2`, notice: notice('holds dated copies of') });
    rmSync(join(copy, name!), { recursive: true });
    await mirror(one, copy);
    expect(chooseCopyFolder(two, copy)).toEqual({ folder: `${copy}-2`, notice: notice('is the copy of') });
    await mirror(two, `${copy}-2`);
    expect(chooseCopyFolder(two, copy).notice).toBe(notice('is the copy of'));
  });

  test('is one that a person has made, about which they are asked', async () => {
    const { one, copy } = places();
    writeTree(copy, { b: 'mine' });
    expect(choose(one, copy)).toBe(copy);
    expect((await planMirror(one, copy)).needsForce).toContain('is not a mirror yet');
  });
});
