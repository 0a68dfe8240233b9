import type { DiskPath } from '../../base/pathKinds.ts';
import type { Copies } from './judge.ts';
import type { Time } from './placeRecord.ts';

/** What somebody promised himself. Times in milliseconds; `Infinity`: not promised. */
export interface Promised {
  readonly copies: number;
  readonly disks: number;
  readonly away: number;
  /** The last backup of each folder is no older. */
  readonly maxAge: number;
  /** No change waits longer to be away. */
  readonly maxBehind: number;
  /** Each place was proven so lately. */
  readonly maxUnproven: number;
}

const HOUR = 3_600_000;

/** 3-2-1, and what makes it more than numbers. */
export const usualPromises: Promised = {
  copies: 3,
  disks: 2,
  away: 1,
  maxAge: 24 * HOUR,
  maxBehind: 7 * 24 * HOUR,
  maxUnproven: 30 * 24 * HOUR,
};

/** `copies`, `disks` and `away` are numbers; `age`, `behind` and `proof` times; `damage`: none was found. */
export type PromiseName = 'copies' | 'disks' | 'away' | 'age' | 'behind' | 'proof' | 'damage';

/** Whether a promise is kept. */
export interface PromiseStanding {
  readonly name: PromiseName;
  readonly isKept: boolean;
  /** A number, or milliseconds. */
  readonly wanted: number;
  /** The least number there is. */
  readonly found?: number;
  /** The oldest time that counts; absent where there is none. */
  readonly since?: Time;
  /** For which folders it is broken. */
  readonly folders: readonly DiskPath[];
  /** For which places it is broken. */
  readonly places: readonly string[];
}

/** Further in the future than clocks differ: such a time says nothing. */
const FUTURE = 24 * HOUR;

/** Holds the copies against what was promised. Pure; `now` in milliseconds. */
export function judgePromises(copies: Copies, promised: Promised, now: number): readonly PromiseStanding[] {
  const ageOf = (time: Time | undefined) => {
    const age = time === undefined ? Infinity : now - Date.parse(time);
    return age < -FUTURE ? Infinity : Math.max(age, 0);
  };
  const { maxAge, maxBehind, maxUnproven } = promised;
  const numbers = (['copies', 'disks', 'away'] as const).map((name) => judgeNumber(copies, name, promised[name]));
  const age = copies.folders.map(({ path, lastBackup }) => ({ path, time: lastBackup }));
  const behind = copies.folders.flatMap(({ path, oldestNotAway: time }) =>
    time === undefined ? [] : [{ path, time }],
  );
  const counted = copies.places.filter(({ isCounted }) => isCounted);
  // What is new need not be proven yet.
  const proofs = counted.map(({ location, proof, since }) => ({ location, time: proof?.time ?? since }));
  const damaged = counted.filter(({ damage }) => damage !== undefined);
  const isLate = (most: number) => (each: { readonly time: Time | undefined }) => ageOf(each.time) > most;
  return [
    ...numbers,
    judgeTimes('age', maxAge, age, { folders: age.filter(isLate(maxAge)).map(({ path }) => path) }),
    judgeTimes('behind', promised.away === 0 ? Infinity : maxBehind, behind, {
      folders: behind.filter(isLate(maxBehind)).map(({ path }) => path),
    }),
    judgeTimes('proof', maxUnproven, proofs, {
      places: proofs.filter(isLate(maxUnproven)).map(({ location }) => location),
    }),
    {
      name: 'damage' as const,
      isKept: damaged.length === 0,
      wanted: 0,
      found: damaged.length,
      folders: [],
      places: damaged.map(({ location }) => location),
    },
  ].filter(({ wanted }) => Number.isFinite(wanted));
}

function judgeNumber(copies: Copies, name: 'copies' | 'disks' | 'away', wanted: number): PromiseStanding {
  const few = copies.folders.filter((folder) => folder[name] < wanted).map(({ path }) => path);
  const isKept = copies[name] >= wanted;
  return { name, isKept, wanted, found: copies[name], folders: few, places: [] };
}

function judgeTimes(
  name: PromiseName,
  wanted: number,
  all: readonly { readonly time: Time | undefined }[],
  { folders = [], places = [] }: { readonly folders?: readonly DiskPath[]; readonly places?: readonly string[] },
): PromiseStanding {
  const times = all.map(({ time }) => time);
  const [since] = times.includes(undefined) ? [] : (times as Time[]).toSorted();
  const isKept = folders.length + places.length === 0;
  return { name, isKept, wanted, ...(since !== undefined && { since }), folders, places };
}
