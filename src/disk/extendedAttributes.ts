/**
 * Extended attributes, by the programs `setfattr` and `getfattr`: Node has no calls for them. One process does a
 * batch; it gets the entries as open descriptors, and their attributes in the format of `getfattr --dump`.
 */
import { spawnSync } from 'node:child_process';
import { systemCode } from '../base/systemCode.ts';
import type { ExtendedAttribute } from './entryMetadata.ts';
import { isLinux } from './system.ts';

/** Entries for one process: each takes a descriptor, beside the three that it has. */
export const ATTRIBUTE_BATCH = 100;

/** Bytes. What is more counts as missing, and is set anew. */
const LARGEST_DUMP = 64 * 1024 * 1024;

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

/**
 * For each entry of the batch, whether it has all of its attributes, as far as this process may see them. Undefined
 * if this system cannot tell, or lacks the program.
 */
export function haveExtendedAttributes(bearers: readonly AttributeBearer[]): boolean[] | undefined {
  if (!isLinux) return undefined;
  const paths = bearers.map((_, at) => `/proc/self/fd/${at + 3}`);
  const { error, stdout } = spawnSync('getfattr', ['--absolute-names', '-d', '-m-', '-e', 'base64', '--', ...paths], {
    stdio: ['ignore', 'pipe', 'ignore', ...bearers.map(({ fd }) => fd)],
    encoding: 'utf8',
    maxBuffer: LARGEST_DUMP,
  });
  if (error && systemCode(error) === 'ENOENT') return undefined;
  const found = parseDump(stdout);
  return bearers.map(({ attributes }, at) => attributes.every((each) => found.has(`${at + 3} ${lineOf(each)}`)));
}

/** The lines of a dump, each after the number of the descriptor that it is about. What is cut off is not in it. */
function parseDump(text: string): ReadonlySet<string> {
  const found = new Set<string>();
  let fd = '';
  for (const line of text.split('\n').slice(0, -1)) {
    const heading = /^# file: \/proc\/self\/fd\/(\d+)$/.exec(line);
    if (heading) fd = heading[1]!;
    else if (line !== '') found.add(`${fd} ${normalLine(line)}`);
  }
  return found;
}

/** Names as we escape them, since `getfattr` escapes less. */
function normalLine(line: string): string {
  const [, name = '', value = ''] = /^(.*?)(?:=0s(.*))?$/.exec(line) ?? [];
  const bytes = Buffer.from(name, 'utf8')
    .toString('latin1')
    .replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
  return lineOf({ name: Buffer.from(bytes, 'latin1').toString('utf8'), value });
}

function lineOf({ name, value }: ExtendedAttribute): string {
  return `${escapeName(name)}=0s${value}`;
}

function dump(attributes: readonly ExtendedAttribute[], fd: number): string {
  const lines = attributes.map((each) => `${lineOf(each)}\n`);
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
