/** A lock file that cannot be removed at the end is told of; what was done, or why it failed, counts all the same. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CairnError } from '../../src/base/errors.ts';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { listRepositoryKeys } from '../../src/engine/keys.ts';
import { repairFiles } from '../../src/engine/repair/repairFiles.ts';
import { repairIndex } from '../../src/engine/repair/repairIndex.ts';
import { withSession, type SessionOptions } from '../../src/engine/session.ts';
import { tagSnapshots } from '../../src/engine/tagSnapshots.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { testCodecs } from '../helpers/localRepository.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { createStage, type Stage } from '../helpers/stage.ts';

type Options = Pick<SessionOptions, 'onLockLeft'>;

/** `healthy` is the same repository by a storage without faults. */
type Run = (repository: Repository, options: Options, healthy: Repository) => Promise<unknown>;

const operations: [string, Run, object][] = [
  ['a session', (at, options) => withSession(at, { lock: 'shared', ...options }, async () => ({ a: 1 })), { a: 1 }],
  ['verify', (at, options) => verify(at, testCodecs(), options), { findings: [] }],
  ['tag', (at, options) => tagSnapshots(at, { add: ['new'] }, options), [{ tags: ['new'] }]],
  ['key list', (at, options) => listRepositoryKeys(at, options), [{}]],
  ['repair index', (at, options) => repairIndex(at, options), { isChanged: false }],
  ['repair files', (at, options) => repairFiles(at, testCodecs(), options), {}],
  [
    'forget',
    async (at, options, healthy) => executeForget(at, await planForgetByName(healthy, ['latest']), options),
    [expect.stringMatching(/^[0-9a-f]{64}$/)],
  ],
];

describe.each(operations)('%s, of which the lock stays', (_, run, result) => {
  let stage: Stage;
  let backend: FaultyBackend;
  let repository: Repository;
  let told: string[];
  const options = { onLockLeft: (message: string) => told.push(message) };
  beforeEach(async () => {
    stage = await createStage({ a: 'a' });
    backend = new FaultyBackend(stage.repository.backend);
    repository = await openRepository(backend, { password: TEST_PASSWORD });
    told = [];
    backend.inject({ operation: 'remove', type: 'lock', times: 99, fail: new CairnError('storage-error', 'No way.') });
  });

  test("comes to what it would, says so, and is in nobody's way", async () => {
    expect(await run(repository, options, stage.repository)).toMatchObject(result);
    expect(told).toEqual([expect.stringMatching(/^The lock [0-9a-f]{8} stays .* could not be removed: No way\. /)]);
    expect(readdirSync(join(stage.folder, 'locks'))).toHaveLength(1);
    backend.heal();
    await withSession(repository, { lock: 'exclusive' }, async () => {});
    expect(readdirSync(join(stage.folder, 'locks'))).toEqual([]);
  });

  test('fails for its own reason', async () => {
    const fail = new CairnError('target-unavailable', 'The storage went away.');
    for (const type of ['index', 'snapshot', 'key'] as const) {
      for (const operation of ['list', 'load', 'remove'] as const) backend.inject({ operation, type, times: 99, fail });
    }
    const failing = run(repository, options, stage.repository);
    await expect(failing).rejects.toMatchObject({ code: 'target-unavailable' });
  });
});
