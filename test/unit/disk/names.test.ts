import { expect, test } from 'vitest';
import { foldName, whyNotHere } from '../../../src/disk/names.ts';

test.each([
  'a',
  '.hidden',
  'a.b.c',
  'two words',
  ' begins with a space',
  'ünï\u0308',
  'console',
  'con-fig',
  'com10',
  'lpt',
  'nulled.txt',
  '...a',
  "it's (100%) & more; [x] {y} = ~ ^ #",
  '\ud83d\ude00',
  'é'.repeat(255),
])('Windows holds %j', (name) => {
  expect(whyNotHere(name, true)).toBeUndefined();
});

test.each([
  ['a:b', 'has : in it'],
  ['back\\slash', 'has \\ in it'],
  ['q"x', 'has " in it'],
  ['a?', 'has ? in it'],
  ['*', 'has * in it'],
  ['<', 'has < in it'],
  ['>', 'has > in it'],
  ['a|b', 'has | in it'],
  ['line\nend', 'a control character'],
  ['\u0001', 'a control character'],
  ['x.', 'ends in a dot'],
  ['trail ', 'ends in a space'],
  ['...', 'ends in a dot'],
  ['con', 'is the name of a device'],
  ['AUX.txt', 'is the name of a device'],
  ['Nul.tar.gz', 'is the name of a device'],
  ['com1', 'is the name of a device'],
  ['LPT9.x', 'is the name of a device'],
  ['com\u00b2', 'is the name of a device'],
  ['prn .txt', 'is the name of a device'],
  ['CONIN$', 'is the name of a device'],
  ['a\udcffb', 'not UTF-8'],
  ['x'.repeat(256), 'longer than the 255 characters'],
])('Windows cannot hold %j', (name, why) => {
  expect(whyNotHere(name, true)).toContain(why);
  expect(whyNotHere(name, false)).toBeUndefined();
});

test('names that a file system may take for one', () => {
  expect(foldName('README')).toBe(foldName('readme'));
  expect(foldName('\u00e9')).toBe(foldName('e\u0301'));
  expect(foldName('a')).not.toBe(foldName('b'));
});
