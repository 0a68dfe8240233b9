import { expect, test } from 'vitest';
import { errorCode } from '../../../../src/base/errors.ts';
import { createSelection, type Selected } from '../../../../src/engine/restore/selection.ts';
import { findPlace } from '../../../../src/engine/snapshotPath.ts';
import { createTestRepository } from '../../../helpers/testRepository.ts';

const tree = { work: { 'a.ts': 'x', '[b]': 'x', sub: { 'c.ts': 'x', 'd*': 'x' } }, 'readme.md': 'x' };

async function select(include: string[], exclude: string[] = [], folder = '') {
  const repository = await createTestRepository();
  const stored = await repository.addSnapshot(tree);
  const { reader } = await repository.openSession();
  return createSelection(reader, await findPlace(reader, stored, folder), { include, exclude });
}

/** Patterns; the selection of the folder it is in; the entry (a folder ends in a slash); its selection. */
test.each<[string[], Selected, string, Selected]>([
  [['/work'], 'some', '/work/', 'all'],
  [['/work/sub'], 'some', '/work/', 'some'],
  [['/work/sub'], 'some', '/work2/', 'none'],
  [['/work/sub'], 'some', '/work', 'none'],
  [['work/a.ts'], 'some', '/work/a.ts', 'all'],
  [['work/[b]'], 'some', '/work/[b]', 'all'],
  [['work/[b]'], 'some', '/work/b', 'none'],
  [['work/sub/d*'], 'some', '/work/sub/d*', 'all'],
  [['work/sub/d*'], 'some', '/work/sub/dd', 'none'],
  [['*.ts'], 'some', '/x/', 'some'],
  [['*.ts'], 'some', '/x/y.ts', 'all'],
  [['*.ts'], 'some', '/x/.ts', 'all'],
  [['w*/**/*.ts'], 'some', '/work/', 'some'],
  [['w*/**/*.ts'], 'some', '/other/', 'none'],
  [['w*/**/*.ts'], 'some', '/work/x/y/z.ts', 'all'],
  [['./s*/'], 'some', '/sub/', 'all'],
  [['./s*/'], 'some', '/sub', 'none'],
  [['!a'], 'some', '/b', 'none'],
  [['#a'], 'some', '/#a', 'all'],
  [['anything'], 'all', '/x', 'all'],
  [['anything'], 'none', '/anything', 'none'],
])('%j: in a folder of which %s is selected, of %s it is %s', async (include, folder, entry, expected) => {
  const selection = await select(include);
  const path = entry.replace(/(.)\/$/, '$1');
  expect(selection.select(folder, path, path.slice(path.lastIndexOf('/') + 1), path !== entry)).toBe(expected);
});

test('nothing asked for is everything', async () => {
  expect((await select([])).root).toBe('all');
  expect((await select(['a', '/'])).root).toBe('all');
  expect((await select(['a'])).root).toBe('some');
});

test('what is excluded is out, whatever is asked for', async () => {
  const selection = await select(['/work'], ['*.ts', 'sub/x']);
  expect(selection.select('all', '/work/a.ts', 'a.ts', false)).toBe('none');
  expect(selection.select('all', '/work/sub/x', 'x', false)).toBe('all');
  expect(selection.select('all', '/sub/x', 'x', false)).toBe('none');
});

test('paths begin at the folder that is restored', async () => {
  const selection = await select(['/sub/c.ts'], [], '/work');
  expect(selection.select('some', '/sub', 'sub', true)).toBe('some');
  expect(selection.select('some', '/sub/c.ts', 'c.ts', false)).toBe('all');
  selection.checkAllFound();
});

test('what only the destination has does not count as found', async () => {
  const selection = await select(['/gone', '/work/a.ts']);
  selection.select('some', '/gone', 'gone', false, true);
  selection.select('some', '/work/a.ts', 'a.ts', false);
  expect(() => selection.checkAllFound()).toThrow(/nothing that matches "\/gone"\./);
});

test('a pattern that minimatch refuses', async () => {
  expect(await select(['x*'.repeat(40_000)]).catch(errorCode)).toBe('usage');
});
