import type { Backend } from '../../src/backend/backend.ts';
import { createCodecContext } from '../../src/engine/codec/codecContext.ts';
import { codecJobHandlers } from '../../src/engine/codec/codecJobs.ts';
import type { CodecPool, OpenCodecs } from '../../src/engine/codec/codecPool.ts';

/** Codec jobs in this thread, on a backend that no other thread can open. */
export function memoryCodecs(backend: Backend): OpenCodecs {
  return (setup, onPack): CodecPool => {
    const given: Promise<void>[] = [];
    const made = createCodecContext(setup, {
      takeBuffer: (length) => Buffer.alloc(length),
      give: (pack) => void given.push(onPack(pack)),
      isInterrupted: () => false,
      isTimeUp: () => false,
    });
    const context = { ...made, storage: () => backend };
    const run: CodecPool['run'] = async (job, params) => {
      const handler = codecJobHandlers[job] as unknown as (...args: unknown[]) => Promise<never>;
      const result = await handler(context, params);
      await Promise.all(given.splice(0));
      return result;
    };
    return {
      size: 1,
      run,
      runOnEach: async (job, params) => [await run(job, params)],
      interrupt() {},
      async close() {},
    };
  };
}
