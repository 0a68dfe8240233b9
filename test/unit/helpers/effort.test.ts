import { afterEach, beforeEach, expect, test, vi } from 'vitest';

const all = Array.from({ length: 20 }, (_, at) => at);

/** The helper, as a run with this environment has it. */
async function effort(env: Record<string, string | undefined>) {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  return import('../../helpers/effort.ts');
}

beforeEach(() => vi.resetModules());
afterEach(() => vi.unstubAllEnvs());

test('a long run does everything', async () => {
  const { isLong, rounds, sampleOf } = await effort({ CAIRN_LONG: '1', CAIRN_SEED: '7' });
  expect(isLong).toBe(true);
  expect(rounds(20, 3)).toBe(20);
  expect(sampleOf(all, 3)).toEqual(all);
});

test('any other does a part, which the seed repeats', async () => {
  const { isLong, rounds, sampleOf } = await effort({ CAIRN_LONG: undefined, CAIRN_SEED: '7' });
  expect(isLong).toBe(false);
  expect(rounds(20, 3)).toBe(3);
  const drawn = sampleOf(all, 3);
  expect(drawn).toHaveLength(3);
  expect(all.filter((at) => drawn.includes(at))).toEqual(drawn);
  expect(sampleOf(all, 3)).toEqual(drawn);
});

test('what is run a second time repeats half of it', async () => {
  const { rounds, sampleOf } = await effort({ CAIRN_LONG: undefined, CAIRN_AGAIN: '1' });
  expect(rounds(20, 3)).toBe(2);
  expect(sampleOf(all, 5)).toHaveLength(3);
});

test('sooner or later every case has its turn', async () => {
  const seen = new Set<number>();
  for (let seed = 20_786; seed < 20_786 + 120; seed++) {
    vi.resetModules();
    const { sampleOf } = await effort({ CAIRN_LONG: undefined, CAIRN_SEED: String(seed) });
    for (const at of sampleOf(all, 3)) seen.add(at);
  }
  expect(seen.size).toBe(all.length);
});
