import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isWindows } from '../../src/disk/system.ts';
import { dataHome } from './dataHome.ts';
import { TEST_PASSWORD } from './restic.ts';
import { tempFolder } from './tempFolder.ts';

/** The built command line, which is what people run. */
export const commandLine = resolve('dist/cli.js');

export interface CairnOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Run as another user; needs root, and {@link shareProgram}. */
  readonly uid?: number;
  /** Where it is started: as the first of a group of processes, so that a signal can reach all of them. */
  readonly isGroup?: boolean;
}

export interface CairnRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where runs that are not told otherwise keep what is a user's own; any user may write there. */
const ownData = tempFolder();
chmodSync(ownData, 0o777);

function environment(options: CairnOptions): NodeJS.ProcessEnv {
  const own = dataHome(join(ownData, String(options.uid ?? 'own'))).env;
  return { ...process.env, RESTIC_PASSWORD: TEST_PASSWORD, TZ: 'UTC', ...own, ...options.env };
}

/** Node and the command line where every user may run them. */
let shared: { readonly node: string; readonly commandLine: string } | undefined;

/**
 * Makes `uid` possible wherever this checkout lies, a folder of root's alone included. To be called
 * where `afterAll` may be. On Windows, where nobody runs it as somebody else, it does nothing.
 */
export function shareProgram(): void {
  if (isWindows) return;
  const folder = tempFolder();
  shared = { node: join(folder, 'node'), commandLine: join(folder, 'dist/cli.js') };
  copyFileSync(process.execPath, shared.node);
  cpSync(resolve('dist'), join(folder, 'dist'), { recursive: true });
  for (const path of [folder, shared.node]) chmodSync(path, 0o755);
}

function programFor({ uid }: CairnOptions) {
  return uid === undefined ? { node: process.execPath, commandLine } : shared!;
}

/** Runs `cairn` to its end. */
export function cairn(args: readonly string[], options: CairnOptions = {}): CairnRun {
  const program = programFor(options);
  const { status, stdout, stderr, error } = spawnSync(program.node, [program.commandLine, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 30,
    env: environment(options),
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** Runs `cairn` and returns what it printed; throws if it failed. */
export function cairnOk(args: readonly string[], options: CairnOptions = {}): string {
  const run = cairn(args, options);
  if (run.status !== 0)
    throw new Error(`cairn ${args.join(' ')} ended with ${run.status}:\n${run.stdout}\n${run.stderr}`);
  return run.stdout;
}

/** The summary line of `cairn backup --json`. */
export interface BackupSummary {
  readonly files_new: number;
  readonly files_changed: number;
  readonly files_unmodified: number;
  readonly data_blobs: number;
  readonly tree_blobs: number;
  readonly bytes_read: number;
  readonly data_added: number;
  readonly snapshot_id?: string;
}

/** Backs up and returns the summary. */
export function cairnBackup(repository: string, args: readonly string[], options: CairnOptions = {}): BackupSummary {
  const lines = cairnOk(['backup', '--json', '-r', repository, ...args], options)
    .trim()
    .split('\n');
  return JSON.parse(lines.at(-1)!) as BackupSummary;
}

/** Starts `cairn` without waiting for it. */
export function startCairn(args: readonly string[], options: CairnOptions = {}): ChildProcess {
  const program = programFor(options);
  return spawn(program.node, [program.commandLine, ...args], {
    env: environment(options),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.isGroup === true,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
  });
}

/** Waits for the end of a started process. */
export function ended(child: ChildProcess): Promise<CairnRun> {
  return new Promise((done, failed) => {
    let stdout = '';
    let stderr = '';
    child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
    child.once('error', failed);
    child.once('close', (status) => done({ status, stdout, stderr }));
  });
}
