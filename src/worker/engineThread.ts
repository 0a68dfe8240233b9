/** The entry of the engine worker: takes calls, runs the engine, answers with results or errors as data. */
import { parentPort, workerData } from 'node:worker_threads';
import { createBirpc } from 'birpc';
import { errorToData } from '../base/errors.ts';
import { noteEndedThreads } from '../engine/index.ts';
import { throttleProgress } from '../base/progress.ts';
import { codecPoolOpener } from './codecPool.ts';
import { answerOthers } from './engine/answerOthers.ts';
import { explainAway } from './engine/explainAway.ts';
import { Engine } from './engine/engine.ts';
import type { CallInParts } from './engine/handler.ts';
import { withDiskPaths } from './engine/withDiskPaths.ts';
import { engineHandlers } from './engine/engineHandlers.ts';
import type { CallOutcome, ClientFunctions, EngineThreadData, WorkerFunctions } from './engineProtocol.ts';

const { codecFile, codecThreads, endedThreads, listenAs } = workerData as EngineThreadData;
noteEndedThreads(endedThreads);
const port = parentPort!;
const running = new Map<number, AbortController>();

const engine = new Engine(codecPoolOpener({ threadFile: codecFile, size: codecThreads }));
if (listenAs !== undefined) answerOthers(engine, listenAs);

const functions: WorkerFunctions = {
  async call(id, command, params): Promise<CallOutcome> {
    const controller = new AbortController();
    const progress = throttleProgress((event) => void rpc.progress.asEvent(id, event));
    running.set(id, controller);
    try {
      const handler = engineHandlers[command] as (
        engine: Engine,
        params: unknown,
        call: CallInParts<unknown>,
      ) => unknown;
      return {
        result: await handler(engine, withDiskPaths(params), {
          signal: controller.signal,
          onProgress: progress.report,
          onPart: (part) => void rpc.part.asEvent(id, part),
        }),
      };
    } catch (error) {
      return { error: errorToData(explainAway(error)) };
    } finally {
      progress.flush();
      running.delete(id);
    }
  },
  cancel(id) {
    running.get(id)?.abort();
  },
  async close() {
    for (const controller of running.values()) controller.abort();
    await engine.close();
  },
};

const rpc = createBirpc<ClientFunctions, WorkerFunctions>(functions, {
  post: (message: unknown) => port.postMessage(message),
  on: (receive) => void port.on('message', receive),
  timeout: -1,
});
