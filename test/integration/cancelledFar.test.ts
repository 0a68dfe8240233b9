/** What is cancelled while far storage is away ends soon: its calls at once, the removal of its lock after a while. */
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Backend } from '../../src/backend/backend.ts';
import { withCacheIn, withoutKept } from '../../src/backend/cache/withCache.ts';
import { bindCalls } from '../../src/backend/wrap/bindCalls.ts';
import { wrapCalls } from '../../src/backend/wrap/wrapCalls.ts';
import { orAborted } from '../../src/base/abort.ts';
import { withSession, type Session, type SessionOptions } from '../../src/engine/session.ts';
import { openRepository, type Repository } from '../../src/repository/repository.ts';
import { listSnapshotIds } from '../../src/repository/snapshots.ts';
import type { MemoryBackend } from '../helpers/memoryBackend.ts';
import { TEST_PASSWORD } from '../helpers/restic.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { createTestRepository } from '../helpers/testRepository.ts';

let memory: MemoryBackend;
let isAway: boolean;
let repository: Repository;
let told: string[];
/** Calls that did not come through, by kind. */
let stuck: string[];
let person: AbortController;
let options: Omit<SessionOptions, 'lock'>;

/** Far storage that does not answer while it is away, as one does whose calls are made again and again. */
function farStorage(inner: Backend): Backend {
  const far = wrapCalls(inner, async (call) => {
    if (isAway) {
      stuck.push(`${call.kind} ${call.type ?? ''}`);
      await orAborted(new Promise(() => {}), call.options.signal);
    }
    return call.make();
  });
  return { ...far, properties: { ...inner.properties, isFar: true } };
}

beforeEach(async () => {
  ({ backend: memory } = await createTestRepository());
  isAway = false;
  repository = await openRepository(farStorage(memory), { password: TEST_PASSWORD });
  [told, stuck] = [[], []];
  person = new AbortController();
  options = { signal: person.signal, onLockLeft: (message) => told.push(message) };
});

const locks = () => memory.list('lock');
const aborted = { code: 'aborted' };
const lockStays = /^The lock [0-9a-f]{8} stays .* The storage is away or did not answer in time\. /;

describe('a session that is cancelled', { timeout: 60_000 }, () => {
  test('while the storage is there leaves nothing', async () => {
    const work = async () => {
      person.abort();
      await listSnapshotIds(session.repository);
    };
    let session!: Session;
    const running = withSession(repository, { lock: 'shared', ...options }, (opened) => {
      session = opened;
      return work();
    });
    await expect(running).rejects.toMatchObject(aborted);
    expect([await locks(), told]).toEqual([[], []]);
  });

  test('while the storage is away ends, and says that its lock stays', async () => {
    const running = withSession(repository, { lock: 'shared', ...options }, (session) => {
      isAway = true;
      const reading = listSnapshotIds(session.repository);
      setImmediate(() => person.abort());
      return reading;
    });
    await expect(running).rejects.toMatchObject(aborted);
    expect(told).toEqual([expect.stringMatching(lockStays)]);
    expect(await locks()).toHaveLength(1);
    isAway = false;
    await withSession(repository, { lock: 'exclusive' }, async () => {});
    expect(await locks()).toEqual([]);
  });

  test('while it looks for its lock ends as well', async () => {
    const running = withSession(repository, { lock: 'shared', ...options }, (session) => {
      isAway = true;
      setImmediate(() => person.abort());
      return session.checkLock({ look: true });
    });
    await expect(running).rejects.toMatchObject(aborted);
    expect(told).toHaveLength(1);
  });

  test('while it takes its lock ends as well', async () => {
    isAway = true;
    setImmediate(() => person.abort());
    const running = withSession(repository, { lock: 'shared', ...options }, async () => {});
    await expect(running).rejects.toMatchObject(aborted);
  });
});

test('the lock of a session that is done is not waited for long', { timeout: 60_000 }, async () => {
  const result = await withSession(repository, { lock: 'shared', ...options }, async () => (isAway = true));
  expect([result, told]).toEqual([true, [expect.stringMatching(lockStays)]]);
});

test('nor is that of one whose lock is just renewed', { timeout: 60_000 }, async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const turn = async (milliseconds: number) => {
      await vi.advanceTimersByTimeAsync(milliseconds);
      await new Promise(setImmediate);
    };
    let isDone = false;
    const running = withSession(repository, { lock: 'shared', ...options }, async () => {
      isAway = true;
      while (!stuck.includes('list lock')) await new Promise(setImmediate);
    }).finally(() => (isDone = true));
    while (!stuck.includes('list lock')) await turn(10_000);
    while (!isDone) await turn(1000);
    await running;
    expect(told).toEqual([expect.stringMatching(lockStays)]);
  } finally {
    vi.useRealTimers();
  }
});

test('near storage is not bound', async () => {
  const near = await openRepository(memory, { password: TEST_PASSWORD });
  await withSession(near, { lock: 'none', ...options }, async (session) => expect(session.repository).toBe(near));
});

test('what is bound proves what the storage itself holds as any other', async () => {
  const cached = withCacheIn(farStorage(memory), tempFolder(), repository.config.id);
  const bound = bindCalls(cached, person);
  const handle = { type: 'index', name: 'a'.repeat(64) } as const;
  expect(withoutKept(bound)).not.toBe(bound);
  isAway = true;
  const loading = withoutKept(bound).load(handle);
  person.abort();
  await expect(loading).rejects.toMatchObject(aborted);
});
