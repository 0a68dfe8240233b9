/**
 * The side of a hook that an agent waits for. Whatever happens, it says what the agent can read and succeeds within its
 * time: the work is that of a process of its own, which goes on when this one is gone.
 */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import {
  dataFolder,
  isAgentName,
  noteCaptured,
  noteEvent,
  noteOutcome,
  noteRan,
  readAgentEvent,
  readSources,
  resolvePath,
  sourcesOf,
  type AgentName,
  type AgentSnapshotOrder,
} from '../engine/index.ts';
import { askEngine } from '../worker/socket/askEngine.ts';
import { readArguments } from './commandLine.ts';
import { PROGRAM_NAME } from './programVersion.ts';

/** Since the process began, in milliseconds; then there is still time for the answer itself. */
const DEADLINE = 1_600;
/** When nobody takes the answer. */
const LAST_MOMENT = 1_900;
/** More than this no agent says; what is beyond it cannot be understood. Bytes. */
const MOST_INPUT = 64 * 1024 * 1024;

let hasEnded = false;

/**
 * Reads the event from standard input, has a snapshot made, and ends the process with success. Where no repository is named,
 * as `isDefault` says, an engine that runs makes it, be it that of an editor.
 */
export async function answerHook(
  agent: string,
  eventName: string | undefined,
  isDefault: () => boolean,
): Promise<void> {
  const deadline = new AbortController();
  const end = () => endProcess(agent, eventName);
  process.on('uncaughtException', end).on('unhandledRejection', end);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);
  setTimeout(() => {
    deadline.abort();
    end();
  }, DEADLINE - performance.now());
  try {
    const input = isAgentName(agent) ? await readInput() : undefined;
    if (input !== undefined && !deadline.signal.aborted) await act(agent as AgentName, input, { eventName, isDefault });
  } catch {
    // The agent goes on as if nobody had asked to be told.
  }
  end();
}

async function readInput(): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin) {
    parts.push(part as Buffer);
    length += (part as Buffer).length;
    if (length > MOST_INPUT) return undefined;
  }
  return Buffer.concat(parts).toString('utf8');
}

interface How {
  readonly eventName: string | undefined;
  readonly isDefault: () => boolean;
}

async function act(agent: AgentName, input: string, { eventName, isDefault }: How): Promise<void> {
  const event = readAgentEvent(agent, JSON.parse(input), eventName);
  if (!event) return;
  const folder = dataFolder();
  noteRan(folder, agent, event.moment);
  const places = event.places.map((place) => resolvePath(place));
  if (sourcesOf(readSources(folder), places).length === 0) {
    noteOutcome(folder, event.agent, { kind: 'unprotected', message: places.join(', ') });
    return;
  }
  const noted = noteEvent(folder, event, Date.now());
  const order = { event: { ...event, places }, ...(noted?.isKnown && { turn: noted.turn.id }) };
  if (((isDefault() && (await askForSnapshot(order))) || (await runSnapshot(order))) && noted)
    noteCaptured(folder, event, noted.turn);
}

/** Whether an engine that runs made the snapshot, or found that nothing had changed. */
async function askForSnapshot(order: AgentSnapshotOrder): Promise<boolean> {
  const request = { program: PROGRAM_NAME, command: 'snapshotForAgent', order } as const;
  return (await askEngine(dataFolder(), request)) !== undefined;
}

/** Whether the snapshot was made, or nothing had changed. It goes on when this process ends. */
function runSnapshot(order: AgentSnapshotOrder): Promise<boolean> {
  const args = [__filename, ...readArguments(), '--order', JSON.stringify(order)];
  const options = {
    detached: true,
    stdio: 'ignore',
    windowsHide: true,
    // The folder of the agent may be what it removes next.
    cwd: dirname(__filename),
  } as const;
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, options);
    child.on('error', () => resolve(false)).on('exit', (code) => resolve(code === 0));
    child.unref();
  });
}

/** All agents take an object that says nothing for "go on as usual"; Cursor wants to hear it of a prompt. */
function endProcess(agent: string, eventName: string | undefined): void {
  if (hasEnded) return;
  hasEnded = true;
  const isCursor = agent === 'cursor' && (eventName ?? '') === 'beforeSubmitPrompt';
  const text = isCursor ? '{"continue":true}\n' : '{}\n';
  setTimeout(() => process.exit(0), Math.max(0, LAST_MOMENT - performance.now()));
  process.stdout.write(text, () => process.exit(0));
}
