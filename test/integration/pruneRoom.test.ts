/** A prune for whose lock there is no room, which removes first what nobody can need. */
import { beforeEach, expect, test } from 'vitest';
import { CairnError } from '../../src/base/errors.ts';
import { withPruneSession } from '../../src/engine/prune/pruneSession.ts';
import { lockRepository } from '../../src/engine/session.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { FaultyBackend } from '../helpers/faultyBackend.ts';
import { MemoryBackend } from '../helpers/memoryBackend.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { createTestRepository } from '../helpers/testRepository.ts';

const [old, young, fresh] = ['aa', 'bb', 'cc'].map((digits) => digits.repeat(32)) as [string, string, string];
const DAY = 24 * 60 * 60_000;
const full = new CairnError('disk-full', 'The disk is full.', { details: { file: 'locks/abc' } });

/** Tells when what it holds was stored; the packs of the repository itself long ago. */
class DatedBackend extends MemoryBackend {
  override async list(...args: Parameters<MemoryBackend['list']>) {
    const ages: Record<string, number> = { [young]: DAY / 2, [fresh]: 0 };
    const files = await super.list(...args);
    return files.map((file) => ({ ...file, modified: Date.now() - (ages[file.name] ?? 2 * DAY) }));
  }
}

let memory: DatedBackend;
let backend: FaultyBackend;
let repository: Repository;
let listed: string[];

beforeEach(async () => {
  const made = await createTestRepository();
  await made.addSnapshot({ 'a.txt': 'alpha' });
  memory = new DatedBackend();
  for (const [path, bytes] of made.backend.files) memory.files.set(path, bytes);
  listed = (await memory.list('pack')).map(({ name }) => name);
  for (const name of [old, young, fresh]) await memory.save({ type: 'pack', name }, [Buffer.alloc(100)]);
  backend = new FaultyBackend(memory);
  repository = await openRepository(backend, { password: TEST_PASSWORD });
});

const packs = async () => (await memory.list('pack')).map(({ name }) => name).sort();

test('packs that no index lists go once they are old, and the work is done', async () => {
  backend.inject({ operation: 'save', type: 'lock', fail: full });
  const told: number[][] = [];
  const result = await withPruneSession(
    repository,
    { onRoomMade: (...numbers) => told.push(numbers) },
    async () => 'done',
  );
  expect([result, told]).toEqual(['done', [[1, 100]]]);
  expect(await packs()).toEqual([...listed, young, fresh].sort());
});

test('nothing goes while somebody holds a lock', async () => {
  const other = await lockRepository(repository, { lock: 'shared' });
  backend.inject({ operation: 'save', type: 'lock', times: Infinity, fail: full });
  backend.inject({ operation: 'list', type: 'lock', fail: full });
  await expect(withPruneSession(repository, {}, async () => {})).rejects.toMatchObject({ code: 'disk-full' });
  expect(await packs()).toEqual([...listed, old, young, fresh].sort());
  backend.heal();
  await other.release();
});

test('what fails for another reason, or in the work, is thrown as it is', async () => {
  backend.inject({ operation: 'save', type: 'lock', fail: new CairnError('read-only', 'It is.') });
  await expect(withPruneSession(repository, {}, async () => {})).rejects.toMatchObject({ code: 'read-only' });
  const inWork = withPruneSession(repository, {}, async () => {
    throw new CairnError('disk-full', 'No room.', { details: { file: 'index/abc' } });
  });
  await expect(inWork).rejects.toMatchObject({ message: 'No room.' });
  expect(await packs()).toEqual([...listed, old, young, fresh].sort());
});
