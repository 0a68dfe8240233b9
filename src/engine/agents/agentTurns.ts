/**
 * The turns of agents, as their hooks tell of them: one small file for each session, in the user's data folder. From
 * these it is known whether what changed since the last snapshot changed in a turn. Whoever loses them gets snapshots
 * of which nobody knows who it was.
 */
import type { DiskPath } from '../../base/pathKinds.ts';
import { unlink } from '../../disk/changes.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { isInside, joinName } from '../../disk/paths.ts';
import { writeQuickly } from '../../disk/quickWrite.ts';
import { readSmallFile } from '../../disk/smallFile.ts';
import { sha256Hex } from '../../repository/hash.ts';
import type { Actor } from '../actor.ts';
import { isAgentName, type AgentEvent, type AgentName } from './agentEvents.ts';
import { agentsFolder, noteNames } from './noteFolders.ts';

/** What is known of the turn of a session. */
export interface Turn {
  readonly agent: AgentName;
  readonly session: string;
  /** The agent's own id, or else its number in the session. */
  readonly id: string;
  /** How many turns of the session were heard of. */
  readonly count: number;
  readonly isOpen: boolean;
  /** All that was there before is in a snapshot, so what differs from that came in this turn. */
  readonly isCaptured: boolean;
  readonly places: readonly DiskPath[];
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A turn of which nothing was heard for so long is over. Milliseconds. */
const OVER_MS = 2 * 60 * 60_000;
/** A session of which nothing was heard for so long is forgotten. Milliseconds. */
const FORGOTTEN_MS = 7 * 24 * 60 * 60_000;

/**
 * Notes what a hook was told. Returns the turn that it is about, and whether it has been going on since a snapshot.
 * Undefined without a session: then nothing can be told apart. Throws what the file system throws.
 */
export function noteEvent(
  dataFolder: DiskPath,
  event: AgentEvent,
  now: number,
): { readonly turn: Turn; readonly isKnown: boolean } | undefined {
  const { agent, session, moment, places } = event;
  if (session === undefined) return undefined;
  const file = fileOf(dataFolder, agent, session);
  const before = readTurn(file);
  const goesOn = before !== undefined && before.isOpen && moment !== 'turn-begins' && now - before.at < OVER_MS;
  if (!goesOn) forgetOld(dataFolder, now);
  const count = (before?.count ?? 0) + (goesOn ? 0 : 1);
  const isCaptured = goesOn && before.isCaptured;
  const isOpen = moment !== 'turn-ends';
  const id = event.turn ?? (goesOn ? before.id : String(count));
  const turn: Turn = { agent, session, id, count, isOpen, isCaptured, places, at: now };
  writeTurn(file, turn);
  return { turn, isKnown: isCaptured };
}

/** Notes that a snapshot has all that was there before the agent goes on. Throws what the file system throws. */
export function noteCaptured(dataFolder: DiskPath, { agent }: AgentEvent, turn: Turn): void {
  const file = fileOf(dataFolder, agent, turn.session);
  const now = readTurn(file);
  if (now?.isOpen && now.count === turn.count) writeTurn(file, { ...now, isCaptured: true });
}

/** Whether another session has a turn going on in these paths, so that nobody can tell who changes what. */
export function hasOtherTurn(dataFolder: DiskPath, session: string, paths: readonly DiskPath[], now: number): boolean {
  return openTurns(dataFolder, paths, now).some((turn) => turn.session !== session);
}

/** The agent that has a turn going on in these paths, if it alone has, and if all that was there before is stored. */
export function agentAtWork(dataFolder: DiskPath, paths: readonly DiskPath[], now: number): Actor | undefined {
  const [turn, ...others] = openTurns(dataFolder, paths, now);
  if (!turn?.isCaptured || others.length > 0) return undefined;
  return { kind: 'agent', name: turn.agent, session: turn.session, turn: turn.id };
}

function openTurns(dataFolder: DiskPath, paths: readonly DiskPath[], now: number): Turn[] {
  const folder = folderOf(dataFolder);
  return noteNames(folder).flatMap((name) => {
    const turn = readTurn(joinName(folder, name));
    if (!turn?.isOpen || now - turn.at > OVER_MS) return [];
    return turn.places.some((place) => paths.some((path) => isInside(place, path))) ? turn : [];
  });
}

function forgetOld(dataFolder: DiskPath, now: number): void {
  const folder = folderOf(dataFolder);
  for (const name of noteNames(folder)) {
    const file = joinName(folder, name);
    if (now - (readTurn(file)?.at ?? 0) > FORGOTTEN_MS) unlink(toFsPath(file));
  }
}

function folderOf(dataFolder: DiskPath): DiskPath {
  return joinName(agentsFolder(dataFolder), 'turns');
}

function fileOf(dataFolder: DiskPath, agent: string, session: string): DiskPath {
  return joinName(folderOf(dataFolder), `${sha256Hex(JSON.stringify([agent, session]))}.json`);
}

function writeTurn(file: DiskPath, turn: Turn): void {
  writeQuickly(file, [Buffer.from(`${JSON.stringify(turn)}\n`)]);
}

function readTurn(file: DiskPath): Turn | undefined {
  try {
    const turn = JSON.parse(readSmallFile(file).toString('utf8')) as Turn;
    const isSound =
      isAgentName(turn.agent) &&
      [turn.session, turn.id].every((value) => typeof value === 'string') &&
      [turn.count, turn.at].every((value) => typeof value === 'number') &&
      Array.isArray(turn.places);
    return isSound ? turn : undefined;
  } catch {
    return undefined;
  }
}
