import { existsSync, rmSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';

/** Ends the thread of the engine, as a crash would, whenever the file `crash` appears; until `done` does. */
export async function run({ crash, done }: { crash: string; done: string }): Promise<void> {
  let engine: Worker | undefined;
  process.on('worker', (worker) => (engine = worker));
  while (!existsSync(done)) {
    if (existsSync(crash) && engine) {
      await engine.terminate();
      rmSync(crash);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
