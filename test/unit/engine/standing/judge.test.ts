import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countDisks } from '../../../../src/engine/standing/countDisks.ts';
import { countCopies } from '../../../../src/engine/standing/judge.ts';
import type { PlaceLook } from '../../../../src/engine/standing/lookAround.ts';
import type { PlaceRecord } from '../../../../src/engine/standing/placeRecord.ts';
import { judgePromises, usualPromises } from '../../../../src/engine/standing/promises.ts';
import { judgeStanding } from '../../../../src/engine/standing/standing.ts';
import { at, backup, copied, FOLDER, ID, OTHER_ID, place, surroundings } from './places.ts';

interface Case {
  readonly places: readonly PlaceRecord[];
  readonly looks?: Readonly<Record<string, Partial<PlaceLook>>>;
  /** Copies, disks, away. */
  readonly numbers: readonly [number, number, number];
}

const direct = place('/backup', { backups: [backup()] });
const replica = (location: string, more: Partial<PlaceRecord> = {}) => place(location, { copies: [copied()], ...more });
const onB = { disks: ['b'] };

const cases: Readonly<Record<string, Case>> = {
  'nothing at all': { places: [], numbers: [0, 0, 0] },
  'a repository on the same disk': { places: [direct], numbers: [2, 1, 0] },
  'a repository on another disk': { places: [direct], looks: { '/backup': onB }, numbers: [2, 2, 0] },
  'two repositories on one disk are on one disk': {
    places: [direct, place('/second', { repository: OTHER_ID, backups: [backup()] })],
    looks: { '/backup': onB, '/second': onB },
    numbers: [3, 2, 0],
  },
  'a replica and its source are two copies': { places: [direct, replica('/replica')], numbers: [3, 1, 0] },
  'far storage is away, and on a disk of its own': { places: [direct, replica('sftp:nas:/b')], numbers: [3, 2, 1] },
  'two places on one server are on one disk': {
    places: [
      direct,
      replica('sftp:nas:/b'),
      place('rest:http://nas:8000/', { repository: OTHER_ID, copies: [copied({ how: 'copy' })] }),
    ],
    numbers: [4, 2, 2],
  },
  'a drive of the network is on the disk of its server, and not away': {
    places: [direct, replica('/mnt/nas'), replica('sftp:nas:/b')],
    looks: { '/mnt/nas': { disks: ['host:nas'] } },
    numbers: [4, 2, 1],
  },
  'a server on this machine is not away, and on no other disk': {
    places: [
      direct,
      replica('rest:http://127.0.0.1:8000/'),
      replica('sftp:localhost:/b'),
      replica('rest:http://[::1]/'),
    ],
    numbers: [5, 1, 0],
  },
  'unless somebody says that it is away': {
    places: [direct, replica('rest:http://127.0.0.1:8000/', { mark: 'away' })],
    numbers: [3, 1, 1],
  },
  'what somebody says is here is not away': {
    places: [direct, replica('sftp:nas:/b', { mark: 'here' })],
    numbers: [3, 2, 0],
  },
  'a disk that nobody knows is no other disk': {
    places: [direct],
    looks: { '/backup': { disks: undefined as never } },
    numbers: [2, 1, 0],
  },
  'a disk that is not connected counts, as it was known': {
    places: [direct, replica('/media/usb', { disks: ['b'] })],
    looks: { '/media/usb': { state: 'not-connected', disks: undefined as never } },
    numbers: [3, 2, 0],
  },
  'what is gone does not count': {
    places: [direct, replica('/media/usb', { disks: ['b'] })],
    looks: { '/media/usb': { state: 'gone', ...onB } },
    numbers: [2, 1, 0],
  },
  'nor does what may be gone': {
    places: [direct, replica('/media/usb')],
    looks: { '/media/usb': { state: 'unknown', disks: undefined as never } },
    numbers: [2, 1, 0],
  },
  'a replica from before the first backup holds nothing': {
    places: [direct, replica('/replica', { copies: [copied({ folders: [{ path: FOLDER, waiting: at('09:00') }] })] })],
    numbers: [2, 1, 0],
  },
  'two names of one folder are one copy': {
    places: [direct, place('/link', { backups: [backup()] })],
    looks: { '/backup': { same: '1:2' }, '/link': { same: '1:2' } },
    numbers: [2, 1, 0],
  },
  'a repository by two ways is one copy': {
    places: [place('sftp:nas:/b', { backups: [backup()] }), place('rest:http://nas/', { backups: [backup()] })],
    numbers: [2, 2, 1],
  },
  'a repository on this disk that is reached by a server, too, is not away': {
    places: [direct, place('rest:http://me/', { backups: [backup()] })],
    numbers: [2, 1, 0],
  },
  'a mirror is a copy': {
    places: [direct, place('/mirror', { repository: undefined as never, backups: [backup()] })],
    looks: { '/mirror': onB },
    numbers: [3, 2, 0],
  },
};

