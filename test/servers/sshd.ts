import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll } from 'vitest';
import { bringOpenssh } from '../../build/openssh.mts';
import { plainAccess, storageAt, type StorageAccess, type StorageSettings } from '../../src/base/storageAccess.ts';
import { tempFolder } from '../helpers/tempFolder.ts';
import { freePort } from './freePort.ts';

/** Root's server runs as this account, which every Debian has: as root it would want a user and folders of its own. */
const account = { name: 'games', uid: 5, gid: 60 };

export interface SshdOptions {
  /** SFTP requests that are refused, by their names in `sftp-server -Q requests`, with commas between. */
  readonly deny?: string;
  readonly isReadOnly?: boolean;
  /** Where SFTP begins, in place of a new folder. */
  readonly data?: string;
}

/** Hosts of the server's `ssh_config`; all are this server, and only `trusted` can be logged in to. */
export type SshHost = 'trusted' | 'imposter' | 'stranger' | 'unknown' | 'refused' | 'nameless';

const running: Sshd[] = [];
// Registered when a test file imports this, since inside a running test it would have no effect.
afterAll(() => Promise.all(running.splice(0).map((server) => server.stop())));

/**
 * The real server of OpenSSH on a free port of this machine, with keys of its own, which offers one folder by SFTP and
 * nothing else. Ends with the tests of the file.
 */
