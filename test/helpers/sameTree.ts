import { expect } from 'vitest';
import { describeTree } from './describeTree.ts';

/** Node sets times as doubles. Nanoseconds. */
const TOLERANCE = 1000n;

/** Fails unless the trees are equal in names, kinds, modes, owners, sizes, numbers of names, times and contents. */
export function expectSameTree(copy: string, source: string, except: readonly string[] = []): void {
  const ours = describe(copy, except);
  const theirs = describe(source, except);
  expect(ours.map(({ facts }) => facts)).toEqual(theirs.map(({ facts }) => facts));
  const wrong = ours.filter(({ time }, at) => {
    const difference = time - theirs[at]!.time;
    return difference > TOLERANCE || difference < -TOLERANCE;
  });
  expect(wrong).toEqual([]);
}

function describe(root: string, except: readonly string[]): { facts: string; time: bigint }[] {
  const lines = describeTree(root).filter(
    (line) => !except.some((path) => line.startsWith(`${JSON.stringify(path)} `)),
  );
  return lines.map((line) => {
    const [, before, time, content] = /^(.*) (\d+) (\w*)$/s.exec(line)!;
    return { facts: `${before} ${content}`, time: BigInt(time!) };
  });
}
