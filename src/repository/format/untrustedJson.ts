/**
 * Reading JSON that a repository brings. Nothing in it is believed: the size is bounded first, then
 * each field is asked for by the type and range it must have. As in Go, `null` counts as absent and
 * an absent field as empty; keys that nobody asks for are passed over.
 */
import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { isId } from './ids.ts';
import { isTimeText, ZERO_TIME } from './time.ts';

/** Where reading is, for messages. */
export interface Place {
  /** "The snapshot 26bd4a21" */
  readonly what: string;
  /** "entry 17" */
  part?: string;
}

/** Deeper nesting is in no file that a backup program writes. */
const maxDepth = 100;

/** The error for JSON that does not say what it should; `problem` is a main clause in small letters. */
export function damaged(place: Place, problem: string): CairnError {
  const where = place.part === undefined ? '' : `${place.part}: `;
  return new CairnError(
    'repository-damaged',
    `${place.what} is damaged (${where}${problem}). Verify the repository to see what else is.`,
  );
}

/** The text of JSON bytes. Throws `repository-unsupported` for more than `maxBytes`. */
export function decodeJson(bytes: Uint8Array, maxBytes: number, place: Place): string {
  if (bytes.length > maxBytes) {
    throw new CairnError(
      'repository-unsupported',
      `${place.what} has ${bytes.length} bytes, more than the ${maxBytes} that this program can read. Use restic for it.`,
    );
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

/**
 * The value of JSON text, all strings well-formed. Integers beyond 2^53 are rounded, but with `exact`
 * they come as bigints; reading those takes several times as long. Throws `repository-damaged` for
 * what is not JSON.
 */
export function parseJson(text: string, place: Place, exact = false): unknown {
  // An escaped lone surrogate would be taken for a byte of a name; like Go, read it as U+FFFD.
  const escapedSurrogates = text.includes('\\ud') || text.includes('\\uD');
  const revives = escapedSurrogates || (exact && /\d{16}/.test(text));
  try {
    return JSON.parse(text, revives ? reviveExactly : undefined) as unknown;
  } catch {
    throw damaged(place, 'it is not valid JSON');
  }
}

function reviveExactly(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return /^-?\d{16,20}$/.test(context?.source ?? '') ? BigInt(context!.source!) : value;
}

/** Throws for JSON that is nested so deeply that writing it again could exhaust the stack. */
export function checkDepth(value: unknown, field: string, place: Place, depth = 0): void {
  if (typeof value !== 'object' || value === null) return;
  if (depth >= maxDepth) throw damaged(place, `${field} is nested too deeply`);
  for (const member of Object.values(value)) checkDepth(member, field, place, depth + 1);
}

/** An object with its own keys. */
export function readObject(value: unknown, field: string, place: Place): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrongType(value, field, 'an object', place);
  return value as Readonly<Record<string, unknown>>;
}

/** An array, empty if absent. */
export function readArray(value: unknown, field: string, place: Place): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw wrongType(value, field, 'a list', place);
  return value;
}

/** A string, empty if absent. */
export function readString(value: unknown, field: string, place: Place): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  throw wrongType(value, field, 'a text', place);
}

/** A whole number 0…`maximum` (at most 2^53 - 1), 0 if absent. */
export function readCount(value: unknown, field: string, place: Place, maximum = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'number' && value >= 0 && value <= maximum && Number.isInteger(value)) return value;
  if (value === undefined || value === null) return 0;
  throw wrongType(value, field, `a whole number from 0 to ${maximum}`, place);
}

/** 64 lower-case hex digits. */
export function readId(value: unknown, field: string, place: Place): string {
  if (typeof value === 'string' && isId(value)) return value;
  throw wrongType(value, field, 'an id of 64 hex digits', place);
}

/** Standard base64 with padding; the empty text if absent. */
export function readBase64(value: unknown, field: string, place: Place): string {
  const text = readString(value, field, place);
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return text;
  throw wrongType(value, field, 'base64', place);
}

/** A time as text; Go's zero time if absent. */
export function readTime(value: unknown, field: string, place: Place): string {
  if (value === undefined || value === null) return ZERO_TIME;
  if (typeof value === 'string' && isTimeText(value)) return value;
  throw wrongType(value, field, 'a time', place);
}

/** The error for a field that is not what it should be. */
export function wrongType(value: unknown, field: string, expected: string, place: Place): CairnError {
  return damaged(place, `${field} is ${describeValue(value)} and not ${expected}`);
}

function describeValue(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `"${displayPath(value.slice(0, 80))}"`;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return `${value}`;
  return Array.isArray(value) ? 'a list' : 'an object';
}
