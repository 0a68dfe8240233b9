/**
 * Loaded before a program by `--require`, in each of its threads: watches its calls of `node:fs`, and lets them fail,
 * or kills the process, as the {@link DiskPlan} in `CAIRN_DISK_PLAN` says. Calls that consist of several for the
 * system (removing a tree, writing a file whole) are done in such steps.
 */
import fs from 'node:fs';
import os from 'node:os';
import { join, resolve } from 'node:path';
import { getSystemErrorName } from 'node:util';
import worker from 'node:worker_threads';
import type { DiskCall, DiskPlan, FaultCode } from './diskPlan.ts';

type Call = (...args: unknown[]) => unknown;
type Callback = (error: Error | null, ...results: unknown[]) => void;

const plan = JSON.parse(process.env['CAIRN_DISK_PLAN']!) as DiskPlan;
const real = { ...fs };
const patched = fs as unknown as Record<string, Call>;

/** Shared by all threads: how many calls there were, how many changed something, and whether the fault struck. */
const counts = sharedCounts();
const [CALLS, CHANGES, STRUCK] = [0, 1, 2];

function sharedCounts(): Int32Array {
  const known = worker.getEnvironmentData('cairn disk counts') as Int32Array | undefined;
  const made = known ?? new Int32Array(new SharedArrayBuffer(12));
  worker.setEnvironmentData('cairn disk counts', made);
  return made;
}

// Which calls there are, by what they take.
const looking = ['stat', 'lstat', 'statfs', 'access', 'realpath', 'readlink', 'exists'];
const opening = ['open', 'readdir', 'opendir', 'readFile'];
const changingPaths = ['mkdir', 'rmdir', 'unlink', 'chmod', 'chown', 'lchown', 'utimes', 'lutimes', 'truncate'];
const changingTwo = ['rename', 'link', 'symlink', 'copyFile'];
const readingOpen = ['read', 'readv', 'fstat', 'close'];
const changingOpen = ['write', 'writev', 'fsync', 'fdatasync', 'ftruncate', 'fchmod', 'fchown', 'futimes'];
const takingSpace = ['mkdir', 'rename', 'link', 'symlink', 'copyFile', 'write', 'writev', 'fsync', 'ftruncate'];
const changing = new Set([...changingPaths, ...changingTwo, ...changingOpen]);

/** Whether it opens a file in order to change it. */
function opensToChange(name: string, [, flags]: readonly unknown[]): boolean {
  if (name !== 'open') return false;
  if (typeof flags === 'string') return flags !== 'r';
  return ((Number(flags) || 0) & (fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT)) !== 0;
}

function codesOf(name: string, changes: boolean): FaultCode[] {
  const codes: FaultCode[] = ['EIO', 'ENODEV'];
  const isOfOpen = readingOpen.includes(name) || changingOpen.includes(name);
  if (takingSpace.includes(name) || (name === 'open' && changes)) codes.push('ENOSPC', 'EDQUOT');
  if (changes && !isOfOpen) codes.push('EROFS');
  if (opening.includes(name) || name === 'copyFile') codes.push('EMFILE');
  if (!isOfOpen) codes.push('EACCES');
  if (name === 'write' || name === 'writev') codes.push('short-write');
  if (name === 'read' || name === 'readv') codes.push('short-read');
  return codes;
}

/** Where a path leads that may begin with an open folder. */
function pathOf(argument: unknown): string {
  if (typeof argument === 'number') return pathOfOpen(String(argument));
  const path = resolve(Buffer.isBuffer(argument) ? argument.toString() : String(argument));
  const match = /^\/proc\/self\/fd\/(\d+)(\/.*)?$/.exec(path);
  return match ? join(pathOfOpen(match[1]!), match[2] ?? '') : path;
}

