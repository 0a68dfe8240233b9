import { createConnection } from 'node:net';
import { privateSockets } from '../../engine/index.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { parseAnswer, toLine, type EngineAnswer, type EngineRequest } from './engineWire.ts';
import { readLines } from './readLines.ts';

/** So long an engine may take to accept: its thread may be at work. Milliseconds. */
const PATIENCE = 300;

/**
 * Asks the engines of this user that run, one after the other, until one has done it. Undefined if none did, whatever the
 * reason: then it is to be done without them. Throws nothing.
 */
export async function askEngine(
  dataFolder: DiskPath,
  request: EngineRequest,
): Promise<Exclude<EngineAnswer, { accepted: true } | { declined: string }> | undefined> {
  for (const { address } of privateSockets(dataFolder)) {
    const answer = await ask(address, request);
    if (answer && 'snapshot' in answer) return answer;
  }
  return undefined;
}

function ask(address: string, request: EngineRequest): Promise<EngineAnswer | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection(address, () => socket.write(toLine(request)));
    const end = (answer?: EngineAnswer) => {
      clearTimeout(timer);
      resolve(answer);
      socket.destroy();
    };
    const timer = setTimeout(end, PATIENCE);
    readLines(socket, (line) => {
      const answer = parseAnswer(line);
      if (answer && 'accepted' in answer) clearTimeout(timer);
      else end(answer);
    });
    socket.on('error', () => end()).on('close', () => end());
  });
}