export class Sshd {
  /** Where SFTP begins, absolute. */
  readonly data: string;
  /** The client's configuration, which knows {@link SshHost}. */
  readonly config: string;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, data: string) {
    this.#folder = folder;
    this.data = data;
    this.config = join(folder, 'ssh_config');
  }

  static async start(options: SshdOptions = {}): Promise<Sshd> {
    const folder = tempFolder();
    const data = options.data ?? join(folder, 'data');
    mkdirSync(data, { recursive: true });
    const server = new Sshd(folder, data);
    running.push(server);
    makeKeys(folder);
    const program = bringProgram(join(folder, 'program'));
    if (process.getuid!() === 0) {
      chmodSync(folder, 0o711);
      for (const path of [data, join(folder, 'host_key')]) chownSync(path, account.uid, account.gid);
    }
    // Another program may take the port first.
    for (let tries = 0; ; tries++) {
      const port = await freePort();
      writeConfigurations(folder, data, port, options);
      if (await server.#launch(program, port)) return server;
      if (tries === 5) throw new Error(`sshd did not start:\n${readFileSync(join(folder, 'log'), 'utf8')}`);
    }
  }

  /** restic's `-o` for this server. */
  get options(): Record<string, string> {
    return { 'sftp.args': `-F "${this.config}"` };
  }

  /** A folder of the server, by default below {@link data}. */
  storage(path: string, host: SshHost = 'trusted', access: Partial<StorageAccess> = {}): StorageSettings {
    const environment = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
    return storageAt(`sftp:${host}:${path}`, { ...plainAccess, environment, options: this.options, ...access });
  }

  /** Ends all that was connected, at once and without a word, as when a network goes. New connections work. */
  cut(): void {
    for (const pid of this.sessions()) signal(pid, 'SIGKILL');
  }

  /** Lets all that is connected wait, until {@link cut}. */
  freeze(): void {
    for (const pid of this.sessions()) signal(pid, 'SIGSTOP');
  }

  /** The processes of those who are connected, the youngest first. */
  sessions(): number[] {
    return descendants(this.#process!.pid!);
  }

  async stop(): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once('exit', done));
    const sessions = this.sessions();
    child.kill('SIGKILL');
    for (const pid of sessions) signal(pid, 'SIGKILL');
    await ended;
  }

  /** False if it ended at once. */
  async #launch(program: string, port: number): Promise<boolean> {
    const asAccount =
      process.getuid!() === 0 ? [`--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : [];
    // It must not outlive the tests, even if they are killed.
    const sshd = [program, '-D', '-e', '-f', join(this.#folder, 'sshd_config')];
    const log = join(this.#folder, 'log');
    const child = spawn(
      'setpriv',
      [...asAccount, '--pdeathsig', 'KILL', 'sh', '-c', 'exec "$@" 2>"$0"', log, ...sshd],
      {
        stdio: 'ignore',
        env: { ...process.env, LD_LIBRARY_PATH: join(this.#folder, 'program') },
      },
    );
    this.#process = child;
    while (child.exitCode === null && child.signalCode === null) {
      if (await answers(port)) return true;
      await sleep(20);
    }
    return false;
  }
}

/** Where every account may run it, whatever the folder of this checkout is. */
function bringProgram(folder: string): string {
  const { sshd, besides } = bringOpenssh();
  if (besides.length === 0) return sshd;
  mkdirSync(folder, { recursive: true });
  const files = besides.flatMap((place) => readdirSync(place).map((name) => join(place, name)));
  for (const file of [sshd, ...files].filter((path) => statSync(path).isFile())) {
    copyFileSync(file, join(folder, file.slice(file.lastIndexOf('/') + 1)));
  }
  return join(folder, 'sshd');
}

function makeKeys(folder: string): void {
  for (const name of ['host_key', 'other_host_key', 'client_key', 'stranger_key']) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', join(folder, name)]);
  }
  copyFileSync(join(folder, 'client_key.pub'), join(folder, 'authorized_keys'));
  writeFileSync(join(folder, 'log'), '');
  chmodSync(join(folder, 'log'), 0o666);
}

function writeConfigurations(folder: string, data: string, port: number, { deny, isReadOnly }: SshdOptions): void {
  const at = (name: string) => `"${join(folder, name)}"`;
  const user = process.getuid!() === 0 ? account.name : userInfo().username;
  const sftp = `internal-sftp -d ${data}${deny === undefined ? '' : ` -P ${deny}`}${isReadOnly ? ' -R' : ''}`;
  const hostKey = (name: string) =>
    readFileSync(join(folder, `${name}.pub`), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ');
  writeFileSync(join(folder, 'known'), `[127.0.0.1]:${port} ${hostKey('host_key')}\n`);
  writeFileSync(join(folder, 'wrong'), `[127.0.0.1]:${port} ${hostKey('other_host_key')}\n`);
  writeFileSync(join(folder, 'none'), '');
  const program = join(folder, 'program');
  const sessionPrograms = ['session', 'auth'].filter((name) => isThere(join(program, `sshd-${name}`)));
  writeFileSync(
    join(folder, 'sshd_config'),
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${at('host_key')}
PidFile none
AuthorizedKeysFile ${at('authorized_keys')}
AllowUsers ${user}
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
DisableForwarding yes
PermitTTY no
PermitUserRC no
Subsystem sftp ${sftp}
ForceCommand ${sftp}
MaxStartups 100
MaxSessions 100
${sessionPrograms.map((name) => `Sshd${name[0]!.toUpperCase()}${name.slice(1)}Path ${join(program, `sshd-${name}`)}\n`).join('')}`,
  );
  writeFileSync(
    join(folder, 'ssh_config'),
    `Host trusted stranger
  UserKnownHostsFile ${at('known')}
Host imposter
  UserKnownHostsFile ${at('wrong')}
Host unknown
  UserKnownHostsFile ${at('none')}
Host stranger
  IdentityFile ${at('stranger_key')}
Host refused
  Port 1
Host nameless
  HostName nothing.invalid
Host trusted imposter unknown
  IdentityFile ${at('client_key')}
Host *
  HostName 127.0.0.1
  Port ${port}
  User ${user}
  IdentitiesOnly yes
  IdentityAgent none
  GlobalKnownHostsFile /dev/null
`,
  );
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function answers(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => done(true)).once('error', () => done(false));
    socket.once('close', () => done(false));
    socket.once('data', () => socket.destroy());
  });
}

/** The process' children and theirs, the youngest first. */
function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It ended meanwhile.
    }
  }
  const below = (parent: number): number[] =>
    [...parents].filter(([, of]) => of === parent).flatMap(([child]) => [...below(child), child]);
  return below(pid);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended meanwhile.
  }
}
