import { expect, test } from 'vitest';
import { isCommitOf } from '../../../src/triggers/gitFolder.ts';

test.each([
  { folder: '/w', root: '/w', is: true },
  { folder: '/w', root: '/w/nested', is: true },
  { folder: '/w/packages/a', root: '/w', is: true },
  { folder: '/w', root: '/wx', is: false },
  { folder: '/w/a', root: '/w/b', is: false },
  { folder: 'C:\\w', root: 'C:\\w', is: true },
  { folder: 'C:\\w', root: 'C:\\w\\nested', is: true },
  { folder: 'C:\\w\\packages\\a', root: 'C:\\W', is: true },
  { folder: 'C:\\w', root: 'C:\\wx', is: false },
  { folder: 'C:\\w', root: 'D:\\w', is: false },
  { folder: '\\\\server\\share\\w', root: '\\\\server\\share', is: true },
])('a commit in $root is one of the folder $folder: $is', ({ folder, root, is }) => {
  expect(isCommitOf(folder, root)).toBe(is);
});
