import { CairnError } from './errors.ts';

/**
 * The words of a command: separated by white space, except between quotes of either kind. Nothing
 * else has a meaning. `source` is for the message. Throws `usage` for a missing quote or no word.
 */
export function splitWords(command: string, source: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (const character of command) {
    if (quote) {
      if (character === quote) quote = '';
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + character;
    }
  }
  if (quote) throw new CairnError('usage', `The command of ${source} lacks a closing ${quote}.`);
  if (word !== undefined) words.push(word);
  if (words.length === 0) throw new CairnError('usage', `The command of ${source} is empty.`);
  return words;
}
