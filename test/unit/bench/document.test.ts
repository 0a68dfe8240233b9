import { expect, test } from 'vitest';
import { replaceSection } from '../../../bench/document.ts';

const document = 'a\n<!-- begin x -->\nold\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n';

test('a section is replaced, and all else stays', () => {
  const replaced = replaceSection(document, 'x', 'new');
  expect(replaced).toBe('a\n<!-- begin x -->\n\nnew\n\n<!-- end x -->\nb\n<!-- begin y -->\n<!-- end y -->\n');
  expect(replaceSection(replaced, 'x', 'new')).toBe(replaced);
});

test.each([
  ['no such section', document, 'z'],
  ['a section without an end', '<!-- begin x -->', 'x'],
  ['a section that is there twice', document + document, 'x'],
])('%s is refused', (_what, text, name) => {
  expect(() => replaceSection(text, name, 'new')).toThrow('once each');
});
