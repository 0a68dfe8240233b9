import { expect, test } from 'vitest';
import {
  afterFailure,
  afterGoodRun,
  afterLook,
  isNewlyOverdue,
  type CopyRecord,
} from '../../../../src/extension/copies/copyRecord.ts';

const DAY = 86_400_000;
const at = (day: number) => Date.parse('2026-03-01T00:00:00Z') + day * DAY;
const text = (day: number) => new Date(at(day)).toISOString();
const fresh: CopyRecord = { known: at(0), missing: 0 };
const lacking = (record: CopyRecord, days: readonly number[]) =>
  afterLook(record, {
    count: days.length,
    ...(days.length > 0 && { oldest: text(Math.min(...days)), newest: text(Math.max(...days)) }),
  });

test('a replica is behind since the first snapshot that it lacks, whatever retention takes meanwhile', () => {
  const good = afterGoodRun(fresh, at(1), text(1));
  let record = lacking(good, [2, 3]);
  expect(record).toMatchObject({ missing: 2, behindSince: at(2) });
  record = lacking(record, [3, 4, 5]);
  expect(record).toMatchObject({ missing: 3, behindSince: at(2) });
  expect(lacking(record, [])).not.toHaveProperty('behindSince');
  record = lacking(afterGoodRun(record, at(6), text(5)), [6]);
  expect(record).toMatchObject({ missing: 1, behindSince: at(6), lastGood: at(6) });
});

test('a new replica of an old repository is not overdue at once', () => {
  const record = lacking(fresh, [-300, -1]);
  expect(record).toMatchObject({ missing: 2, behindSince: at(0) });
  expect(isNewlyOverdue(record, 7 * DAY, at(6.9))).toBe(false);
  expect(isNewlyOverdue(record, 7 * DAY, at(7.1))).toBe(true);
});

test('overdue is said once, and again after it was good', () => {
  let record = lacking(afterGoodRun(fresh, at(1), text(1)), [2]);
  expect(isNewlyOverdue(record, 7 * DAY, at(10))).toBe(true);
  expect(isNewlyOverdue(record, 0, at(10))).toBe(false);
  record = { ...record, isTold: true };
  record = lacking(record, [2, 3]);
  expect(isNewlyOverdue(record, 7 * DAY, at(20))).toBe(false);
  record = lacking(afterGoodRun(record, at(21), text(20)), [22]);
  expect(isNewlyOverdue(record, 7 * DAY, at(30))).toBe(true);
});

test('failures in a row count since the first', () => {
  const away = { code: 'target-unavailable', message: 'Away.', isAway: true } as const;
  const record = afterFailure(afterFailure(fresh, away, at(2)), away, at(3));
  expect(record.failure).toEqual({ ...away, since: at(2) });
  expect(afterGoodRun(record, at(4), text(4))).toEqual({ known: at(0), missing: 0, lastGood: at(4), newest: text(4) });
});
