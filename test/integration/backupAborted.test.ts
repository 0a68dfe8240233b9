import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeTree } from '../helpers/fileTree.ts';
import { backUp, createLocalRepository } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const root = tempFolder();

test('a backup that is cancelled before it begins reads and stores nothing', async () => {
  const source = join(root, 'source');
  const folder = join(root, 'repository');
  writeTree(source, { 'large.bin': randomBytes('large', 3_000_000) });
  const repository = await createLocalRepository(folder);
  const cancelled = backUp(repository, [source], { signal: AbortSignal.abort() });
  await expect(cancelled).rejects.toMatchObject({ code: 'aborted' });
  const packs = readdirSync(join(folder, 'data')).flatMap((prefix) => readdirSync(join(folder, 'data', prefix)));
  expect(packs).toEqual([]);
});
