/**
 * How often a test does what differs by nothing but chance. `npm test` does some of it, `npm run test:long`
 * (by `CAIRN_LONG=1`) all. A kind of check is never left out, only repetitions of one.
 */
import { seededRandom } from './random.ts';

/** Whether everything is done. */
export const isLong = Boolean(process.env['CAIRN_LONG']);

/** Whether the same is run a second time in other circumstances, which repeat less. */
const isAgain = Boolean(process.env['CAIRN_AGAIN']);

/** Which part is done otherwise: another one each day, unless `CAIRN_SEED` says which. */
export const seed = Number(process.env['CAIRN_SEED'] ?? Math.floor(Date.now() / 86_400_000));

/** How many rounds to make: `few`, half of them the second time, or `all`. */
export function rounds(all: number, few: number): number {
  if (isLong) return all;
  return isAgain ? Math.ceil(few / 2) : few;
}

/** Cases that stand for all of them: `few`, drawn by the seed, or `all`; in their order. */
export function sampleOf<T>(all: readonly T[], few: number): T[] {
  const random = seededRandom(seed);
  const drawn = all.map((_, at) => ({ at, rank: isLong ? at : random.next() })).sort((a, b) => a.rank - b.rank);
  return drawn
    .slice(0, rounds(all.length, few))
    .sort((a, b) => a.at - b.at)
    .map(({ at }) => all[at]!);
}