describe('the numbers', () => {
  test.each(Object.entries(cases))('%s', (_name, { places, looks, numbers }) => {
    const { copies, disks, away } = countCopies(places, surroundings(places, looks));
    expect([copies, disks, away]).toEqual(numbers);
  });

  test('are those of the folder that has the fewest', () => {
    const other = '/home/me/notes';
    const places = [place('/backup', { backups: [backup(), backup({ path: other })] }), replica('sftp:nas:/b')];
    const copies = countCopies(places, surroundings(places, {}, [FOLDER, other]));
    expect(copies).toMatchObject({ copies: 2, disks: 1, away: 0 });
    expect(copies.folders).toMatchObject([
      { path: other, copies: 2, away: 0, oldestNotAway: at('08:00') },
      { path: FOLDER, copies: 3, away: 1 },
    ]);
    const own = countCopies(places, surroundings(places, {}, [FOLDER, other]), { folders: [FOLDER] });
    expect(own).toMatchObject({ copies: 3, away: 1, folders: [{ path: FOLDER }] });
  });

  test('a folder in one that is backed up has its copies, and another one has none', () => {
    const places = [direct];
    const of = (path: string) => countCopies(places, surroundings(places), { folders: [path] });
    expect(of(`${FOLDER}/src`).folders).toMatchObject([{ path: FOLDER, copies: 2 }]);
    expect(of(`${FOLDER}-2`).folders).toEqual([{ path: `${FOLDER}-2`, isThere: false, copies: 0, disks: 0, away: 0 }]);
  });

  test('a folder that is gone is no copy any more', () => {
    const places = [direct];
    const { folders } = countCopies(places, surroundings(places, {}, []));
    expect(folders).toMatchObject([{ isThere: false, copies: 1, disks: 1 }]);
  });
});

describe('the oldest change that is not away', () => {
  const away = (waiting?: string, location = 'sftp:nas:/b') =>
    replica(location, {
      copies: [copied({ folders: [{ path: FOLDER, held: at('09:00'), ...(waiting !== undefined && { waiting }) }] })],
    });
  const oldestOf = (...places: PlaceRecord[]) => countCopies(places, surroundings(places)).oldestNotAway;

  test('is the first that was backed up, where nothing is away', () => {
    expect(oldestOf(direct)).toBe(at('08:00'));
    expect(oldestOf(direct, replica('/replica'))).toBe(at('08:00'));
  });

  test('is what waits; nothing, if nothing does', () => {
    expect(oldestOf(direct, away())).toBeUndefined();
    expect(oldestOf(direct, away(at('10:00')))).toBe(at('10:00'));
  });

  test('of two places, what either has is away', () => {
    expect(oldestOf(direct, away(at('10:00')), away(undefined, 'sftp:other:/b'))).toBeUndefined();
    expect(oldestOf(direct, away(at('10:00')), away(at('11:00'), 'sftp:other:/b'))).toBe(at('11:00'));
  });
});

