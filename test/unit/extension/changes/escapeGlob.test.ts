import { expect, test } from 'vitest';
import { escapeGlob } from '../../../../src/extension/changes/escapeGlob.ts';

test.each([
  ['src/a.ts', 'src/a.ts'],
  ['a[1].txt', 'a\\[1\\].txt'],
  ['what*?', 'what\\*\\?'],
  ['back\\slash', 'back\\\\slash'],
  ['ends with spaces  ', 'ends with spaces\\ \\ '],
])('the line for %j in an ignore file is %j', (path, line) => expect(escapeGlob(path)).toBe(line));
