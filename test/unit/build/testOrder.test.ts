import { expect, test } from 'vitest';
import { spread } from '../../../build/testOrder.mts';

test.each([
  [
    ['w1', 'w2'],
    [1, 2, 3, 4, 5],
    ['w1', 1, 2, 3, 'w2', 4, 5],
  ],
  [
    ['w1', 'w2', 'w3'],
    [1, 2],
    ['w1', 1, 'w2', 2, 'w3'],
  ],
  [['w1'], [], ['w1']],
  [[], [1, 2], [1, 2]],
])('%j are spread among %j', (few, many, all) => {
  expect(spread<string | number>(few, many)).toEqual(all);
});
