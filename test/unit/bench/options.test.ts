import { expect, test } from 'vitest';
import { parseOptions } from '../../../bench/options.ts';

test('without options everything is measured and written', () => {
  expect(parseOptions([])).toMatchObject({
    sections: ['linux', 'modules', 'large', 'saves', 'history', 'growth', 'editor'],
    write: true,
  });
});

test('a quick run is small and only printed, unless it is told to be written', () => {
  expect(parseOptions(['--quick'])).toMatchObject({
    sections: ['modules', 'large'],
    rounds: 1,
    scale: 0.02,
    write: false,
  });
  expect(parseOptions(['--quick', '--write', '--rounds', '3'])).toMatchObject({ rounds: 3, write: true });
});

test('names are taken in the order in which they are measured', () => {
  expect(parseOptions(['--input', 'large,linux', '--job', 'restore,first'])).toMatchObject({
    sections: ['linux', 'large'],
    jobs: ['first', 'restore'],
  });
});

test.each([
  ['--input', 'windows', 'not "windows"'],
  ['--job', 'dance', 'not "dance"'],
  ['--rounds', 'many', 'a number above 0'],
  ['--scale', '-1', 'ambiguous'],
])('%s %s is refused', (option, value, message) => {
  expect(() => parseOptions([option, value])).toThrow(message);
});
