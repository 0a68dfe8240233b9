/** What only reads begins before its lock is confirmed, and need not wait for that. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { executeRestore } from '../../src/engine/restore/executeRestore.ts';
import { planRestore } from '../../src/engine/restore/planRestore.ts';
import { currentOwner, withSession, type Session } from '../../src/engine/session.ts';
import { findPlace } from '../../src/engine/snapshotPath.ts';
import { formatTime } from '../../src/repository/format/time.ts';
import { lockFileToJson } from '../../src/repository/lockFile.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { loadSnapshot } from '../../src/repository/snapshots.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { testCodecs } from '../helpers/localRepository.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { createStage, type Stage } from '../helpers/stage.ts';
import { tempFolder } from '../helpers/tempFolder.ts';

const options = { lock: 'shared', beginsEarly: true } as const;

let stage: Stage;
let backend: FaultyBackend;
let repository: Repository;
beforeEach(async () => {
  stage = await createStage({ a: 'a' });
  backend = new FaultyBackend(stage.repository.backend);
  repository = await openRepository(backend, { password: TEST_PASSWORD });
});

/** Another machine takes the repository for itself between our two looks for locks. */
async function lockElsewhere(): Promise<void> {
  const owner = { ...currentOwner(), hostname: 'elsewhere' };
  const time = formatTime(BigInt(Date.now()) * 1_000_000n);
  await stage.repository.writeFile('lock', lockFileToJson({ ...owner, time, exclusive: true, pid: 1 }));
}

async function readA({ reader }: Session): Promise<string[]> {
  const { tree } = await loadSnapshot(repository, stage.ids[0]!);
  return (await reader.loadTree(tree)).nodes.map(({ name }) => name);
}

test('who has read all needs no second look for locks, and leaves none', async () => {
  expect(await withSession(repository, options, readA)).toEqual(['a']);
  expect(backend.calls.filter((call) => /^list.*lock/.test(call))).toHaveLength(1);
  expect(readdirSync(join(stage.folder, 'locks'))).toEqual([]);
});

test('what fails beside one that removes data fails for its lock', async () => {
  const reading = withSession(repository, options, async () => {
    await lockElsewhere();
    throw new Error('a pack is gone');
  });
  await expect(reading).rejects.toMatchObject({ code: 'locked' });
});

test('what fails by itself fails for that', async () => {
  const reading = withSession(repository, options, () => Promise.reject(new Error('a pack is gone')));
  await expect(reading).rejects.toThrow('a pack is gone');
});

test('a restore plans meanwhile, and writes nothing before', async () => {
  const destination = join(tempFolder(), 'restored');
  const restoring = withSession(repository, options, async (session) => {
    const snapshot = await loadSnapshot(repository, stage.ids[0]!);
    const place = await findPlace(session.reader, { id: stage.ids[0]!, snapshot }, '/');
    const plan = await planRestore(session, { place, include: [], destination });
    expect(plan.totals.create).toBe(1);
    await lockElsewhere();
    await executeRestore(session, testCodecs(), plan);
  });
  await expect(restoring).rejects.toMatchObject({ code: 'locked' });
  expect(() => readdirSync(destination)).toThrow('ENOENT');
});
