import { describe, expect, test } from 'vitest';
import { afterBackup, type BackupFacts } from '../../../../src/engine/standing/noteBackup.ts';
import { afterCopy, afterSnapshots, beforeCopy, type CopyWay } from '../../../../src/engine/standing/noteCopy.ts';
import { afterProof } from '../../../../src/engine/standing/noteProof.ts';
import {
  parsePlace,
  placeToJson,
  type PlaceName,
  type PlaceRecord,
} from '../../../../src/engine/standing/placeRecord.ts';
import { asId, type SnapshotId } from '../../../../src/repository/format/ids.ts';
import type { StoredSnapshot } from '../../../../src/repository/snapshots.ts';
import { at, backup, FOLDER, ID, OTHER_ID, place } from './places.ts';

const near: PlaceName = { location: '/backup', folder: '/backup', repository: ID };
const away: PlaceName = { location: 'sftp:nas:/b', repository: ID };
const usb: PlaceName = { location: '/media/usb', folder: '/media/usb', repository: ID };
const other: PlaceName = { location: 'sftp:nas:/other', repository: OTHER_ID };
const toAway: CopyWay = { how: 'replica', from: near, to: away };

type Places = readonly PlaceRecord[];

function backUp(places: Places, time: string, more: Partial<BackupFacts> = {}, name = near): Places {
  const facts = { paths: [FOLDER], began: at(time), now: at(time), isChange: true, unread: 0, ...more };
  return afterBackup(places, name, facts);
}

/** A run that begins and ends at these times; what `meanwhile` does is done in between. */
function replicate(
  places: Places,
  began: string,
  ended: string,
  { way = toAway, isWhole = true, meanwhile = (now: Places) => now } = {},
): Places {
  const running = meanwhile(beforeCopy(places, way.from, at(began)));
  return afterCopy(running, way, { began: at(began), now: at(ended), isWhole });
}

function find(places: Places, { location }: PlaceName): PlaceRecord {
  return places.find((each) => each.location === location)!;
}

/** What a copy has of the folder. */
function heldBy(places: Places, name: PlaceName) {
  return find(places, name).copies[0]?.folders.find(({ path }) => path === FOLDER);
}

describe('a backup', () => {
  test('is noted with its folder', () => {
    const places = backUp([], '09:00', { host: 'me', unread: 2 });
    expect(places).toMatchObject([
      {
        ...near,
        since: at('09:00'),
        backups: [{ path: FOLDER, host: 'me', last: at('09:00'), changed: at('09:00'), unread: 2 }],
      },
    ]);
  });

  test('that finds nothing new says that all is backed up', () => {
    const places = backUp(backUp([], '09:00'), '11:00', { isChange: false });
    expect(find(places, near).backups).toMatchObject([{ since: at('09:00'), last: at('11:00'), changed: at('09:00') }]);
  });

  test('of nothing is not noted', () => {
    expect(backUp([], '09:00', { paths: [] })).toEqual([]);
  });

  test('one of many is written down now and then only', () => {
    const first = backUp([], '09:00', { isOneOfMany: true });
    const many = { isOneOfMany: true };
    expect(backUp(first, '09:04', many)).toBe(first);
    expect(backUp(first, '09:04', { ...many, isChange: false })).toBe(first);
    expect(find(backUp(first, '09:05', many), near).backups).toMatchObject([{ last: at('09:05') }]);
    expect(backUp(first, '09:01', { ...many, unread: 1 })).not.toBe(first);
    expect(backUp(first, '08:00', many)).not.toBe(first);
    expect(backUp(first, '09:01')).not.toBe(first);
  });

  test('another repository at the same place takes the place of the one before', () => {
    const places = backUp(backUp([], '09:00'), '10:00', {}, { ...near, repository: OTHER_ID });
    expect(places).toMatchObject([{ location: near.location, repository: OTHER_ID }]);
  });

  test('makes each other place wait that has the folder, but only for the first change', () => {
    const places = backUp(backUp(backUp([], '09:00'), '09:10', {}, other), '10:00');
    expect(find(places, other).backups).toMatchObject([{ waiting: at('10:00') }]);
    expect(find(backUp(places, '11:00'), other).backups).toMatchObject([{ waiting: at('10:00') }]);
    const caughtUp = backUp(places, '12:00', {}, other);
    expect(find(caughtUp, other).backups).toEqual([expect.not.objectContaining({ waiting: at('10:00') })]);
  });

  test('a change that came elsewhere while it ran may not be in it', () => {
    const changed = backUp(backUp([], '09:00', {}, other), '10:30');
    const places = backUp(changed, '10:00', { now: at('11:00') }, other);
    expect(find(places, other).backups).toMatchObject([{ waiting: at('10:00') }]);
  });
});

