/**
 * Extended attributes, by the program `setfattr`: Node has no calls for them. One process does a batch; it
 * gets the entries as open descriptors, and their attributes in the format of `getfattr --dump`.
 */
import { spawnSync } from 'node:child_process';
import { systemCode } from '../base/systemCode.ts';
import type { ExtendedAttribute } from './entryMetadata.ts';
import { isLinux } from './system.ts';

/** Entries for one process: each takes a descriptor, beside the three that it has. */
export const ATTRIBUTE_BATCH = 100;

/** An entry that is held open, and what it is to have. */
export interface AttributeBearer {
  readonly fd: number;
  readonly attributes: readonly ExtendedAttribute[];
}

/** Why an entry of the batch did not get all of its attributes, by its place in the batch. */
export type AttributeFailures = ReadonlyMap<number, string>;

/** Sets the attributes of a batch. Undefined if this system cannot, or lacks the program. */
export function setExtendedAttributes(bearers: readonly AttributeBearer[]): AttributeFailures | undefined {
  if (!isLinux) return undefined;
  const input = bearers.map(({ attributes }, at) => dump(attributes, at + 3)).join('\n');
  const { error, stderr } = spawnSync('setfattr', ['--restore=-'], {
    input,
    stdio: ['pipe', 'ignore', 'pipe', ...bearers.map(({ fd }) => fd)],
    encoding: 'utf8',
  });
  if (error && systemCode(error) === 'ENOENT') return undefined;
  if (error) throw error;
  return parseFailures(stderr);
}

function dump(attributes: readonly ExtendedAttribute[], fd: number): string {
  const lines = attributes.map(({ name, value }) => `${escapeName(name)}=0s${value}\n`);
  return `# file: /proc/self/fd/${fd}\n${lines.join('')}`;
}

/** All but harmless characters as `\ooo`, so that no name can pass for a line of its own. */
function escapeName(name: string): string {
  let text = '';
  for (const byte of Buffer.from(name, 'utf8')) {
    const char = String.fromCharCode(byte);
    text += /[A-Za-z0-9._-]/.test(char) ? char : `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return text;
}

/** The lines look like `setfattr: /proc/self/fd/7: reason`. */
function parseFailures(stderr: string): AttributeFailures {
  const reasons = new Map<number, string>();
  for (const [, fd, reason] of stderr.matchAll(/\/proc\/self\/fd\/(\d+): (.*)/g)) {
    reasons.set(Number(fd) - 3, reason!);
  }
  return reasons;
}
