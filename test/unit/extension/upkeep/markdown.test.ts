import { expect, test } from 'vitest';
import { code, codeBlock, list, page } from '../../../../src/extension/upkeep/markdown.ts';

test.each([
  ['a.txt', '`a.txt`'],
  ['a`b', '``a`b``'],
  ['`a', '`` `a ``'],
  ['a\nb', '`a b`'],
])('%j as it stands', (text, expected) => {
  expect(code(text)).toBe(expected);
});

test('no line ends a block', () => {
  expect(codeBlock(['a', '```', 'b\n````'])).toBe('`````\na\n```\nb ````\n`````');
});

test('a page leaves out what is empty', () => {
  expect(page('Title', ['', list(['a\nb', 'c']), ''])).toBe('# Title\n\n- a b\n- c\n');
});
