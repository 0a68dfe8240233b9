/** Runs the server that build/vscode.mts fetches. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VscodeServer } from './vscode.mts';

export interface ServerOptions {
  readonly server: VscodeServer;
  readonly extensionsDir: string;
  /** Settings, logs and state of the editor. */
  readonly dataDir: string;
}

export interface RunningServer {
  readonly port: number;
  /** Without this in the query (`tkn`) the server answers nobody: it can write whatever its user can. */
  readonly token: string;
  readonly process: ChildProcess;
  /** What the server has printed. */
  output(): string;
  /** Ends the server with all that it has started. */
  stop(): Promise<void>;
}

/** Installs the package into `extensionsDir`, in place of the one before. */
export function installExtension({ server, extensionsDir, dataDir }: ServerOptions, vsix: string): void {
  const args = ['--install-extension', vsix, '--force', ...folderArguments({ extensionsDir, dataDir })];
  const { status, stdout, stderr } = spawnSync(server.node, [server.main, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`Visual Studio Code does not install ${vsix}:\n${stdout}${stderr}`);
}

/** Starts a server on a free port of this machine only; resolves as soon as it listens. */
export async function startServer(
  options: ServerOptions,
  { args = [], env = process.env }: { args?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<RunningServer> {
  const { server, dataDir } = options;
  const token = randomBytes(24).toString('hex');
  const tokenFile = join(dataDir, 'token');
  mkdirSync(dataDir, { recursive: true });
  // In a file, since arguments are there for every user of the machine to see.
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const address = ['--host', '127.0.0.1', '--port', '0', '--connection-token-file', tokenFile];
  const child = spawn(server.node, [server.main, ...address, ...folderArguments(options), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that nothing of it is left behind.
    detached: process.platform !== 'win32',
  });
  let output = '';
  const port = await new Promise<number>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      const listening = /Extension host agent listening on (\d+)/.exec(output);
      if (listening) resolve(Number(listening[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('exit', () => reject(new Error(`Visual Studio Code did not start:\n${output}`)));
  });
  return { port, token, process: child, output: () => output, stop: () => stop(child) };
}

function folderArguments({ extensionsDir, dataDir }: Omit<ServerOptions, 'server'>): string[] {
  return ['--extensions-dir', extensionsDir, '--server-data-dir', dataDir, '--accept-server-license-terms'];
}

/** Gives the extensions the time that VS Code gives them for their end, and not more. */
async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => killGroup(child), 5000);
    await exited;
    clearTimeout(timer);
  }
  killGroup(child);
}

function killGroup({ pid }: ChildProcess): void {
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/pid', String(pid), '/T', '/F']);
    return;
  }
  try {
    process.kill(-pid!, 'SIGKILL');
  } catch {
    // Nothing is left of it.
  }
}