describe('the promises', () => {
  const whole = [
    place('/backup', { backups: [backup()], proofs: { data: { time: at('09:30'), isGood: true } } }),
    replica('sftp:nas:/b'),
  ];
  const now = Date.parse(at('10:00'));
  const judge = (places: readonly PlaceRecord[], promised = {}, options = {}) =>
    judgeStanding(
      { places, damaged: [] },
      surroundings(places),
      { promised: { ...usualPromises, ...promised }, ...options },
      now,
    );
  const broken = (...args: Parameters<typeof judge>) =>
    judge(...args).promises.flatMap(({ name, isKept }) => (isKept ? [] : [name]));

  test('are kept by 3 copies on 2 disks, 1 away', () => {
    expect(judge(whole)).toMatchObject({ isKept: true, copies: 3, disks: 2, away: 1 });
  });

  test('nothing is kept where there is nothing', () => {
    expect(judge([])).toMatchObject({ isKept: false, folders: [] });
  });

  const days = (count: number) => count * 86_400_000;
  test.each<[string, readonly PlaceRecord[], object, readonly string[]]>([
    ['too few of all', [direct], {}, ['copies', 'disks', 'away']],
    ['as many as were promised', [direct], { copies: 2, disks: 1, away: 0 }, []],
    [
      'an old backup',
      [place('/backup', { backups: [backup({ last: at('09:59', -1) })] }), whole[1]!],
      { maxAge: 3_600_000 },
      [],
    ],
    [
      'too old a backup',
      [place('/backup', { backups: [backup({ last: at('09:59', -1) })] })],
      { copies: 2, disks: 1, away: 0 },
      ['age'],
    ],
    [
      'a backup in the future',
      [place('/backup', { backups: [backup({ last: at('09:59', 400) })] })],
      { copies: 2, disks: 1, away: 0 },
      ['age'],
    ],
    [
      'no age is promised',
      [place('/backup', { backups: [backup({ last: at('09:59', -1) })] })],
      { copies: 2, disks: 1, away: 0, maxAge: Infinity },
      [],
    ],
    [
      'a change that waits too long',
      [
        whole[0]!,
        replica('sftp:nas:/b', {
          copies: [copied({ folders: [{ path: FOLDER, held: at('09:00'), waiting: at('09:59', -7) }] })],
        }),
      ],
      {},
      ['behind'],
    ],
    [
      'a change that may wait longer',
      [
        whole[0]!,
        replica('sftp:nas:/b', {
          copies: [copied({ folders: [{ path: FOLDER, held: at('09:00'), waiting: at('09:59', -7) }] })],
        }),
      ],
      { maxBehind: days(8) },
      [],
    ],
    ['a place that was never proven', [whole[0]!, replica('sftp:nas:/b', { since: at('08:00', -31) })], {}, ['proof']],
    [
      'a place that was proven long ago',
      [place('/backup', { ...whole[0], proofs: { data: { time: at('09:00', -30), isGood: true } } }), whole[1]!],
      {},
      ['proof'],
    ],
    ['damage', [{ ...whole[0]!, proofs: { data: { time: at('09:00'), isGood: false } } }, whole[1]!], {}, ['damage']],
  ])('%s', (_name, places, promised, expected) => {
    expect(broken(places, promised)).toEqual(expected);
  });

  test('only a proof of the data counts, if that was asked for', () => {
    const places = [
      { ...whole[0]!, since: at('08:00', -31), proofs: { structure: { time: at('09:00'), isGood: true } } },
      whole[1]!,
    ];
    expect(broken(places)).toEqual([]);
    expect(broken(places, {}, { withData: true })).toEqual(['proof']);
  });

  test('damage is gone once a look as deep does not find it', () => {
    const damage = (proofs: PlaceRecord['proofs']) => broken([{ ...whole[0]!, proofs }, whole[1]!]).includes('damage');
    const [bad, good] = [
      { time: at('09:00'), isGood: false },
      { time: at('09:30'), isGood: true },
    ];
    expect(damage({ structure: bad })).toBe(true);
    expect(damage({ structure: bad, data: good })).toBe(false);
    expect(damage({ structure: bad, part: good })).toBe(false);
    expect(damage({ part: bad, structure: good })).toBe(true);
    expect(damage({ part: bad, data: good })).toBe(false);
    expect(damage({ data: bad, structure: good, part: good })).toBe(true);
    expect(damage({ data: { time: at('08:30'), isGood: true }, structure: bad })).toBe(true);
  });

  test('of one repository: it and what is copied from it', () => {
    const places = [
      direct,
      replica('sftp:nas:/b'),
      place('/second', { repository: OTHER_ID, backups: [backup()] }),
      place('/third', { repository: '3'.repeat(64), copies: [copied({ how: 'copy', repository: OTHER_ID })] }),
    ];
    const of = (location: string) => judge(places, {}, { location }).places.map((each) => each.location);
    expect(of('/backup')).toEqual(['/backup', 'sftp:nas:/b']);
    expect(of('/second')).toEqual(['/second', '/third']);
    expect(of('sftp:nas:/b')).toEqual(['sftp:nas:/b']);
    expect(of('/nowhere')).toEqual([]);
  });
});