describe('a replica', () => {
  const first = replicate(backUp([], '09:00'), '09:10', '09:20');

  test('has what was backed up when it began', () => {
    expect(heldBy(first, away)).toEqual({ path: FOLDER, held: at('09:00') });
    expect(find(first, away).copies).toMatchObject([
      { how: 'replica', repository: ID, from: '/backup', last: at('09:10') },
    ]);
  });

  test('lacks what is backed up later, until the next run', () => {
    const changed = backUp(backUp(first, '10:00'), '11:00');
    expect(heldBy(changed, away)).toEqual({ path: FOLDER, held: at('09:00'), waiting: at('10:00') });
    expect(heldBy(replicate(changed, '12:00', '12:10'), away)).toEqual({ path: FOLDER, held: at('11:00') });
  });

  test('lacks nothing by a backup that found no change', () => {
    expect(heldBy(backUp(first, '10:00', { isChange: false }), away)).toEqual({ path: FOLDER, held: at('09:00') });
  });

  test('may lack what is backed up while it runs, be it one of many', () => {
    const before = backUp(first, '10:00', { isOneOfMany: true });
    const meanwhile = (now: Places) => backUp(now, '10:02', { isOneOfMany: true });
    const after = replicate(before, '10:01', '10:03', { meanwhile });
    expect(heldBy(after, away)).toEqual({ path: FOLDER, held: at('10:01'), waiting: at('10:01') });
    expect(heldBy(replicate(after, '10:04', '10:05'), away)).toEqual({ path: FOLDER, held: at('10:02') });
  });

  test('lacks the same as before when a run could not copy all', () => {
    const changed = backUp(first, '10:00');
    expect(heldBy(replicate(changed, '12:00', '12:10', { isWhole: false }), away)).toEqual(heldBy(changed, away));
  });

  test('of before the first backup waits for it, and holds nothing', () => {
    const empty = replicate([], '08:00', '08:01');
    expect(heldBy(empty, away)).toBeUndefined();
    const places = backUp(empty, '09:00');
    expect(heldBy(places, away)).toEqual({ path: FOLDER, waiting: at('09:00') });
    expect(heldBy(replicate(places, '10:00', '10:01'), away)).toEqual({ path: FOLDER, held: at('09:00') });
  });

  test('of a replica lacks what that one lacks', () => {
    const onUsb = replicate(first, '09:30', '09:31', { way: { how: 'replica', from: near, to: usb } });
    const further: CopyWay = { how: 'replica', from: usb, to: { location: 'sftp:far:/b', repository: ID } };
    const changed = backUp(replicate(onUsb, '09:40', '09:41', { way: further }), '10:00');
    expect(heldBy(changed, further.to)).toEqual({ path: FOLDER, held: at('09:00'), waiting: at('10:00') });
    const copied = replicate(changed, '11:00', '11:01', { way: further });
    expect(heldBy(copied, further.to)).toEqual({ path: FOLDER, held: at('09:00'), waiting: at('10:00') });
  });
});

describe('a copy of snapshots', () => {
  const way: CopyWay = { how: 'copy', from: near, to: other };
  const snapshots = ['09:00', '10:00', '11:00'].map((time, number): StoredSnapshot => ({
    id: asId<SnapshotId>(String(number + 1).repeat(64)),
    snapshot: { time: at(time), tree: asId('0'.repeat(64)), paths: [FOLDER] } as unknown as StoredSnapshot['snapshot'],
  }));
  const ids = (...numbers: number[]) => new Set<string>(numbers.map((number) => snapshots[number]!.id));
  const backedUp = ['09:00', '10:00', '11:00'].reduce((places, time) => backUp(places, time), [] as Places);
  const copy = (places: Places, there: ReadonlySet<string>) =>
    afterSnapshots(places, way, { snapshots, there, now: at('12:00') });

  test('lacks the snapshots after the newest that is there', () => {
    expect(heldBy(copy(backedUp, ids(0)), other)).toEqual({ path: FOLDER, held: at('09:00'), waiting: at('10:00') });
    expect(heldBy(copy(backedUp, ids(2)), other)).toEqual({ path: FOLDER, held: at('11:00') });
    expect(heldBy(copy(copy(backedUp, ids(2)), ids(0)), other)).toEqual({ path: FOLDER, held: at('11:00') });
  });

  test('waits for the next backup, and a replica of it does, too', () => {
    const further: CopyWay = { how: 'replica', from: other, to: { location: 'sftp:far:/other', repository: OTHER_ID } };
    const places = replicate(copy(backedUp, ids(2)), '12:00', '12:10', { way: further });
    expect(heldBy(places, further.to)).toEqual({ path: FOLDER, held: at('11:00') });
    const changed = backUp(places, '13:00');
    for (const name of [other, further.to])
      expect(heldBy(changed, name)).toEqual({ path: FOLDER, held: at('11:00'), waiting: at('13:00') });
  });

  test('of other folders says nothing', () => {
    expect(heldBy(copy(backUp([], '09:00', { paths: ['/elsewhere'] }), ids(2)), other)).toBeUndefined();
  });
});

test('a proof is noted by its depth', () => {
  const proof = { time: at('10:00'), isGood: true };
  const places = afterProof(afterProof(backUp([], '09:00'), near, 'structure', proof), near, 'data', {
    ...proof,
    isGood: false,
  });
  expect(find(places, near).proofs).toEqual({ structure: proof, data: { ...proof, isGood: false } });
});

describe('a file of the ledger', () => {
  const record = place('/backup', {
    disks: ['a', 'b'],
    mark: 'away',
    copiedSince: at('10:00'),
    backups: [backup({ host: 'me', waiting: at('11:00'), unread: 3 })],
    copies: [
      {
        how: 'copy',
        repository: OTHER_ID,
        from: '/other',
        last: at('10:00'),
        folders: [{ path: FOLDER, held: at('09:00'), waiting: at('09:30') }, { path: '/\udc80' }],
      },
    ],
    proofs: { structure: { time: at('10:00'), isGood: false }, data: { time: at('10:00'), isGood: true } },
  });

  test('says again what was written down', () => {
    expect(parsePlace(placeToJson(record))).toEqual(record);
  });

  test.each([
    '',
    'null',
    '[]',
    '{}',
    '{"version": 2}',
    placeToJson(record).replace('"version": 1', '"version": 2'),
    placeToJson(record).replace(at('10:00'), 'yesterday'),
    placeToJson(record).replace(at('10:00'), '2026-13-41T00:00:00.000Z'),
    placeToJson({ ...record, backups: {} as never }),
    placeToJson({ ...record, location: '' }),
    placeToJson(record).slice(0, 100),
  ])('that is something else is refused: %#', (text) => {
    expect(() => parsePlace(text)).toThrow();
  });
});
