import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { buildTargetTree } from '../../../../src/engine/backup/targetTree.ts';
import { unreadPlaces } from '../../../../src/engine/backup/unreadPlaces.ts';
import { ChangedPaths } from '../../../../src/workspace/changedPaths.ts';

const home = resolve('/home');
const tree = buildTargetTree([join(home, 'me'), 'app'], home);
const problem = (path: string, code = 'EACCES') => ({ path: join(home, path), code, message: '' });
const me = unreadPlaces({ tree, problems: [problem('me')] })[0]!;

test('names places as the tree does, and none that lies in another', () => {
  const problems = ['app/x', 'me/a b', 'me/a/b', 'me/a', 'me/a/b/c', 'elsewhere'].map((path) => problem(path));
  expect(me).toMatch(/^(?:\/[A-Z])?\/home\/me$/);
  expect(unreadPlaces({ tree, problems })).toEqual(['/app/x', `${me}/a`, `${me}/a b`].sort());
});

test('a file that was written to while it was read is there', () => {
  expect(unreadPlaces({ tree, problems: [problem('me/a', 'TORN')] })).toEqual([]);
});

test('very many are named by their folders', () => {
  const problems = Array.from({ length: 3000 }, (_, at) => problem(`me/many/${at % 3}/${at}`));
  expect(unreadPlaces({ tree, problems })).toEqual([0, 1, 2].map((at) => `${me}/many/${at}`));
});

test('a look at a part of a place does not bring the rest of it back', () => {
  const before = [`${me}/many`];
  const look = (path: string) =>
    unreadPlaces({ tree, problems: [], before, changes: new ChangedPaths([join(home, path)]) });
  expect(look('me/many/0/1')).toEqual(before);
  expect(look('me/many')).toEqual([]);
  expect(look('me')).toEqual([]);
});

test('a look at some changes says nothing of the rest', () => {
  const before = [`${me}/old`, `${me}/again/x`, '/app/gone', '/other/x'];
  const changes = new ChangedPaths([join(home, 'me/again'), join(home, 'app/gone')]);
  const problems = [problem('me/again/y')];
  expect(unreadPlaces({ tree, problems, changes, before })).toEqual([`${me}/again/y`, `${me}/old`]);
  expect(unreadPlaces({ tree, problems, before })).toEqual([`${me}/again/y`]);
});
