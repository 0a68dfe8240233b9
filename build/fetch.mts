/** Programs that npm brings, from whatever registry it is set to, kept in .cache/. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '..');

/** Lets `fetch` fill a folder unless it is there already. One that was cut off leaves nothing that looks complete. */
export function fetchOnce(folder: string, fetch: (folder: string) => void): string {
  if (existsSync(folder)) return folder;
  const temporary = `${folder}.${process.pid}`;
  try {
    mkdirSync(temporary, { recursive: true });
    fetch(temporary);
    renameSync(temporary, folder);
  } catch (error) {
    // Another run may have been faster.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

export function runNpm(args: readonly string[], folder: string): void {
  run('npm', args, folder);
}

/** Runs a program to its end; throws with what it printed if it fails. */
export function run(command: string, args: readonly string[], folder: string): string {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    // npm is a script there.
    shell: process.platform === 'win32',
  });
  if (status === 0) return stdout;
  throw new Error(`\`${command} ${args.join(' ')}\` failed:\n${stdout}${stderr}`, { cause: error });
}
