/** Copies from a repository of which something is lost: whatever reaches the other one is whole there. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copySnapshots } from '../../src/engine/copy/copySnapshots.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { backUp, createLocalRepository, testCodecs } from '../helpers/localRepository.ts';
import { randomBytes } from '../helpers/random.ts';
import { sessionOf } from '../helpers/session.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

test.each([undefined, 1])('content that two snapshots share, copied in batches of %s bytes', async (batchBytes) => {
  const top = tempFolder();
  const [folder, source] = [join(top, 'repository'), join(top, 'source')];
  const repository = await createLocalRepository(folder);
  writeTree(source, { 'shared/lost': randomBytes('lost', 300_000) });
  await backUp(repository, [join(source, 'shared')]);
  const session = await sessionOf(repository);
  const [pack] = [...session.index.packIds].filter((id) => session.index.packSize(id) > 200_000);
  writeTree(source, { whole: 'whole' });
  await backUp(repository, [source]);
  await backUp(repository, [join(source, 'whole')]);
  writeFileSync(join(folder, 'data', pack!.slice(0, 2), pack!), randomBytes('damage', session.index.packSize(pack!)));

  const target = await createLocalRepository(join(top, 'target'));
  const { snapshots } = await copySnapshots(await sessionOf(repository), await sessionOf(target), testCodecs(), {
    ...(batchBytes !== undefined && { batchBytes }),
  });
  expect(snapshots.map(({ outcome }) => outcome).toSorted()).toEqual(['copied', 'failed', 'failed']);
  const { counts, affected } = await verify(target, testCodecs(), { noLock: true, readData: true });
  expect([counts.snapshots, counts.errors, affected]).toEqual([1, 0, []]);
});
