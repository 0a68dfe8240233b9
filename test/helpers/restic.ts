import { execFile, spawnSync } from 'node:child_process';

/** The password of every repository that tests make. */
export const TEST_PASSWORD = 'cairn-test';

export interface ResticOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly password?: string;
  /** Exit codes that are no failure; 0 unless stated. */
  readonly allow?: readonly number[];
}

/** Runs the real restic on a repository; throws with what it printed if it fails. */
export function restic(repository: string, args: readonly string[], options: ResticOptions = {}): string {
  const run = spawnSync('restic', ['--no-cache', '-r', repository, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...process.env, RESTIC_PASSWORD: options.password ?? TEST_PASSWORD, TZ: 'UTC', ...options.env },
  });
  if (run.error) throw new Error(`The real restic is needed for this test: ${run.error.message}`);
  if (!(options.allow ?? [0]).includes(run.status ?? -1)) {
    throw new Error(`restic ${args.join(' ')} ended with ${run.status}:\n${run.stdout}\n${run.stderr}`);
  }
  return run.stdout;
}

/** As {@link restic}, while this thread goes on. */
export function startRestic(repository: string, args: readonly string[]): Promise<string> {
  const options = { maxBuffer: 1 << 30, env: { ...process.env, RESTIC_PASSWORD: TEST_PASSWORD, TZ: 'UTC' } };
  return new Promise((resolve, reject) => {
    execFile('restic', ['--no-cache', '-r', repository, ...args], options, (error, stdout, stderr) => {
      if (error) reject(new Error(`restic ${args.join(' ')} ended with ${error.code}:\n${stdout}\n${stderr}`));
      else resolve(stdout);
    });
  });
}
