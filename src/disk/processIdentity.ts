/**
 * Who a process is, so that a later one can tell that it is surely dead. A pid alone says little:
 * pids are used again, and mean something else in another container or on another machine.
 */
import { createHmac } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import { threadId } from 'node:worker_threads';
import { systemCode } from '../base/systemCode.ts';
import { isBeforeBoot, isOtherProcess, isSameStart, startOfThisProcess } from './processStart.ts';
import { isLinux } from './system.ts';

/** Facts that are unknown are absent. */
export interface ProcessIdentity {
  readonly platform: string;
  readonly hostname: string;
  readonly pid: number;
  /** Milliseconds since 1970; not on Linux, which tells more exactly. */
  readonly startedAt?: number;
  /** Linux, as are the next three. Keyed hash of the machine id, 32 hex digits: the id itself is not to be shown (machine-id(5)). */
  readonly machine?: string;
  /** The kernel's id of this boot. */
  readonly boot?: string;
  /** The PID namespace, as the kernel names it: `pid:[4026531836]`. */
  readonly pidNamespace?: string;
  /** When the process was started, in clock ticks after boot (proc(5), field 22 of stat). */
  readonly startTime?: string;
  /** Node's number of the thread that wrote this: 0 is the main thread's, and none is used again. */
  readonly thread?: number;
}

/** Threads of this process that have ended, as far as this thread was told. */
const endedThreads = new Set<number>();

/**
 * Tells this thread that another of its process has ended, which it cannot see for itself. What that
 * one held is then surely left behind, though the process lives on.
 */
export function noteEndedThreads(threads: Iterable<number>): void {
  for (const thread of threads) endedThreads.add(thread);
}

/** The namespace that every Linux has from its boot on: no container. Its number is fixed in the kernel. */
const initialPidNamespace = 'pid:[4026531836]';

/** The identity of this process and thread. */
export function currentProcessIdentity(): ProcessIdentity {
  return {
    platform: process.platform,
    hostname: hostname(),
    pid: process.pid,
    ...(isLinux ? linuxFacts() : { startedAt: startOfThisProcess() }),
    thread: threadId,
  };
}

function linuxFacts(): Partial<ProcessIdentity> {
  const machine = hashMachineId(readText('/etc/machine-id'));
  const boot = readText('/proc/sys/kernel/random/boot_id');
  const pidNamespace = readLink('/proc/self/ns/pid');
  const startTime = readProcessStat('self')?.startTime;
  return {
    ...(machine && { machine }),
    ...(boot && { boot }),
    ...(pidNamespace && { pidNamespace }),
    ...(startTime && { startTime }),
  };
}

/**
 * True only if the process or its thread is provably gone; when anything needed for the proof is unknown, false.
 *
 * Linux: it ran on this machine (machine id and host name), and either before the last boot, outside
 * any container (a container image can carry one machine id to many machines), or in the same boot
 * and PID namespace, where its pid is now free, was given to a process that started at another time,
 * or is only kept until its parent asks how it ended.
 * Windows and macOS, which have no such ids: it ran under the same host name, and its pid is free, or was given
 * to a process that started later, or the machine was.
 * A thread is gone if it was of this very process and `noteEndedThreads` told of it.
 */
export function isSurelyDead(identity: ProcessIdentity, current = currentProcessIdentity()): boolean {
  if (identity.platform !== current.platform || identity.hostname !== current.hostname) return false;
  if (current.platform !== 'linux') return isDeadByTime(identity, current);
  if (!isSameFact(identity.machine, current.machine)) return false;
  if (!identity.boot || !current.boot || !identity.pidNamespace) return false;
  if (identity.boot !== current.boot) {
    return identity.pidNamespace === initialPidNamespace && current.pidNamespace === initialPidNamespace;
  }
  if (!isSameFact(identity.pidNamespace, current.pidNamespace)) return false;
  if (isEndedThread(identity, current) || isPidFree(identity.pid)) return true;
  // A /proc that was mounted in another namespace would tell of another process.
  if (identity.startTime === undefined || readLink('/proc/self') !== String(process.pid)) return false;
  const found = readProcessStat(identity.pid);
  return found !== undefined && (found.hasEnded || found.startTime !== identity.startTime);
}

/** True for the identity that this very thread of this process gives itself. */
export function isThisThread(identity: ProcessIdentity, current = currentProcessIdentity()): boolean {
  const { startedAt: before = 0, ...facts } = identity;
  const { startedAt: now = 0, ...others } = current;
  return isDeepStrictEqual(facts, others) && isSameStart(before, now);
}

function isDeadByTime(identity: ProcessIdentity, current: ProcessIdentity): boolean {
  const { pid, startedAt } = identity;
  if (isEndedThread(identity, current) || isPidFree(pid)) return true;
  if (startedAt === undefined) return false;
  return isBeforeBoot(startedAt) || isOtherProcess(pid, startedAt);
}

function isEndedThread({ pid, startTime, thread }: ProcessIdentity, current: ProcessIdentity): boolean {
  return pid === current.pid && startTime === current.startTime && thread !== undefined && endedThreads.has(thread);
}

/** False unless both are known. */
function isSameFact(a: string | undefined, b: string | undefined): boolean {
  return a !== undefined && a === b;
}

/** True if no process has this pid. Unlike a look into /proc, the signal meets hidden processes too. */
export function isPidFree(pid: number): boolean {
  // 0 and below mean groups of processes.
  if (!Number.isInteger(pid) || pid <= 0 || pid >= 2 ** 31) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return systemCode(error) === 'ESRCH';
  }
}

interface ProcessStat {
  readonly startTime: string;
  /** Nothing of it runs any more, though its pid is not free until its parent has asked how it ended. */
  readonly hasEnded: boolean;
}

/** Of proc(5)'s fields of `stat` 3 (state), 20 (number of threads) and 22 (start time). */
function readProcessStat(pid: number | 'self'): ProcessStat | undefined {
  // The second field, the program's name in brackets, may itself hold brackets and spaces.
  const fields = readText(`/proc/${pid}/stat`)?.split(') ').at(-1)?.split(' ');
  const [state, threads, startTime] = [0, 17, 19].map((at) => fields?.[at] ?? '') as [string, string, string];
  if (!/^\d+$/.test(startTime)) return undefined;
  // The main thread may have ended before another that is still in a call of the system.
  return { startTime, hasEnded: /^[ZX]$/.test(state) && Number(threads) <= 1 };
}

function hashMachineId(id: string | undefined): string | undefined {
  // Before the first boot of an image the file is empty or says "uninitialized".
  if (!id || !/^[0-9a-f]{32}$/.test(id)) return undefined;
  return createHmac('sha256', id).update('cairn process identity').digest('hex').slice(0, 32);
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