describe('properties', () => {
  const location = fc.constantFrom(
    '/backup',
    '/second',
    '/usb',
    'sftp:nas:/b',
    'rest:http://127.0.0.1/',
    's3:https://s3.host/bucket',
  );
  const time = fc.integer({ min: 0, max: 60 }).map((minute) => at(`09:${String(minute % 60).padStart(2, '0')}`));
  const waiting = fc.option(time, { nil: undefined });
  const anyPlace = fc
    .record({
      location,
      id: fc.constantFrom(ID, OTHER_ID),
      isDirect: fc.boolean(),
      isCopy: fc.boolean(),
      waiting,
      last: time,
    })
    .map(({ location: where, id, isDirect, isCopy, waiting: since, last }) =>
      place(where, {
        repository: id,
        backups: isDirect ? [backup({ last, ...(since !== undefined && { waiting: since }) })] : [],
        copies: isCopy
          ? [copied({ folders: [{ path: FOLDER, held: last, ...(since !== undefined && { waiting: since }) }] })]
          : [],
      }),
    );
  const places = fc.uniqueArray(anyPlace, { selector: (each) => `${each.location} ${each.repository}`, maxLength: 8 });
  const looks = fc.dictionary(
    location,
    fc.record({
      state: fc.constantFrom('there', 'gone', 'not-connected', 'unknown'),
      disks: fc.constantFrom(['a'], ['b'], ['b', 'c']),
    }),
  );

  test('there are no more disks than copies, and no more copies away than copies', () => {
    fc.assert(
      fc.property(places, looks, (all, seen) => {
        const { copies, disks, away } = countCopies(all, surroundings(all, seen));
        expect(disks).toBeLessThanOrEqual(copies);
        expect(away).toBeLessThanOrEqual(copies);
      }),
    );
  });

  test('another place takes nothing away', () => {
    fc.assert(
      fc.property(places, looks, anyPlace, (all, seen, added) => {
        // Another way to a repository may show that it is not away.
        fc.pre(added.copies.length > 0 || !all.some((each) => each.repository === added.repository));
        fc.pre(!all.some((each) => each.location === added.location));
        const before = countCopies(all, surroundings(all, seen));
        const more = [...all, added];
        const after = countCopies(more, surroundings(more, seen));
        fc.pre(before.folders.length > 0);
        expect(after.copies).toBeGreaterThanOrEqual(before.copies);
        expect(after.disks).toBeGreaterThanOrEqual(before.disks);
        expect(after.away).toBeGreaterThanOrEqual(before.away);
      }),
    );
  });

  test('the order of the places does not count', () => {
    fc.assert(
      fc.property(places, looks, (all, seen) => {
        const numbers = (list: readonly PlaceRecord[]) => {
          const { copies, disks, away, oldestNotAway } = countCopies(list, surroundings(list, seen));
          return { copies, disks, away, oldestNotAway };
        };
        expect(numbers(all.toReversed())).toEqual(numbers(all));
      }),
    );
  });

  test('whoever promises more keeps no more', () => {
    const promised = fc.record({
      copies: fc.nat(4),
      disks: fc.nat(4),
      away: fc.nat(3),
      maxAge: fc.nat(7_200_000),
      maxBehind: fc.nat(7_200_000),
      maxUnproven: fc.nat(7_200_000),
    });
    fc.assert(
      fc.property(places, looks, promised, (all, seen, few) => {
        const copies = countCopies(all, surroundings(all, seen));
        const much = {
          ...few,
          copies: few.copies + 1,
          disks: few.disks + 1,
          away: few.away + 1,
          maxAge: few.maxAge / 2,
        };
        const kept = (what: typeof few) =>
          judgePromises(copies, what, Date.parse(at('10:00'))).filter(({ isKept }) => isKept).length;
        expect(kept(much)).toBeLessThanOrEqual(kept(few) + (few.away === 0 ? 1 : 0));
      }),
    );
  });

  test('disks that share one are one', () => {
    const disks = fc.array(
      fc.option(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 3 }), { nil: undefined }),
    );
    fc.assert(
      fc.property(disks, (all) => {
        const known = new Set(all.flatMap((each) => each ?? []));
        expect(countDisks(all, false)).toBeLessThanOrEqual(known.size);
        expect(countDisks([...all, [...known]], false)).toBe(known.size > 0 ? 1 : 0);
        expect(countDisks(all.toReversed(), true)).toBe(Math.max(1, countDisks(all, false)));
      }),
    );
  });
});
