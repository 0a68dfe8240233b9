/** Folders that are read ahead make a cache fetch their pack whole, unless it is large. */
import { expect, test } from 'vitest';
import { wrapCalls } from '../../src/backend/wrap/wrapCalls.ts';
import { treesAhead } from '../../src/engine/treesAhead.ts';
import { openRepository } from '../../src/repository/repository.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { sessionOf } from '../helpers/session.ts';
import { createTestRepository } from '../helpers/testRepository.ts';

test.each([
  [64 * 1024 * 1024, ['trees']],
  [64 * 1024 * 1024 + 1, [undefined]],
])('from a pack whose blobs end at %i', async (end, expected) => {
  const made = await createTestRepository();
  await made.addSnapshot({ a: 'a' });
  const held: unknown[] = [];
  const far = wrapCalls(made.backend, (call) => call.make());
  const repository = await openRepository(
    {
      ...far,
      properties: { ...far.properties, isFar: true },
      load: (handle, options) => {
        if (handle.type === 'pack') held.push(handle.holds);
        return far.load(handle, options);
      },
    },
    { password: TEST_PASSWORD },
  );
  const session = await sessionOf(repository);
  session.index.packEnd = () => end;
  const [newest] = await listSnapshots(repository);
  const root = newest!.snapshot.tree;
  await treesAhead(session, [root]).loadTree(root);
  expect(held).toEqual(expected);
});
