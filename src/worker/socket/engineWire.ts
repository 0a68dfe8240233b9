/**
 * What passes between a running engine and other programs of the same user, over a socket: one request and its answers, each
 * a line of JSON. No password and no key is ever part of it. What comes in is untrusted: it is bounded, and checked here.
 */
import { isAgentName, type AgentSnapshotOrder } from '../../engine/index.ts';

/** Another number means another protocol. */
const WIRE_VERSION = 1;
/** Longer lines are no requests. Bytes. */
export const LONGEST_LINE = 256 * 1024;

/** What a running engine can be asked for. */
export interface EngineRequest {
  /** By whom: it answers only its like. */
  readonly program: string;
  readonly command: 'snapshotForAgent';
  readonly order: AgentSnapshotOrder;
}

/** First `accepted` or `declined`; after the first, the result, or `declined` if it failed. */
export type EngineAnswer =
  | { readonly accepted: true }
  | { readonly declined: string }
  /** The id is absent where nothing had changed. */
  | { readonly snapshot: { readonly id?: string } };

const MOST_PLACES = 1_000;
const LONGEST_TEXT = 8_192;
const moments: ReadonlySet<unknown> = new Set(['turn-begins', 'before-tool', 'turn-ends', 'worktree-goes']);

/** The line of a request or an answer. */
export function toLine(message: EngineRequest | EngineAnswer): string {
  return `${JSON.stringify({ cairn: WIRE_VERSION, ...message })}\n`;
}

/** A request, or undefined for anything else. */
export function parseRequest(line: string): EngineRequest | undefined {
  const value = parseMessage(line);
  const { program, command, order } = value ?? {};
  if (typeof program !== 'string' || command !== 'snapshotForAgent' || !isOrder(order)) return undefined;
  return { program, command, order };
}

/** An answer, or undefined for anything else. */
export function parseAnswer(line: string): EngineAnswer | undefined {
  const { accepted, declined, snapshot } = parseMessage(line) ?? {};
  if (accepted === true) return { accepted };
  if (typeof declined === 'string') return { declined };
  if (!isRecord(snapshot) || !isTextOrAbsent(snapshot['id'])) return undefined;
  return { snapshot: snapshot['id'] === undefined ? {} : { id: snapshot['id'] } };
}

function parseMessage(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) && value['cairn'] === WIRE_VERSION ? value : undefined;
  } catch {
    return undefined;
  }
}

function isOrder(value: unknown): value is AgentSnapshotOrder {
  if (!isRecord(value) || !hasOnly(value, ['event', 'turn']) || !isTextOrAbsent(value['turn'])) return false;
  const event = value['event'];
  if (!isRecord(event) || !hasOnly(event, ['agent', 'moment', 'session', 'turn', 'tool', 'places'])) return false;
  const { agent, moment, session, turn, tool, places } = event;
  return (
    typeof agent === 'string' &&
    isAgentName(agent) &&
    moments.has(moment) &&
    [session, turn, tool].every(isTextOrAbsent) &&
    Array.isArray(places) &&
    places.length <= MOST_PLACES &&
    places.every((place) => typeof place === 'string' && place.length <= LONGEST_TEXT)
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(value: object, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}

function isTextOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || (typeof value === 'string' && value.length <= LONGEST_TEXT);
}
