/**
 * Prunes a repository, and kills itself so many milliseconds after it has its plan, whatever it is
 * doing then; says how long executing took if it lives to the end. A process for tests.
 */
import { Worker } from 'node:worker_threads';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { withSession } from '../../src/engine/session.ts';
import { openRepository } from '../../src/repository/repository.ts';
import { codecPoolOpener } from '../../src/worker/codecPool.ts';

const [folder, password, threadFile, killAfter] = process.argv.slice(2) as [string, string, string, string];

/** A thread of its own is not held up by what the others do. */
const killer = `
  const { workerData } = require('node:worker_threads');
  Atomics.wait(workerData.start, 0, 0);
  Atomics.wait(workerData.never, 0, 0, workerData.delay);
  process.kill(process.pid, 'SIGKILL');
`;

async function main(): Promise<void> {
  const start = new Int32Array(new SharedArrayBuffer(4));
  const never = new Int32Array(new SharedArrayBuffer(4));
  new Worker(killer, { eval: true, workerData: { start, never, delay: Number(killAfter) } }).unref();
  const repository = await openRepository(new LocalBackend(folder), { password });
  await withSession(repository, { lock: 'exclusive' }, async (session) => {
    const plan = await planPrune(session, { graceMs: 0, maxUnused: 0 });
    const began = performance.now();
    Atomics.store(start, 0, 1);
    Atomics.notify(start, 0);
    await executePrune(session, codecPoolOpener({ threadFile, size: 2 }), plan);
    process.stdout.write(`${performance.now() - began}\n`);
  });
}

void main();
