import { expect, test } from 'vitest';
import { decodeRaw } from '../../../src/base/rawName.ts';
import { patternsInFile } from '../../../src/workspace/patternLines.ts';

const variables: Readonly<Record<string, string>> = {
  HOME: '/home/me',
  a_1: 'x',
  '1': 'one',
  '': 'wrong',
  'a b': 'spaced',
};
const read = (text: string | Uint8Array) =>
  patternsInFile(typeof text === 'string' ? Buffer.from(text) : text, (name) => variables[name]);

test.each<[line: string, patterns: string[]]>([
  ['*.log', ['*.log']],
  ['', []],
  [' \t\u00a0', []],
  ['# a comment', []],
  ['  # one that is moved in', []],
  ['\\#x', ['\\#x']],
  ['a#b', ['a#b']],
  ['  a b \t', ['a b']],
  ['!keep', ['!keep']],
  ['$HOME/x', ['/home/me/x']],
  ['${HOME}x', ['/home/mex']],
  ['$HOMEx', ['']],
  ['$a_1-', ['x-']],
  ['$1a', ['onea']],
  ['$$HOME', ['$HOME']],
  ['a$$', ['a$']],
  ['${$}', ['$']],
  ['a$', ['a$']],
  ['$/x', ['$/x']],
  ['${}x', ['x']],
  ['${HOME', ['HOME']],
  ['${a b}', ['spaced']],
  ['$?x', ['x']],
  ['#$HOME', []],
  ['$NO_SUCH', ['']],
])('the line %j', (line, patterns) => {
  expect(read(line)).toEqual(patterns);
});

test('files may have any line ends and a mark', () => {
  expect(read('a\r\nb\n\nc')).toEqual(['a', 'b', 'c']);
  expect(read('\ufeffa\nb\n')).toEqual(['a', 'b']);
  const utf16 = Buffer.from('\ufeffé\r\nb', 'utf16le');
  expect(read(utf16)).toEqual(['é', 'b']);
  expect(read(Buffer.from(utf16).swap16())).toEqual(['é', 'b']);
  // Names need not be UTF-8, so patterns need not either.
  expect(read(Buffer.from('caf\xe9\n', 'latin1'))).toEqual([decodeRaw(Buffer.from('caf\xe9', 'latin1'))]);
  expect(read('')).toEqual([]);
});
