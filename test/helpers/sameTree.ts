import { expect } from 'vitest';
import { isWindows } from '../../src/disk/system.ts';
import { describeTree } from './describeTree.ts';

/** Node sets times as doubles, on Windows counted from 1601. Nanoseconds. */
const TOLERANCE = isWindows ? 1200n : 1000n;

/**
 * Fails unless the trees are equal in names, kinds, modes, owners, sizes, times, contents and numbers of
 * names; the last can be left out.
 */
export function expectSameTree(copy: string, source: string, except: readonly string[] = [], countNames = true): void {
  const ours = describe(copy, except, countNames);
  const theirs = describe(source, except, countNames);
  expect(ours.map(({ facts }) => facts)).toEqual(theirs.map(({ facts }) => facts));
  const wrong = ours.filter(({ time }, at) => {
    const difference = time - theirs[at]!.time;
    return difference > TOLERANCE || difference < -TOLERANCE;
  });
  expect(wrong).toEqual([]);
}

function describe(root: string, except: readonly string[], countNames: boolean): { facts: string; time: bigint }[] {
  const lines = describeTree(root).filter(
    (line) => !except.some((path) => line.startsWith(`${JSON.stringify(path)} `)),
  );
  return lines.map((line) => {
    const [, before, names, time, content] = /^(.*) (\d*) (\d+) (\w*)$/s.exec(line)!;
    return { facts: `${before} ${countNames ? names : ''} ${content}`, time: BigInt(time!) };
  });
}
