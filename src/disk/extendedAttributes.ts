/**
 * Extended attributes, by the programs `setfattr` and `getfattr`: Node has no calls for them. One process does a
 * batch; it gets the entries as open descriptors, and their attributes in the format of `getfattr --dump`.
 */
import { spawn, spawnSync } from 'node:child_process';
import { encodeRaw } from '../base/rawName.ts';
import { systemCode } from '../base/systemCode.ts';
import { ACCESS_ACL, DEFAULT_ACL } from './accessList.ts';
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
    encoding: 'latin1',
    maxBuffer: LARGEST_DUMP,
  });
  if (error && systemCode(error) === 'ENOENT') return undefined;
  const found = parseDump(stdout);
  return bearers.map(({ attributes }, at) => {
    const lines = new Set((found.get(paths[at]!) ?? []).map(lineOf));
    return attributes.every((each) => lines.has(lineOf(each)));
  });
}

/** What a batch of paths has. */
export interface ReadAttributes {
  /** By the place of the path in the batch; only those that have any. In the order of {@link inUsualOrder}. */
  readonly found: ReadonlyMap<number, readonly ExtendedAttribute[]>;
  /** False if those of some entry that is there could not be read. */
  readonly isComplete: boolean;
}

/**
 * Reads the attributes of a batch of paths, without following a link at their end, in processes beside this one:
 * `xargs` gives the paths to `getfattr`, as many at a time as the system takes. Undefined if this system cannot, or
 * lacks the programs. After an abort the result means nothing.
 */
export function readExtendedAttributes(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<ReadAttributes | undefined> {
  if (!isLinux) return Promise.resolve(undefined);
  // Its messages are looked into.
  const command = ['LC_ALL=C', 'xargs', '-0', 'getfattr', '--absolute-names', '-h', '-d', '-m-', '-e', 'base64', '--'];
  const child = spawn('env', command, { stdio: ['pipe', 'pipe', 'pipe'] });
  const stop = () => child.kill();
  signal?.addEventListener('abort', stop, { once: true });
  const dump = collect(child.stdout);
  const errors = collect(child.stderr);
  return new Promise<ReadAttributes | undefined>((resolve, reject) => {
    child.on('error', (error) => (systemCode(error) === 'ENOENT' ? resolve(undefined) : reject(error)));
    child.on('close', (code) => {
      if (code === COMMAND_NOT_FOUND) return resolve(undefined);
      const isWhole = code !== null && dump.isWhole && !/: (?!No such file or directory$)[^:]+$/m.test(errors.text());
      resolve({ found: byPlace(parseDump(dump.text()), paths), isComplete: isWhole });
    });
    // It ends before it has read all if it cannot start the other one.
    child.stdin.on('error', () => {});
    child.stdin.end(Buffer.concat(paths.map((path) => encodeRaw(`${path}\0`))));
  }).finally(() => signal?.removeEventListener('abort', stop));
}

/** As `env` and `xargs` say it. */
const COMMAND_NOT_FOUND = 127;

function collect(stream: NodeJS.ReadableStream): { readonly isWhole: boolean; text(): string } {
  const chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size <= LARGEST_DUMP) chunks.push(chunk);
  });
  return {
    get isWhole() {
      return size <= LARGEST_DUMP;
    },
    text: () => Buffer.concat(chunks).toString('latin1'),
  };
}

function byPlace(dump: ReturnType<typeof parseDump>, paths: readonly string[]): ReadAttributes['found'] {
  const found = new Map<number, readonly ExtendedAttribute[]>();
  if (dump.size === 0) return found;
  for (const [at, path] of paths.entries()) {
    const attributes = dump.get(encodeRaw(path).toString('latin1'));
    if (attributes) found.set(at, inUsualOrder(attributes));
  }
  return found;
}

/**
 * restic stores attributes in the order in which the file system lists them, `getfattr` sorts them by name. This is
 * the order in which Linux gives them to a new entry, and so that of most lists on ext4.
 */
function inUsualOrder(attributes: readonly ExtendedAttribute[]): ExtendedAttribute[] {
  const rank = ({ name }: ExtendedAttribute) =>
    name === DEFAULT_ACL ? 0 : name === ACCESS_ACL ? 1 : name.startsWith('security.') ? 2 : 3;
  return attributes.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * What `getfattr --dump` wrote, read as Latin-1: the attributes of each file that has any, by its path, also as
 * Latin-1. What is cut off is not in it.
 */
function parseDump(text: string): Map<string, ExtendedAttribute[]> {
  const found = new Map<string, ExtendedAttribute[]>();
  let current: ExtendedAttribute[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    if (line.startsWith(HEADING)) found.set(unescape(line.slice(HEADING.length)), (current = []));
    else if (line !== '') current.push(parseAttribute(line));
  }
  return found;
}

const HEADING = '# file: ';

function parseAttribute(line: string): ExtendedAttribute {
  const [, name = '', value = ''] = /^(.*?)(?:=0s(.*))?$/.exec(line) ?? [];
  return { name: Buffer.from(unescape(name), 'latin1').toString('utf8'), value };
}

function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
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