function pathOfOpen(fd: string): string {
  try {
    return real.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

function counted(path: string): boolean {
  return plan.folders.some((folder) => path === folder || path.startsWith(`${folder}/`));
}

function describe(name: string, args: readonly unknown[]): DiskCall | undefined {
  const isTwo = changingTwo.includes(name);
  const path = pathOf(args[isTwo ? 1 : 0]);
  const from = isTwo && name !== 'symlink' ? pathOf(args[0]) : undefined;
  if (!counted(path) && !(from !== undefined && name === 'rename' && counted(from))) return undefined;
  const changes = changing.has(name) || opensToChange(name, args);
  // To close a folder that was only read cannot fail.
  const codes = name === 'close' && real.fstatSync(args[0] as number).isDirectory() ? [] : codesOf(name, changes);
  return { name, path, ...(from !== undefined && { from }), changes, codes };
}

/** What a call is struck by; the call counts as made. */
function strike(call: DiskCall): FaultCode | undefined {
  const number = Atomics.add(counts, CALLS, 1);
  const { fault } = plan;
  if (!fault || number < fault.at || !call.codes.includes(fault.code)) return undefined;
  const isFirst = Atomics.exchange(counts, STRUCK, 1) === 0;
  if (isFirst) real.writeSync(2, `${JSON.stringify({ message_type: 'struck', call: call.name, path: call.path })}\n`);
  return isFirst || fault.forGood ? fault.code : undefined;
}

function failure(code: string, call: DiskCall): Error {
  const errno = -os.constants.errno[code as keyof typeof os.constants.errno];
  const named = getSystemErrorName(errno);
  const message = `${named}: as was planned, ${call.name} '${call.path}'`;
  return Object.assign(new Error(message), { code: named, errno, syscall: call.name, path: call.path });
}

/** The arguments of a call that does half of what was asked. */
function halved(name: string, args: unknown[]): unknown[] {
  if (name.endsWith('v')) return [args[0], halfOfParts(args[1] as Uint8Array[]), ...args.slice(2)];
  const [fd, buffer, offset, length, position] = args as [number, Uint8Array, unknown, unknown, unknown];
  const whole = typeof length === 'number' ? length : buffer.length;
  return [fd, buffer, typeof offset === 'number' ? offset : 0, Math.ceil(whole / 2), position ?? null];
}

function halfOfParts(parts: readonly Uint8Array[]): Uint8Array[] {
  let left = Math.ceil(parts.reduce((sum, { length }) => sum + length, 0) / 2);
  return parts.flatMap((part) => {
    const taken = part.subarray(0, left);
    left -= taken.length;
    return taken.length > 0 ? [taken] : [];
  });
}

function killAt(when: 'before' | 'after', change: number): void {
  if (plan.kill?.when === when && plan.kill.at === change) process.kill(process.pid, 'SIGKILL');
}

function note(call: DiskCall, recorded: Partial<DiskCall> = {}): void {
  if (plan.log === undefined || (plan.records && !call.changes)) return;
  const { log } = plan;
  inside(() => real.appendFileSync(log, `${JSON.stringify({ ...call, ...recorded })}\n`));
}

/** What it takes to repeat a call, as far as only the time before it can tell. */
function lookBefore({ name, path, changes }: DiskCall, args: readonly unknown[]): Partial<DiskCall> {
  if (!plan.records) return {};
  if (name === 'open' && changes) {
    if (!real.existsSync(path)) return { opened: 'new' };
    const [, flags] = args;
    const empties = typeof flags === 'string' ? flags.startsWith('w') : (Number(flags) & fs.constants.O_TRUNC) !== 0;
    return empties ? { opened: 'emptied' } : {};
  }
  if (name === 'ftruncate' || name === 'truncate') return { position: Number(args[1] ?? 0) };
  if (name !== 'write' && name !== 'writev') return {};
  const position = name === 'writev' ? args[2] : args[4];
  return { position: typeof position === 'number' ? position : real.fstatSync(args[0] as number).size };
}

/** And what only its end tells. */
function lookAfter({ name, path }: DiskCall, args: readonly unknown[], result: unknown): Partial<DiskCall> {
  if (!plan.records) return {};
  if (name === 'copyFile') return { data: real.readFileSync(path).toString('base64') };
  if (name === 'symlink') return { data: Buffer.from(String(args[0])).toString('base64') };
  if (name !== 'write' && name !== 'writev') return {};
  const written = name === 'writev' ? Buffer.concat(args[1] as Uint8Array[]) : bytesOf(args);
  return { data: written.subarray(0, result as number).toString('base64') };
}

function bytesOf([, data, offset, length]: readonly unknown[]): Buffer {
  if (typeof data === 'string') return Buffer.from(data);
  const start = typeof offset === 'number' ? offset : 0;
  return Buffer.from(data as Uint8Array).subarray(start, typeof length === 'number' ? start + length : undefined);
}

/** Node makes some calls of others; only the outer one is the program's. */
let depth = 0;

function inside<T>(run: () => T): T {
  depth++;
  try {
    return run();
  } finally {
    depth--;
  }
}

function watchSync(name: string): void {
  const key = `${name}Sync`;
  const original = patched[key]!;
  const wrapped = (...args: unknown[]): unknown => {
    const call = depth === 0 ? describe(name, args) : undefined;
    if (!call) return original(...args);
    const code = strike(call);
    if (code?.startsWith('E')) {
      if (name === 'exists') return false;
      // A file is closed whatever close says.
      if (name === 'close') original(...args);
      throw failure(code, call);
    }
    const taken = code === undefined ? args : halved(name, args);
    const before = lookBefore(call, taken);
    const change = call.changes ? Atomics.add(counts, CHANGES, 1) : -1;
    killAt('before', change);
    const result = inside(() => original(...taken));
    note(call, { ...before, ...lookAfter(call, taken, result) });
    killAt('after', change);
    return result;
  };
  patched[key] = Object.defineProperties<Call>(wrapped, Object.getOwnPropertyDescriptors(original));
}

function watchAsync(name: string): void {
  const original = patched[name]!;
  const wrapped = (...args: unknown[]): unknown => {
    const done = args.at(-1) as Callback;
    const call = describe(name, args);
    if (!call) return original(...args);
    const code = strike(call);
    if (code?.startsWith('E')) return void setImmediate(done, failure(code, call));
    const rest = args.slice(0, -1);
    const taken = code === undefined ? rest : halved(name, rest);
    const before = lookBefore(call, taken);
    const change = call.changes ? Atomics.add(counts, CHANGES, 1) : -1;
    killAt('before', change);
    return original(...taken, (error: Error | null, ...results: unknown[]) => {
      if (!error) note(call, { ...before, ...lookAfter(call, taken, results[0]) });
      killAt('after', change);
      done(error, ...results);
    });
  };
  patched[name] = Object.defineProperties<Call>(wrapped, Object.getOwnPropertyDescriptors(original));
}

for (const name of [...looking, ...opening, ...readingOpen, ...changing]) watchSync(name);
for (const name of ['fsync', 'fdatasync', 'read', 'readv', 'write', 'writev']) watchAsync(name);

const mkdirOne = fs.mkdirSync;
patched['mkdirSync'] = (path: unknown, options?: unknown): unknown => {
  const { recursive, ...one } =
    typeof options === 'object' && options !== null
      ? (options as fs.MakeDirectoryOptions)
      : { mode: options as number };
  if (!recursive) return mkdirOne(path as string, one);
  if (fs.statSync(path as string, { throwIfNoEntry: false })?.isDirectory()) return undefined;
  const above = join(String(path), '..');
  if (above !== String(path)) fs.mkdirSync(above, { ...one, recursive: true });
  return mkdirOne(path as string, one);
};

patched['rmSync'] = (path: unknown, options: unknown): void => {
  const { recursive, force } = (options ?? {}) as fs.RmOptions;
  const stats = fs.lstatSync(path as string, { throwIfNoEntry: !force });
  if (!stats) return;
  if (!stats.isDirectory()) return fs.unlinkSync(path as string);
  if (recursive)
    for (const name of fs.readdirSync(path as string)) fs.rmSync(join(String(path), name), options as fs.RmOptions);
  fs.rmdirSync(path as string);
};

patched['writeFileSync'] = (file: unknown, data: unknown, options: unknown): void => {
  const {
    flag = 'w',
    mode = 0o666,
    flush = false,
  } = (typeof options === 'object' ? (options ?? {}) : {}) as fs.WriteFileOptions & {
    flag?: string;
    mode?: number;
    flush?: boolean;
  };
  const fd = typeof file === 'number' ? file : fs.openSync(file as string, flag, mode);
  try {
    const bytes = typeof data === 'string' ? Buffer.from(data) : (data as Uint8Array);
    for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at, bytes.length - at, null);
    if (flush) fs.fsyncSync(fd);
  } finally {
    if (typeof file !== 'number') fs.closeSync(fd);
  }
};

// Nobody should rely on calls that are not watched.
for (const name of ['open', 'readFile', 'writeFile', 'rename', 'unlink', 'mkdir', 'rm'] as const) {
  (fs.promises as unknown as Record<string, Call>)[name] = () => {
    throw new Error(`fs.promises.${name} is not watched; add it to watchedDisk.mts.`);
  };
}
