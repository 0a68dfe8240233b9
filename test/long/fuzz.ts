/** Wrong inputs for every parser: each ends in a value or one of our errors, soon, and in little memory. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { FuzzOrder, FuzzReport } from './fuzzChild.ts';
import { fuzzTargets } from './fuzzTargets.ts';
import type { Case, Part } from './part.ts';

/** Inputs for each parser, and how many are one case. */
const INPUTS = 1_000_000;
const AT_A_TIME = 2000;
/** Milliseconds, however busy the machine. */
const LONGEST = 20_000;
/** Of the heap of a thread. MiB. */
const MEMORY = 256;

export const fuzz: Part = {
  name: 'fuzz',
  subjects: fuzzTargets.map(({ name }) => name),
  cases: async (subject, seed) =>
    Array.from({ length: INPUTS / AT_A_TIME }, (_, block): Case => {
      const order = { target: subject, seed: seed * 1000 + block, count: AT_A_TIME };
      return { name: `${subject}, inputs from ${block * AT_A_TIME}`, run: () => runBlock(order) };
    }),
  sample: { subjects: 8, cases: 1 },
};

function runBlock(order: Omit<FuzzOrder, 'state'>): Promise<void> {
  const state = new SharedArrayBuffer(4);
  const done = new Int32Array(state);
  const worker = new Worker(join(import.meta.dirname, 'fuzzChild.ts'), {
    workerData: { ...order, state } satisfies FuzzOrder,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY },
  });
  return new Promise<void>((resolve, reject) => {
    let last = -1;
    const watch = setInterval(() => {
      const now = Atomics.load(done, 0);
      if (now === last) reject(new Error(`Input ${now} of ${JSON.stringify(order)} takes longer than ${LONGEST} ms.`));
      last = now;
    }, LONGEST);
    worker.once('message', ({ failure }: FuzzReport) =>
      failure === undefined ? resolve() : reject(new Error(failure)),
    );
    worker.once('error', (error) =>
      reject(new Error(`Input ${done[0]} of ${JSON.stringify(order)}: ${String(error)}`)),
    );
    worker.once('exit', () => {
      clearInterval(watch);
      reject(new Error('It ended without a word.'));
    });
  }).finally(() => worker.terminate());
}
