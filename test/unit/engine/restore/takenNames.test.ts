import { describe, expect, test } from 'vitest';
import { TakenNames } from '../../../../src/engine/restore/takenNames.ts';

/** What becomes of names, one after the other; behind an arrow stands what the destination lists for it. */
function take(...names: string[]): string[] {
  const taken = new TakenNames();
  return names.map((entry) => {
    const [name, listed] = entry.split(' -> ');
    return taken.take(name!, listed);
  });
}

describe('the names of a folder', () => {
  test.each([
    ['other names', ['a', 'b', 'A1'], ['free', 'free', 'free']],
    ['the case of letters', ['Name', 'name', 'NAME'], ['free', 'uncertain', 'uncertain']],
    ['the form of an accent', ['\u00e9', 'e\u0301'], ['free', 'uncertain']],
    ['one entry that answers to two names', ['Name -> NAME', 'name -> NAME'], ['free', 'taken']],
    ['an entry for each', ['Name -> Name', 'name -> name'], ['free', 'uncertain']],
    ['an entry for the second', ['Name', 'name -> name'], ['free', 'uncertain']],
  ])('%s', (_what, names, expected) => {
    expect(take(...names)).toEqual(expected);
  });
});
