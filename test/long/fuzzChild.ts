/** A thread that gives a parser wrong inputs; what it says is a {@link FuzzReport}. */
import { parentPort, workerData } from 'node:worker_threads';
import { isCairnError } from '../../src/base/errors.ts';
import { seededRandom } from '../helpers/random.ts';
import { fuzzTargets } from './fuzzTargets.ts';
import { mutate } from './mutate.ts';

export interface FuzzOrder {
  readonly target: string;
  readonly seed: number;
  readonly count: number;
  /** How many inputs are done. */
  readonly state: SharedArrayBuffer;
}

/** What went wrong, and with which input (base64). */
export interface FuzzReport {
  readonly failure?: string;
}

const { target: name, seed, count, state } = workerData as FuzzOrder;
const target = fuzzTargets.find((one) => one.name === name)!;
const done = new Int32Array(state);

/** One input that made the parser do what it must not. */
function tryOne(number: number): string | undefined {
  const input = mutate(target.samples, seededRandom(seed * 1_000_003 + number));
  const before = input.toString('base64');
  try {
    target.parse(input);
  } catch (error) {
    const isForeseen = isCairnError(error) || (error as { code?: unknown }).code === 'commander.invalidArgument';
    if (!isForeseen) return `${String((error as Error).stack ?? error)}\nfor the input ${before.slice(0, 3000)}`;
  }
  return undefined;
}

let failure: string | undefined;
for (let number = 0; number < count && failure === undefined; number++) {
  failure = tryOne(number);
  Atomics.add(done, 0, 1);
}
parentPort!.postMessage({ ...(failure !== undefined && { failure }) } satisfies FuzzReport);
