/** Each call to a storage that is away takes a quarter of an hour: what would only fail again is not asked for. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { CairnError } from '../../src/base/errors.ts';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { withSession } from '../../src/engine/session.ts';
import { treesAhead } from '../../src/engine/treesAhead.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { loadSnapshot } from '../../src/repository/snapshots.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { backUp, testCodecs, unlockedSession } from '../helpers/localRepository.ts';
import { memoryCodecs } from '../helpers/memoryCodecs.ts';
import { writeTree } from '../helpers/fileTree.ts';
import { randomBytes } from '../helpers/random.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { createStage, type Stage } from '../helpers/stage.ts';

const away = new CairnError('target-unavailable', 'The server cannot be reached.', { mayPass: true });
const isAway = { code: 'target-unavailable' };

let stage: Stage;
let backend: FaultyBackend;
let repository: Repository;
const calls = (kind: string) => backend.calls.filter((line) => line.startsWith(kind)).length;

beforeEach(async () => {
  stage = await createStage({ 'a/x': 'one', 'b/y': 'two', 'c/z': 'three' });
  const inner = new FaultyBackend(stage.repository.backend);
  backend = Object.assign(inner, { properties: { ...inner.properties, isFar: true } });
  repository = await openRepository(backend, { password: TEST_PASSWORD });
});

test('a backup that cannot read the snapshots does not read all files instead', async () => {
  backend.inject({ operation: 'load', type: 'snapshot', times: 99, fail: away });
  await expect(backUp(repository, ['.'], { workingFolder: stage.source })).rejects.toMatchObject(isAway);
  expect(calls('save')).toBe(0);
});

test('a backup does not go on without what its parent holds', async () => {
  writeTree(stage.source, { 'a/new': '1', 'b/new': '2', 'c/new': '3' });
  backend.inject({ operation: 'load', type: 'pack', times: 99, fail: away });
  await expect(backUp(repository, ['.'], { workingFolder: stage.source })).rejects.toMatchObject(isAway);
  expect([calls('load pack'), calls('save')]).toEqual([1, 0]);
});

test('a list of a folder that was asked for ahead is not asked for again', async () => {
  const session = await unlockedSession(repository);
  const { tree } = await loadSnapshot(repository, stage.ids[0]!);
  backend.inject({ operation: 'load', type: 'pack', times: 99, fail: away });
  await expect(treesAhead(session, [tree]).loadTree(tree)).rejects.toMatchObject(isAway);
  expect(calls('load pack')).toBe(1);
});

test.each([
  ['target-unavailable', true],
  ['permission-denied', false],
  ['storage-error', false],
] as const)('a prune that cannot read a list of a folder (%s) does not call it lost', async (code, mayPass) => {
  const pruning = withSession(repository, { lock: 'exclusive' }, async (session) => {
    backend.inject({ operation: 'load', type: 'pack', times: 99, fail: new CairnError(code, 'Not now.', { mayPass }) });
    return planPrune(session, { graceMs: 0, maxUnused: 0 });
  });
  await expect(pruning).rejects.toMatchObject({ code, message: 'Not now.' });
});

test('nor contents that it was to store anew', async () => {
  await backUp(stage.repository, ['a'], { workingFolder: stage.source });
  await executeForget(repository, await planForgetByName(repository, [stage.ids[0]!]));
  const opened = async () =>
    withSession(repository, { lock: 'exclusive' }, async (session) => {
      const plan = await planPrune(session, { graceMs: 0, maxUnused: 0 });
      expect(plan.repack.length).toBeGreaterThan(0);
      backend.inject({ operation: 'load', type: 'pack', times: 99, fail: new CairnError('storage-error', 'Not now.') });
      return executePrune(session, memoryCodecs(backend), plan);
    });
  await expect(opened()).rejects.toMatchObject({
    code: 'storage-error',
    message: expect.not.stringContaining('repair') as string,
  });
});

test('a prune ends when as many removals as go at once have failed', async () => {
  for (let i = 0; i < 8; i++) {
    writeTree(stage.source, { [`own ${i}`]: randomBytes(`own ${i}`, 1000) });
    await backUp(stage.repository, ['.'], { workingFolder: stage.source });
    rmSync(join(stage.source, `own ${i}`));
  }
  await executeForget(repository, await planForgetByName(repository, ['latest']));
  const pruning = withSession(repository, { lock: 'exclusive' }, async (session) => {
    const plan = await planPrune(session, { graceMs: 0, maxUnused: 0 });
    expect(plan.remove.length + plan.repack.length).toBeGreaterThanOrEqual(2 * backend.properties.connections);
    backend.inject({ operation: 'remove', type: 'pack', times: 99, fail: away });
    return executePrune(session, testCodecs(), plan);
  });
  await expect(pruning).rejects.toMatchObject(isAway);
  expect(calls('remove pack')).toBeLessThan(2 * backend.properties.connections);
});
