import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { guardStatuses } from '../../../src/engine/guard/guardStatus.ts';
import type { EngineClient } from '../../../src/worker/engineClient.ts';
import type { BackupReport } from '../../../src/worker/engineProtocol/backup.ts';
import type { RepositoryRef } from '../../../src/worker/engineProtocol/refs.ts';
import type { Trigger } from '../../../src/worker/engineProtocol/snapshots.ts';
import { useDataHome } from '../../helpers/dataHome.ts';
import { newEngineClient, sourceOf } from '../../helpers/engineClient.ts';
import { createLocalRepository } from '../../helpers/localRepository.ts';
import { TEST_PASSWORD } from '../../helpers/restic.ts';
import { tempFolder } from '../../helpers/tempFolder.ts';

const guarded = { guard: { delay: 86_400_000 } } as const;
let client: EngineClient;
let home: string;
let own: string;
let guards: string;
let version: number;

beforeEach(() => {
  home = tempFolder();
  vi.stubEnv('HOME', home);
  own = useDataHome(join(home, 'data'));
  guards = join(home, '.cairn-guard');
  mkdirSync(join(home, 'project'));
  version = 0;
  client = newEngineClient();
});

afterEach(async () => {
  await client.close();
  vi.unstubAllEnvs();
});

function backUp(repository: RepositoryRef, trigger: Trigger = 'manual', folder = 'project'): Promise<BackupReport> {
  writeFileSync(join(home, 'project/a'), String(version++));
  const source = sourceOf(join(home, folder));
  return client.call('backup', { repository, source, trigger, scan: 'full', programVersion: 'cairn test' });
}

test('every backup is guarded soon after it is answered, if the settings say so', async () => {
  await backUp({ guard: 'off' });
  expect(existsSync(guards)).toBe(false);
  await backUp(guarded);
  await expect.poll(() => guardStatuses([guards])).toMatchObject([{ unguarded: 0, lacking: 0, hasPassword: true }]);
  const { files } = guardStatuses([guards])[0]!;
  await backUp(guarded, 'save');
  await expect.poll(() => guardStatuses([guards])[0]!.files).toBeGreaterThan(files);
  await expect.poll(() => guardStatuses([guards])[0]!.unguarded).toBe(0);
  const status = guardStatuses([guards])[0]!;
  await backUp({ guard: 'off' }, 'save');
  const { files: asBefore, unguarded } = guardStatuses([guards])[0]!;
  expect(asBefore).toBe(status.files);
  expect(unguarded).toBeGreaterThan(0);
});

test('what is pruned takes space until the guard lets go of it, which a person can ask for', async () => {
  writeFileSync(join(home, 'project/large'), randomBytes(300_000));
  const { snapshot } = await backUp(guarded);
  rmSync(join(home, 'project/large'));
  await backUp(guarded);
  await client.call('deleteSnapshots', { repository: guarded, ids: [snapshot!.id] });
  const pruned = await client.call('prune', { repository: guarded, includesNew: true, dryRun: false });
  expect(pruned).toMatchObject({ isHeld: true, problems: [] });
  expect(pruned.freedBytes).toBeGreaterThan(290_000);
  expect(guardStatuses([guards])[0]!.waiting.bytes).toBeGreaterThan(290_000);
  expect(await client.call('releaseGuard', { repository: guarded })).toBeGreaterThan(290_000);
  expect(guardStatuses([guards])).toMatchObject([{ waiting: { files: 0, bytes: 0 }, lacking: 0, unguarded: 0 }]);
  expect(await client.call('prune', { repository: { guard: 'off' }, dryRun: false })).toMatchObject({ isHeld: false });
});

test('a repository that a person named is guarded, without its password', async () => {
  const location = join(home, 'named');
  await createLocalRepository(location);
  await backUp({ location, password: { from: 'text', text: TEST_PASSWORD }, ...guarded });
  await expect
    .poll(() => guardStatuses([guards]))
    .toMatchObject([{ repository: location, unguarded: 0, hasPassword: false }]);
});

test('the default repository comes back when a person backs up, and not behind their back', async () => {
  await backUp(guarded);
  await expect.poll(() => guardStatuses([guards])).toMatchObject([{ unguarded: 0 }]);
  rmSync(join(own, 'password'));
  rmSync(join(own, 'repository'), { recursive: true, maxRetries: 5 });
  await expect(backUp(guarded, 'save')).rejects.toMatchObject({ code: 'repository-not-found' });
  const report = await backUp(guarded);
  expect(report).toMatchObject({ recoveredFrom: guardStatuses([guards])[0]!.guard });
  expect(report).not.toHaveProperty('createdRepository');
  expect((await client.call('listSnapshots', { repository: guarded, limit: 9 })).total).toBe(2);
});

test('a guard is no part of a backup', async () => {
  await backUp(guarded);
  const { snapshot } = await backUp(guarded, 'manual', '.');
  const entries = await client.call('listFolder', { repository: guarded, snapshot: snapshot!.id, path: home });
  expect(entries.map(({ name }) => name).sort()).toEqual(['data', 'project']);
});

test('what is wrong with a guard is told by the next backup, once', async () => {
  const { location } = await client.call('createRepository', { repository: guarded });
  expect(location).toBe(join(own, 'repository'));
  for (const place of [guards, join(own, '.cairn-guard')]) writeFileSync(place, 'in its place');
  const told = [];
  for (let round = 0; round < 3; round++) told.push((await backUp(guarded)).guardTrouble);
  expect(told.filter((text) => text !== undefined)).toEqual([expect.stringContaining('is not complete')]);
});
