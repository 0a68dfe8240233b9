/** What a prune does where the storage wrongly says that something is not there. */
import { beforeEach, expect, test } from 'vitest';
import { CairnError } from '../../src/base/errors.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { openRepository } from '../../src/repository/repository.ts';
import type { StoredSnapshot } from '../../src/repository/snapshots.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { sessionOf } from '../helpers/session.ts';
import { createTestRepository, type TestRepository } from '../helpers/testRepository.ts';

let made: TestRepository;
let backend: FaultyBackend;
let snapshots: StoredSnapshot[];
const absent = new CairnError('file-not-found', 'It is not there.');

beforeEach(async () => {
  made = await createTestRepository();
  snapshots = [await made.addSnapshot({ a: 'alpha' }), await made.addSnapshot({ b: 'beta' })];
  backend = new FaultyBackend(made.backend);
});

const open = async () => sessionOf(await openRepository(backend, { password: TEST_PASSWORD }));

test('a snapshot that was listed and is not found', async () => {
  const session = await open();
  backend.inject({ operation: 'load', type: 'snapshot', fail: absent });
  await expect(planPrune(session, { graceMs: 0 })).rejects.toMatchObject({ code: 'refused' });
});

test('a list that is empty once', async () => {
  const session = await open();
  let calls = 0;
  const list = backend.list.bind(backend);
  backend.list = async (type) => (type === 'snapshot' && calls++ === 0 ? [] : list(type));
  const ignoredSnapshots = [snapshots[0]!.id];
  await expect(planPrune(session, { graceMs: 0, ignoredSnapshots })).rejects.toMatchObject({ code: 'refused' });
});
