/**
 * Retention against the real restic: the same snapshots, the same policy, and the two must keep the
 * same ones for the same reasons. restic 0.14 does not have the rule "keep the oldest" yet.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { localZoneOffset } from '../../src/engine/forget/duration.ts';
import { parseGroupBy } from '../../src/engine/forget/groupSnapshots.ts';
import { planForget } from '../../src/engine/forget/planForget.ts';
import { parseTagList } from '../../src/engine/forget/policy.ts';
import { asId } from '../../src/repository/format/ids.ts';
import type { BlobId, SnapshotId } from '../../src/repository/format/ids.ts';
import type { Snapshot } from '../../src/repository/format/snapshot.ts';
import { sampleOf } from '../helpers/effort.ts';
import { parsePolicyArguments } from '../helpers/policyArguments.ts';
import { seededRandom } from '../helpers/random.ts';
import { restic } from '../helpers/restic.ts';
import { writeResticSnapshots } from '../helpers/resticSnapshots.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const SNAPSHOTS_IN_SET = 400;
const POLICIES_PER_SET = 60;
const SETS = [1, 2, 3];
const ZONES = ['UTC', 'America/St_Johns', 'Asia/Kolkata', 'Europe/Berlin'];
const HALF_HOUR = 1_800_000;
const DAY = 48 * HALF_HOUR;

const ownZone = process.env['TZ'];
afterAll(() => setZone(ownZone));

/** Node takes a new zone at once. */
function setZone(zone: string | undefined): void {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
}

describe.each(SETS)('set %i', (seed) => {
  const random = seededRandom(seed);
  const check = storeSnapshots(makeSnapshots(random));
  const cases = Array.from({ length: POLICIES_PER_SET }, () => ({
    policy: makePolicy(random),
    groupBy: random.pick(['host,paths', 'host', 'paths', 'tags', 'host,paths,tags', '']),
    filter: random.pick([
      '',
      '',
      '--host alpha',
      '--tag save',
      '--tag commit,save --tag keep',
      '--path /etc',
      '--tag ',
    ]),
    zone: random.pick(ZONES),
  }));

  test.each(sampleOf(cases, 15))('$policy, by "$groupBy", $filter in $zone', ({ policy, groupBy, filter, zone }) => {
    expect(check(policy, groupBy, filter, zone)).toBeGreaterThan(20);
  });
});

describe('windows across a change of the clocks', () => {
  // The newest snapshot is such that a day before it lies in the hour that is skipped or comes twice.
  const changes = [
    { zone: 'Europe/Berlin', newest: '2024-04-01T00:30Z' },
    { zone: 'Europe/Berlin', newest: '2024-10-28T01:30Z' },
    { zone: 'America/St_Johns', newest: '2024-03-11T05:00Z' },
    { zone: 'America/St_Johns', newest: '2024-11-04T05:00Z' },
  ];
  const policies = ['1d', '2d', '23h', '1d1h', '1d23h'].map((window) => `--keep-within ${window}`);

  describe.each(changes)('$zone, $newest', ({ zone, newest }) => {
    const instants = Array.from({ length: 200 }, (_, i) => Date.parse(newest) - i * HALF_HOUR);
    const check = storeSnapshots(instants.map((instant) => makeSnapshot(zone, instant)));

    test.each([...policies, '--keep-hourly 70 --keep-daily 3 --keep-within-hourly 1d12h'])('%s', (policy) => {
      expect(check(policy, 'host,paths', '', zone)).toBe(200);
      check(policy, 'host,paths', '', 'UTC');
    });
  });
});

interface ResticGroup {
  host: string;
  paths: string[] | null;
  tags: string[] | null;
  keep: { id: string }[] | null;
  remove: { id: string }[] | null;
  reasons: { matches: string[]; counters: Record<string, number> }[] | null;
}

