import { expect, test } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';

test('a sleep ends, at its time or when it is cancelled', async () => {
  const before = systemClock.now();
  await systemClock.sleep(20);
  expect(systemClock.now() - before).toBeGreaterThanOrEqual(19);
  const controller = new AbortController();
  const sleep = systemClock.sleep(1_000_000, { signal: controller.signal, background: true });
  controller.abort();
  await expect(sleep).rejects.toMatchObject({ code: 'aborted' });
  await expect(systemClock.sleep(1_000_000, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'aborted',
  });
});
