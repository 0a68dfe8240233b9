/**
 * Running a program and measuring the whole of it: wall clock here, CPU time and the largest resident
 * set by GNU time, which asks the kernel (wait4) and so counts the program's own children too.
 */
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program to be run; its output is thrown away. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Measurement {
  /** Wall clock, in seconds. */
  readonly wall: number;
  /** User and system time of the program and its children, in seconds. */
  readonly cpu: number;
  /** The largest resident set of any of its processes, in bytes. */
  readonly memory: number;
  /** How many cores were busy with other things meanwhile, on average. */
  readonly others: number;
}

const TIME = '/usr/bin/time';
/** Linux counts the time of its processors in these. */
const JIFFIES_PER_SECOND = 100;

let running: number | undefined;

/** Ends what is being run, with its children. */
export function killRunning(): void {
  try {
    if (running !== undefined) process.kill(-running, 'SIGKILL');
  } catch {
    // It ended a moment ago.
  }
}

/**
 * Runs a program to its end; what was written before it is on the disk by then, so that nobody pays for the
 * one before. Throws an error with the end of what it said on standard error if it fails.
 */
export async function run(command: Command, workFolder: string): Promise<Measurement> {
  execFileSync('sync');
  const report = join(workFolder, 'time.txt');
  const busyBefore = readBusySeconds();
  const start = performance.now();
  await spawnAndWait({
    ...command,
    program: TIME,
    args: ['-q', '-o', report, '-f', '%U %S %M', command.program, ...command.args],
  });
  const wall = (performance.now() - start) / 1000;
  const busy = readBusySeconds() - busyBefore;
  const [user, system, kilobytes] = readFileSync(report, 'utf8').trim().split(' ').map(Number) as [
    number,
    number,
    number,
  ];
  const cpu = user + system;
  return { wall, cpu, memory: kilobytes * 1024, others: Math.max(0, busy - cpu) / wall };
}

/** In a process group of its own, so that {@link killRunning} reaches all of it. */
function spawnAndWait({ program, args, cwd, env }: Command): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(cwd !== undefined && { cwd }),
      env: { ...plainEnvironment(), ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    running = child.pid;
    let messages = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (messages = (messages + text).slice(-4000)));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      running = undefined;
      if (code === 0) resolve();
      else reject(new Error(`${program} ${args.join(' ')} ended with ${signal ?? code}:\n${messages}`));
    });
  });
}

/** The environment without what would change how the programs work. */
function plainEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(RESTIC_|BORG_|RSYNC_|NODE_OPTIONS$|XDG_)/.test(name)),
  );
}

/** Seconds that all cores together have worked since the start of the machine, or were taken away from it. */
function readBusySeconds(): number {
  const [user, nice, system, , , irq, softirq, steal] = readFileSync('/proc/stat', 'utf8')
    .split('\n', 1)[0]!
    .replace(/^cpu +/, '')
    .split(' ')
    .map(Number);
  return (user! + nice! + system! + irq! + softirq! + (steal ?? 0)) / JIFFIES_PER_SECOND;
}