/** Stores snapshots; gives the function that compares what the two programs make of them, and counts them. */
function storeSnapshots(snapshots: readonly Snapshot[]) {
  const folder = tempFolder();
  const ids = writeResticSnapshots(folder, snapshots);
  const entries = snapshots.map((snapshot, index) => ({ id: asId<SnapshotId>(ids[index]!), snapshot }));

  return (policy: string, groupBy: string, filter: string, zone: string): number => {
    const words = [...policy.split(' '), ...(filter === '' ? [] : filter.split(' '))];
    const command = ['forget', '--dry-run', '--json', '--no-lock', '--group-by', groupBy, ...words];
    const theirs = JSON.parse(restic(folder, command, { env: { TZ: zone } })) as ResticGroup[];
    const expected = theirs.map(({ host, paths, tags, keep, remove, reasons }) => ({
      key: JSON.stringify([host, paths ?? [], tags ?? []]),
      keep: (keep ?? []).map(({ id }, i) => ({ id, reasons: reasons![i]!.matches, counters: reasons![i]!.counters })),
      remove: (remove ?? []).map(({ id }) => id),
    }));

    setZone(zone);
    const ours = planForget(entries, parsePolicyArguments(policy), {
      now: BigInt(Date.now()) * 1_000_000n,
      localOffset: localZoneOffset,
      keepOldest: false,
      protectKeepTag: false,
      protectNewest: false,
      groupBy: parseGroupBy(groupBy),
      filter: {
        hosts: valuesOf(filter, 'host'),
        paths: valuesOf(filter, 'path'),
        tags: valuesOf(filter, 'tag').map(parseTagList),
      },
    });
    const actual = ours.map(({ key, keep, remove }) => ({
      key: JSON.stringify([key.host ?? '', key.paths ?? [], key.tags ?? []]),
      keep: keep.map(({ entry, reasons, counters }) => ({ id: entry.id, reasons, counters })),
      remove: remove.map(({ id }) => id),
    }));

    const byKey = <T extends { key: string }>(list: T[]) => list.sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(byKey(actual)).toEqual(byKey(expected));
    return expected.flatMap(({ keep, remove }) => [...keep, ...remove]).length;
  };
}

function valuesOf(words: string, option: string): string[] {
  const parts = words.split(`--${option} `).slice(1);
  return parts.map((part) => part.split(' --')[0]!.trim());
}

type Random = ReturnType<typeof seededRandom>;

/** Snapshots of three years: evenly spread, crowded around changes of the clocks, and some yet to come. */
function makeSnapshots(random: Random): Snapshot[] {
  const changes = [
    '2023-10-29T01:00Z',
    '2024-03-10T05:30Z',
    '2024-03-31T01:00Z',
    '2024-10-27T01:00Z',
    '2024-11-03T04:30Z',
  ];
  const seen = new Set<number>();
  const makeInstant = (): number => {
    const kind = random.below(20);
    const year = 365 * DAY;
    const even = kind === 0 ? Date.UTC(2090, 0) + random.below(year) : Date.UTC(2022, 0) + random.below(3 * year);
    const instant = kind < 10 ? even : Date.parse(random.pick(changes)) + random.below(3 * DAY) - 1.5 * DAY;
    // Round times make it likely that one falls on the edge of a period or window.
    const rounded = random.below(2) === 0 ? instant - (instant % HALF_HOUR) : instant;
    // restic puts snapshots of the same time in no particular order.
    if (seen.has(rounded)) return makeInstant();
    seen.add(rounded);
    return rounded;
  };
  return Array.from({ length: SNAPSHOTS_IN_SET }, () => {
    const tags = random.pick([[], ['save'], ['commit', 'save'], ['keep'], ['a b']]);
    return {
      ...makeSnapshot(random.pick(ZONES), makeInstant()),
      paths: random.pick([['/home/a'], ['/home/b', '/etc']]),
      hostname: random.pick(['alpha', 'beta']),
      ...(tags.length > 0 && { tags }),
    };
  });
}

function makeSnapshot(zone: string, milliseconds: number): Snapshot {
  return { time: timeIn(zone, milliseconds), tree: asId<BlobId>('ab'.repeat(32)), paths: ['/p'], hostname: 'host' };
}

/** RFC 3339 of an instant in a zone, as restic would write it there. */
function timeIn(zone: string, milliseconds: number): string {
  const names = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' }).formatToParts(
    milliseconds,
  );
  const offset = names.find(({ type }) => type === 'timeZoneName')!.value.slice('GMT'.length);
  const size = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4));
  const minutes = offset.startsWith('-') ? -size : size;
  const wall = new Date(milliseconds + minutes * 60_000).toISOString().slice(0, -1);
  return wall.replace(/\.?0{1,3}$/, '') + (offset || 'Z');
}

/** Some of all rules; never none. */
function makePolicy(random: Random): string {
  const chance = (percent: number) => random.below(100) < percent;
  const rules: string[] = [];
  for (const period of ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly']) {
    if (chance(30)) rules.push(`--keep-${period} ${random.pick([1, 2, 5, 17, 60, 10_000])}`);
  }
  for (const window of ['', '-hourly', '-daily', '-weekly', '-monthly', '-yearly']) {
    if (!chance(20)) continue;
    const parts = ['y', 'm', 'd', 'h'].map((unit) => (chance(40) ? `${random.below(40)}${unit}` : ''));
    rules.push(`--keep-within${window} ${parts.join('') || '3d'}`);
  }
  if (chance(20)) rules.push(`--keep-tag ${random.pick(['', 'save', 'save,commit', ',save', 'keep', 'other'])}`);
  return rules.length > 0 ? rules.join(' ') : '--keep-daily 9';
}
