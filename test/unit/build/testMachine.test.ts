import { afterEach, expect, test, vi } from 'vitest';
import { inMemory } from '../../../build/testMachine.mts';

afterEach(() => vi.unstubAllEnvs());

test('whoever names a place for temporary files gets them there', () => {
  vi.stubEnv('TMPDIR', '/somewhere');
  expect(inMemory()).toEqual({});
});

test('they are in memory where there is enough of it', () => {
  vi.stubEnv('TMPDIR', undefined);
  expect(inMemory(0)).toEqual(process.platform === 'linux' ? { TMPDIR: '/dev/shm' } : {});
  expect(inMemory(Infinity)).toEqual({});
});
