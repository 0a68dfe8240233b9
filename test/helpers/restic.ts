import { execFile, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** The password of every repository that tests make. */
export const TEST_PASSWORD = 'cairn-test';

export interface ResticOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly password?: string;
  /** Exit codes that are no failure; 0 unless stated. */
  readonly allow?: readonly number[];
}

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Under Wine: where `build/resticForWine.mts` looks for what it is to run. */
const requests = process.env['CAIRN_TEST_RESTIC'];

/** Runs the real restic on a repository; throws with what it printed if it fails. */
export function restic(repository: string, args: readonly string[], options: ResticOptions = {}): string {
  const call = { args: ['--no-cache', '-r', repository, ...args], env: environment(options), cwd: options.cwd };
  const result = requests === undefined ? run(call) : request(requests, call).wait();
  return output(result, args, options);
}

/** As {@link restic}, while this thread goes on. */
export async function startRestic(repository: string, args: readonly string[]): Promise<string> {
  const call = { args: ['--no-cache', '-r', repository, ...args], env: environment({}) };
  return output(await (requests === undefined ? start(call) : request(requests, call).answer()), args, {});
}

interface Call {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
}

function environment({ password = TEST_PASSWORD, env }: ResticOptions): Record<string, string> {
  return { RESTIC_PASSWORD: password, TZ: 'UTC', ...env };
}

function output(result: Result, args: readonly string[], { allow = [0] }: ResticOptions): string {
  if (allow.includes(result.status ?? -1)) return result.stdout;
  throw new Error(`restic ${args.join(' ')} ended with ${result.status}:\n${result.stdout}\n${result.stderr}`);
}

function run({ args, env, cwd }: Call): Result {
  const { error, ...result } = spawnSync('restic', args, {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    ...(cwd !== undefined && { cwd }),
    env: { ...process.env, ...env },
  });
  if (error) throw new Error(`The real restic is needed for this test: ${error.message}`);
  return result;
}

async function start({ args, env }: Call): Promise<Result> {
  const options = { maxBuffer: 1 << 30, env: { ...process.env, ...env } };
  return promisify(execFile)('restic', args, options).then(
    (printed) => ({ status: 0, ...printed }),
    (error: Omit<Result, 'status'> & { code: number }) => ({ ...error, status: error.code }),
  );
}

function request(folder: string, call: Call): { wait(): Result; answer(): Promise<Result> } {
  const place = join(folder, randomUUID());
  writeFileSync(`${place}.part`, JSON.stringify(call));
  renameSync(`${place}.part`, `${place}.request`);
  const take = () => {
    const result = JSON.parse(readFileSync(`${place}.answer`, 'utf8')) as Result;
    rmSync(`${place}.answer`);
    return result;
  };
  return {
    wait() {
      const pause = new Int32Array(new SharedArrayBuffer(4));
      while (!existsSync(`${place}.answer`)) Atomics.wait(pause, 0, 0, 20);
      return take();
    },
    async answer() {
      while (!existsSync(`${place}.answer`)) await sleep(20);
      return take();
    },
  };
}
