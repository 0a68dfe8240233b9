/** The programs that the long tests run, each with a limit in time; none of them holds up this thread. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { dataHome } from '../helpers/dataHome.ts';
import type { DiskPlan } from './diskPlan.ts';

export const PASSWORD = 'cairn-test';

export interface Run {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CairnSettings {
  /** What happens to its calls of the file system. */
  readonly disk?: DiskPlan;
  /** How far its clock is off. Milliseconds. */
  readonly clock?: number;
  /** In place of the command line as it was built. */
  readonly program?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly onStart?: (child: ChildProcess) => void;
}

/** Milliseconds. The slowest command takes seconds. */
const LIMIT = 120_000;

/** The command line as it was built. */
const commandLine = resolve('dist/cli.js');

/** Runs `cairn … --json` to its end. */
export function cairn(args: readonly string[], settings: CairnSettings = {}): Promise<Run> {
  const { disk, clock, program = commandLine, env, onStart } = settings;
  const loaded = [...(disk ? ['watchedDisk.mts'] : []), ...(clock === undefined ? [] : ['shiftedClock.mts'])];
  const environment = {
    // The home of whoever runs it is not for what it guards.
    CAIRN_GUARD: 'off',
    ...env,
    ...(disk && { CAIRN_DISK_PLAN: JSON.stringify(disk) }),
    ...(clock !== undefined && { CAIRN_CLOCK_OFFSET: String(clock) }),
    // The program starts thousands of times.
    NODE_COMPILE_CACHE: resolve('.cache/compiled'),
    NODE_OPTIONS: loaded.map((file) => `--require ${join(import.meta.dirname, file)}`).join(' '),
  };
  return run(process.execPath, [program, ...args, '--json'], environment, onStart);
}

/** As {@link cairn}, and returns what it printed; throws if it failed. */
export async function cairnOk(args: readonly string[], settings: CairnSettings = {}): Promise<string> {
  return outputOf(`cairn ${args.join(' ')}`, await cairn(args, settings));
}

/** Runs restic on a repository and returns what it printed; throws if it failed. */
export async function restic(repository: string, args: readonly string[], program = 'restic'): Promise<string> {
  return outputOf(`restic ${args.join(' ')}`, await tryRestic(repository, args, program));
}

/** As {@link restic}, however it ends. */
export function tryRestic(repository: string, args: readonly string[], program = 'restic'): Promise<Run> {
  return run(program, ['--no-cache', '-r', repository, ...args]);
}

function outputOf(command: string, { status, signal, stdout, stderr }: Run): string {
  if (status === 0) return stdout;
  throw new Error(`${command} ended with ${status ?? signal}:\n${stdout.slice(-2000)}\n${stderr.slice(-2000)}`);
}

function run(
  program: string,
  args: readonly string[],
  env: object = {},
  onStart?: (child: ChildProcess) => void,
): Promise<Run> {
  // What Cairn keeps of a user's own would grow with each of many thousand runs.
  const own = mkdtempSync(join(tmpdir(), 'cairn-long-own-'));
  return new Promise<Run>((done, failed) => {
    const child = spawn(program, args, {
      env: { ...process.env, RESTIC_PASSWORD: PASSWORD, TZ: 'UTC', ...dataHome(own).env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT,
      killSignal: 'SIGABRT',
    });
    onStart?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.once('error', failed);
    child.once('close', (status, signal) => done({ status, signal, stdout, stderr }));
  }).finally(() => rmSync(own, { recursive: true, force: true }));
}
