/** The entry of a thread that walks a source. It stays so far ahead of the backup as memory allows, and ends itself. */
import { parentPort, workerData } from 'node:worker_threads';
import { errorToData } from '../base/errors.ts';
import { countEntries, walkInBatches } from '../engine/backup/walkAhead.ts';
import { WALK, type WalkMessage, type WalkThreadData } from './walkProtocol.ts';

/** So many entries may be found that the backup has not come to: some 400 bytes each. */
const MAX_AHEAD = 65_536;

const { plan, shared } = workerData as WalkThreadData;
const port = parentPort!;
const state = new Int32Array(shared);
const hasEnded = (): boolean => Atomics.load(state, WALK.end) !== 0;

function send(message: WalkMessage, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function walk(): void {
  let found = 0;
  for (const batch of walkInBatches(plan)) {
    if (hasEnded()) return;
    found = (found + countEntries(batch)) | 0;
    send({ kind: 'batch', batch }, [batch.stats.buffer]);
    for (;;) {
      const used = Atomics.load(state, WALK.used);
      if (((found - used) | 0) < MAX_AHEAD || hasEnded()) break;
      Atomics.wait(state, WALK.used, used);
    }
  }
}

try {
  walk();
} catch (error) {
  send({ kind: 'failed', error: errorToData(error) });
}
