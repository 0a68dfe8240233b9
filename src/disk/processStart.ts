/** When processes of this machine were started, where there is no `/proc` to tell. */
import { spawnSync } from 'node:child_process';
import { uptime } from 'node:os';
import { isWindows } from './system.ts';

/** What clocks round away, and how far they are set right. Milliseconds. */
const TOLERANCE_MS = 5_000;
/** Answers about processes that are there, by pid: asking takes a good part of a second. */
const known = new Map<number, number | undefined>();

/** Asked for once: later answers differ by what clocks round away, and by more when one is set. */
let startOfThis: number | undefined;

/** When this process was started, in milliseconds since 1970. */
export function startOfThisProcess(): number {
  return (startOfThis ??= Math.round(Date.now() - process.uptime() * 1000));
}

/** True if two times may be those of one start. */
export function isSameStart(a: number, b: number): boolean {
  return Math.abs(a - b) <= TOLERANCE_MS;
}

/** True if a time is surely before this machine was last started. */
export function isBeforeBoot(time: number): boolean {
  return time < Date.now() - uptime() * 1000 - TOLERANCE_MS;
}

/**
 * True if the process that has this pid now was surely started later than the one that had it at a time;
 * false too where the system does not tell.
 */
export function isOtherProcess(pid: number, startedAt: number): boolean {
  if (!known.has(pid)) known.set(pid, askStart(pid));
  const start = known.get(pid);
  return start !== undefined && start > startedAt + TOLERANCE_MS;
}

function askStart(pid: number): number | undefined {
  const [program, args] = isWindows
    ? ['powershell', ['-NoProfile', '-NonInteractive', '-Command', windowsQuestion(pid)]]
    : ['/bin/ps', ['-o', 'lstart=', '-p', String(pid)]];
  const { stdout } = spawnSync(program, args, {
    encoding: 'utf8',
    ...(!isWindows && { env: { LC_ALL: 'C' } }),
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 10_000,
    windowsHide: true,
  });
  const time = Date.parse((stdout ?? '').trim());
  return Number.isNaN(time) ? undefined : time;
}

function windowsQuestion(pid: number): string {
  return `(Get-Process -Id ${pid}).StartTime.ToUniversalTime().ToString('yyyy-MM-ddTHH:mm:ssZ')`;
}
