/** When hooks were run and what came of it, for whoever asks whether they run at all. Nothing here ever throws. */
import type { DiskPath } from '../../base/pathKinds.ts';
import { joinName } from '../../disk/paths.ts';
import { writeQuickly } from '../../disk/quickWrite.ts';
import { readSmallFile } from '../../disk/smallFile.ts';
import type { AgentName, Moment } from './agentEvents.ts';
import { agentsFolder } from './noteFolders.ts';

/** What is known of the hooks of an agent. Times are RFC 3339. */
export interface HookNotes {
  /** When it last ran at each moment. */
  readonly ran: Readonly<Partial<Record<Moment, string>>>;
  /** What came of the last attempt to make a snapshot. */
  readonly outcome?: HookOutcome;
}

export interface HookOutcome {
  readonly time: string;
  /** `unprotected`: what the agent works on was never backed up. */
  readonly kind: 'snapshot' | 'unchanged' | 'unprotected' | 'failed';
  readonly snapshot?: string;
  /** Why it failed, or what is not protected. */
  readonly message?: string;
}

export function readHookNotes(dataFolder: DiskPath, agent: AgentName): HookNotes {
  const ran = readJson(fileOf(dataFolder, agent, 'ran')) as HookNotes['ran'] | undefined;
  const outcome = readJson(fileOf(dataFolder, agent, 'outcome')) as HookOutcome | undefined;
  return { ran: ran ?? {}, ...(outcome && { outcome }) };
}

export function noteRan(dataFolder: DiskPath, agent: AgentName, moment: Moment): void {
  const { ran } = readHookNotes(dataFolder, agent);
  writeJson(fileOf(dataFolder, agent, 'ran'), { ...ran, [moment]: new Date().toISOString() });
}

export function noteOutcome(dataFolder: DiskPath, agent: AgentName, outcome: Omit<HookOutcome, 'time'>): void {
  writeJson(fileOf(dataFolder, agent, 'outcome'), { time: new Date().toISOString(), ...outcome });
}

/** Two files, since the process that hears of an event is not the one that makes the snapshot. */
function fileOf(dataFolder: DiskPath, agent: AgentName, what: 'ran' | 'outcome'): DiskPath {
  return joinName(agentsFolder(dataFolder), `${agent}-${what}.json`);
}

function readJson(file: DiskPath): unknown {
  try {
    const value: unknown = JSON.parse(readSmallFile(file).toString('utf8'));
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function writeJson(file: DiskPath, value: object): void {
  try {
    writeQuickly(file, [Buffer.from(`${JSON.stringify(value)}\n`)]);
  } catch {
    // A full disk: then nothing is known.
  }
}
