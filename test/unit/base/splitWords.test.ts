import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { splitWords } from '../../../src/base/splitWords.ts';

describe('the words of a command', () => {
  const cases: [text: string, words: string[]][] = [
    ['pass show backup', ['pass', 'show', 'backup']],
    ['  a \t b\n', ['a', 'b']],
    [`sh -c 'echo "x y"' "it's"`, ['sh', '-c', 'echo "x y"', "it's"]],
    [`a"b c"'d'e`, ['ab cde']],
    [`a '' ""`, ['a', '', '']],
    ['echo $HOME `x` \\n', ['echo', '$HOME', '`x`', '\\n']],
  ];
  test.each(cases)('%s', (text, words) => expect(splitWords(text, 'X')).toEqual(words));

  test.each(['', '  ', 'a "b', "'"])('none in %j', (text) => {
    expect(() => splitWords(text, '--password-command')).toThrow(/^The command of --password-command/);
  });

  test('quoting gives back any words', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string().filter((word) => !word.includes("'")),
          { minLength: 1 },
        ),
        (words) => {
          expect(splitWords(words.map((word) => `'${word}'`).join(' '), 'X')).toEqual(words);
        },
      ),
    );
  });
});
