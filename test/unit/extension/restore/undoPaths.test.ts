import { beforeEach, expect, test, vi } from 'vitest';
import { undoPaths } from '../../../../src/extension/restore/undoStore.ts';

/** What is on a disk that is not one of this machine. */
const there = new Set<string>();

vi.mock('vscode', () => ({
  Uri: { file: (path: string) => path },
  workspace: { fs: { stat: async (path: string) => there.has(path) || Promise.reject(new Error('It is not there.')) } },
}));

beforeEach(() => there.clear());

test.each([
  {
    folder: '/w',
    exists: ['/w/src'],
    paths: ['/w/src/new/a.ts', '/w/src/new/b.ts', '/w/src/c.ts', '/w/x/y/d.ts', '/w/e.ts'],
    expected: ['/w/src/new', '/w/src/c.ts', '/w/x', '/w/e.ts'],
  },
  {
    folder: 'C:\\w',
    exists: ['C:\\w\\src'],
    paths: ['C:\\w\\src\\new\\a.ts', 'C:\\w\\src\\c.ts', 'C:\\W\\x\\y\\d.ts', 'C:\\w'],
    expected: ['C:\\w\\src\\new', 'C:\\w\\src\\c.ts', 'C:\\W\\x', 'C:\\w'],
  },
  {
    folder: '\\\\server\\share\\w',
    exists: [],
    paths: ['\\\\server\\share\\w\\x\\y\\d.ts'],
    expected: ['\\\\server\\share\\w\\x'],
  },
  // Of a drive that is not there.
  { folder: 'C:\\w', exists: [], paths: ['D:\\x\\y'], expected: ['D:\\'] },
])('an undo looks at the topmost folders that are new in $folder', async ({ folder, exists, paths, expected }) => {
  for (const path of exists) there.add(path);
  expect(await undoPaths(folder, paths)).toEqual(expected);
});
