/** The same changes of tags by Cairn and by the real restic, each on a copy of the same repository. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cairnOk } from '../helpers/cairn.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { createResticRepository } from '../helpers/localRepository.ts';
import { restic } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const top = tempFolder();
const source = join(top, 'source');
const original = join(top, 'repository');

type Listed = Record<string, unknown> & { id: string; short_id: string; tags?: string[] };
const list = (repository: string) => JSON.parse(restic(repository, ['snapshots', '--json'])) as Listed[];
/** All that is in a snapshot but its id, which no two writes share; the order of tags means nothing. */
const withoutIds = (snapshots: Listed[]) =>
  snapshots.map(({ id: _id, short_id: _short, tags, ...fields }) => ({ ...fields, tags: tags?.sort() }));

beforeAll(async () => {
  await createResticRepository(original);
  writeTree(source, { 'a.txt': 'alpha' });
  for (const tags of ['a', 'b', 'a,b', ''])
    restic(original, [
      'backup',
      '--host',
      `host-${tags}`,
      ...(tags ? ['--tag', tags] : []),
      '--exclude',
      '*.o',
      source,
    ]);
});

test.each([
  ['--add', 'x,y'],
  ['--add', 'b', '--add', 'x', '--remove', 'a'],
  ['--remove', 'a,b'],
  ['--set', 'c,d', '--tag', 'a'],
  ['--add', 'x', '--host', 'host-b'],
  ['--add', 'x', 'latest'],
  ['--add', 'x', '--path', '/nowhere'],
])('tag %s %s %s %s', (...args) => {
  const [theirs, ours] = [
    join(top, args.join('_').replaceAll('/', '-')),
    join(top, `${args.join('_').replaceAll('/', '-')} ours`),
  ];
  for (const copy of [theirs, ours]) cpSync(original, copy, { recursive: true });
  restic(theirs, ['tag', ...args]);
  cairnOk(['tag', '-r', ours, ...args]);
  expect(withoutIds(list(ours))).toEqual(withoutIds(list(theirs)));
  restic(ours, ['check']);
});

test('each continues what the other began', () => {
  const before = list(original).map(({ id }) => id);
  cairnOk(['tag', '-r', original, '--label', 'one, two']);
  restic(original, ['tag', '--add', 'theirs', '--remove', 'label-one%2C two']);
  cairnOk(['tag', '-r', original, '--remove', 'theirs']);
  expect(list(original).map((snapshot) => snapshot['original'])).toEqual(before);
  expect(list(original).map(({ tags }) => tags ?? [])).toEqual([['a'], ['b'], ['a', 'b'], []]);
});

test('who changed things is for restic a tag like any other', () => {
  const repository = join(top, 'who');
  cpSync(original, repository, { recursive: true });
  const who = ['--actor', 'agent:claude', '--session', 'a,b', '--turn', '3'];
  cairnOk(['backup', '-r', repository, source, ...who]);
  const [found, ...others] = JSON.parse(
    restic(repository, ['snapshots', '--json', '--tag', 'actor-agent,agent-claude']),
  ) as Listed[];
  expect(others).toEqual([]);
  expect(found!.tags).toEqual(['cairn', 'manual', 'actor-agent', 'agent-claude', 'session-a%2Cb', 'turn-3']);
  restic(repository, ['tag', '--add', 'theirs', found!.id]);
  expect(cairnOk(['snapshots', '-r', repository, '--actor', 'agent:claude', '--json'])).toContain(
    '"actor":{"kind":"agent","name":"claude","session":"a,b","turn":"3"}',
  );
});
