/** What is edited after a restore was planned, as while somebody is asked whether to go on, stays as it was edited. */
import { appendFileSync, existsSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { executeRestore } from '../../src/engine/restore/executeRestore.ts';
import { makesLinks, writeTree } from '../helpers/fileTree.ts';
import { backUp, createLocalRepository, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { pathBelow } from '../helpers/paths.ts';
import { planFor } from '../helpers/restoring.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const names = ['edited.txt', 'left.txt', 'removed.txt', 'folder/edited.txt'];

test('is neither overwritten nor deleted, and said', async () => {
  const root = tempFolder();
  const source = join(root, 'source');
  const at = (name: string) => join(source, name);
  writeTree(source, Object.fromEntries(names.map((name) => [name, `backed up ${name}`])));
  if (makesLinks) writeTree(source, { link: { link: 'left.txt' } });
  const repository = await createLocalRepository(join(root, 'repository'));
  await backUp(repository, [source]);
  for (const name of names) writeFileSync(at(name), 'before');
  rmSync(at('link'), { force: true });
  writeTree(source, { link: 'before', 'extra/edited.txt': 'x', 'extra/left.txt': 'x', 'extra.txt': 'x' });

  const session = await unlockedSession(repository);
  const plan = await planFor(session, { folder: source, destination: source, delete: { isIgnored: () => false } });
  for (const name of ['edited.txt', 'folder/edited.txt', 'link', 'extra/edited.txt'])
    appendFileSync(at(name), ' and now');
  // An edit that changes no size.
  writeFileSync(at('extra.txt'), 'y');
  utimesSync(at('extra.txt'), 1_800_000_000, 1_800_000_000);
  rmSync(at('removed.txt'));
  const { problems, files, deleted } = await executeRestore(session, testCodecs(), plan);

  const kept = ['edited.txt', 'extra.txt', 'extra/edited.txt', 'folder/edited.txt', 'link'];
  const changed = problems.filter(({ code }) => code === 'CHANGED').map(({ path }) => pathBelow(source, path));
  expect(changed.sort()).toEqual(kept);
  for (const { message } of problems.filter(({ code }) => code === 'CHANGED')) {
    expect(message).toContain('was left as it is');
  }
  expect(readFileSync(at('edited.txt'), 'utf8')).toBe('before and now');
  expect(readFileSync(at('folder/edited.txt'), 'utf8')).toBe('before and now');
  expect(readFileSync(at('extra/edited.txt'), 'utf8')).toBe('x and now');
  expect(readFileSync(at('extra.txt'), 'utf8')).toBe('y');
  expect(readFileSync(at('link'), 'utf8')).toBe('before and now');
  // The rest is done.
  expect(readFileSync(at('left.txt'), 'utf8')).toBe('backed up left.txt');
  expect(readFileSync(at('removed.txt'), 'utf8')).toBe('backed up removed.txt');
  expect(existsSync(at('extra/left.txt'))).toBe(false);
  expect([files, deleted]).toEqual([2, 1]);
});
