import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { HoldStill } from '../../../../src/extension/snapshots/holdStill.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what moves rows waits while somebody is at one, and then is done once', () => {
  const still = new HoldStill();
  const done: string[] = [];
  still.run(() => done.push('at once'));
  still.hold();
  still.run(() => done.push('first'));
  vi.advanceTimersByTime(4_000);
  still.hold();
  still.run(() => done.push('second'));
  vi.advanceTimersByTime(4_900);
  expect(done).toEqual(['at once']);
  vi.advanceTimersByTime(200);
  expect(done).toEqual(['at once', 'second']);
  still.hold();
  still.run(() => done.push('never'));
  still.dispose();
  vi.advanceTimersByTime(10_000);
  expect(done).toEqual(['at once', 'second']);
});
