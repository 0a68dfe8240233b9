/** What could not be read since the network or the server failed is no damage, and is not waited for file by file. */
import { beforeEach, expect, test } from 'vitest';
import type { FileType } from '../../src/backend/backend.ts';
import { wrapCalls } from '../../src/backend/wrap/wrapCalls.ts';
import { CairnError } from '../../src/base/errors.ts';
import type { OpenCodecs } from '../../src/engine/codec/codecPool.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { createTestRepository } from '../helpers/testRepository.ts';

const noCodecs: OpenCodecs = () => {
  throw new Error('Nothing is read whole.');
};

let repository: Repository;
let struck: FileType | undefined;
let failure: CairnError;
/** So many calls failed. */
let failed: number;

beforeEach(async () => {
  const made = await createTestRepository();
  for (const name of ['a', 'b', 'c']) await made.addSnapshot({ [name]: name, folder: { [name]: name } });
  struck = undefined;
  failed = 0;
  const failing = wrapCalls(made.backend, async (call) => {
    if (call.kind !== 'load' || call.type !== struck) return call.make();
    failed++;
    throw failure;
  });
  const near = { ...failing, properties: { ...made.backend.properties, connections: 1 } };
  repository = await openRepository(near, { password: TEST_PASSWORD });
});

const types: FileType[] = ['key', 'snapshot', 'index', 'pack'];

test.each(types)('of type %s, verify ends with what failed', async (type) => {
  struck = type;
  failure = new CairnError('storage-error', 'The server cannot do it now (500).', { mayPass: true });
  await expect(verify(repository, noCodecs, { noLock: true })).rejects.toBe(failure);
  expect(failed).toBe(1);
});

test.each(types)('of type %s, one place that cannot be read is a finding', async (type) => {
  struck = type;
  failure = new CairnError('storage-error', 'It cannot be read.');
  const { counts } = await verify(repository, noCodecs, { noLock: true });
  expect(counts.errors).toBeGreaterThan(0);
});
