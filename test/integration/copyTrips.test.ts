import { expect, test } from 'vitest';
import { copySnapshots } from '../../src/engine/copy/copySnapshots.ts';
import { withSession } from '../../src/engine/session.ts';
import type { SnapshotId } from '../../src/repository/format/ids.ts';
import { openRepository } from '../../src/repository/repository.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { createLocalRepository, testCodecs } from '../helpers/localRepository.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { createStage, placeOf } from '../helpers/stage.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

test('of snapshots that were copied before nothing is read in the source', async () => {
  const stage = await createStage({ 'a/x': 'one' }, { 'a/x': 'two' });
  const [old] = stage.ids as [SnapshotId];
  const target = await createLocalRepository(`${tempFolder()}/target`);
  const near = stage.repository.backend;
  const far = Object.assign(new FaultyBackend(near), { properties: { ...near.properties, isFar: true } });
  const source = await openRepository(far, { password: TEST_PASSWORD });
  const copy = (snapshots: SnapshotId[]) =>
    withSession(source, { lock: 'none' }, (from) =>
      withSession(target, { lock: 'none' }, (to) => copySnapshots(from, to, testCodecs(), { snapshots })),
    );
  expect((await copy([old])).snapshots).toMatchObject([{ outcome: 'copied' }]);
  far.calls.length = 0;
  const outcomes = (await copy([])).snapshots.map(({ outcome }) => outcome);
  expect(outcomes.sort()).toEqual(['copied', 'there']);
  expect(far.calls).not.toContain(`load pack ${(await placeOf(stage, old, '')).packId}`);
});
