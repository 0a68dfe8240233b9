import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dueTimes, goneKey, noteGone } from '../../../../src/engine/replicate/goneFiles.ts';
import { readReplicaRecord, saveReplicaRecord } from '../../../../src/engine/replicate/replicaRecord.ts';
import type { StoredFile } from '../../../../src/engine/replicate/replicaFiles.ts';
import { tempFolder } from '../../../helpers/tempFolder.ts';

const DAY = 86_400_000;
const file = (name: string, type: StoredFile['type'] = 'pack'): StoredFile => ({
  type,
  name: name.repeat(64),
  size: 1,
});
const [a, b, c] = [file('a'), file('b'), file('c', 'snapshot')];

describe('the delay', () => {
  test('begins when a file is first seen to be gone, and anew when it came back', () => {
    const first = noteGone(new Map(), [a, b], 1000);
    const second = noteGone(first, [b, c], 2000);
    const third = noteGone(second, [a, b, c], 3000);
    expect([...third]).toEqual([
      [goneKey(a), 3000],
      [goneKey(b), 1000],
      [goneKey(c), 2000],
    ]);
  });

  test('ends after so long, never, or at once', () => {
    const gone = new Map([[goneKey(a), 0]]);
    const due = (delay: number) => dueTimes(gone, [a, b], { now: DAY, delay }).map((waiting) => waiting.due);
    expect(due(14 * DAY)).toEqual([14 * DAY, 15 * DAY]);
    expect(due(Infinity)).toEqual([Infinity, Infinity]);
    expect(due(0)).toEqual([0, DAY]);
  });

  test('is no longer for a clock that was ahead', () => {
    const gone = new Map([[goneKey(a), 1000 * DAY]]);
    expect(noteGone(gone, [a], DAY).get(goneKey(a))).toBe(DAY);
    expect(dueTimes(gone, [a], { now: DAY, delay: DAY })[0]!.due).toBe(2 * DAY);
  });
});

describe('what is remembered', () => {
  const name = { repository: '0'.repeat(64), location: '/media/replica' };

  test('is there the next time, for this replica of this repository only', async () => {
    const folder = join(tempFolder(), 'new', 'replicas');
    expect(readReplicaRecord(folder, name)).toBeUndefined();
    const gone = new Map([
      [goneKey(a), Date.parse('2026-01-01T00:00:00.123Z')],
      [goneKey(c), Date.parse('2026-01-02T00:00:00Z')],
    ]);
    await saveReplicaRecord(folder, name, { gone });
    await saveReplicaRecord(folder, name, { gone });
    expect(readReplicaRecord(folder, name)).toEqual({ gone });
    expect(readReplicaRecord(folder, { ...name, location: '/media/other' })).toBeUndefined();
    expect(readReplicaRecord(folder, { ...name, repository: '1'.repeat(64) })).toBeUndefined();
  });

  test.each([
    '',
    '{',
    'null',
    '{"gone":1}',
    '{"gone":[{"since":"x","files":{}}]}',
    '{"gone":[{"since":"2026-01-01"}]}',
  ])('is nothing if it is damaged: %j', async (text) => {
    const folder = tempFolder();
    await saveReplicaRecord(folder, name, { gone: new Map([[goneKey(a), 1]]) });
    const [only] = readdirSync(folder);
    const damaged = tempFolder();
    writeFileSync(join(damaged, only!), text);
    expect(readReplicaRecord(damaged, name)).toEqual({ gone: new Map() });
  });

  test('a place where it cannot be written is named', async () => {
    const folder = join(tempFolder(), 'file');
    writeFileSync(folder, '');
    await expect(saveReplicaRecord(join(folder, 'below'), name, { gone: new Map() })).rejects.toMatchObject({
      code: 'storage-error',
      message: expect.stringMatching(/cannot be written .*nothing was removed/) as string,
    });
  });
});
