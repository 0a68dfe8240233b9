import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { bringSwift } from '../../build/swift.mts';
import { kinds, nodes, SWIFT_REGION, writeSwiftConfig, type SwiftNode, type SwiftPorts } from './swiftConfig.ts';

/** A real object store of three nodes on this machine: OpenStack Swift, which keeps three replicas and speaks S3. */
export interface Swift {
  readonly endpoint: string;
  readonly region: string;
  /** May do everything. */
  readonly owner: SwiftUser;
  /** Is known, and may do nothing. */
  readonly stranger: SwiftUser;
  /** Ends the servers of a node at once, as a failure would. */
  stopNode(node: SwiftNode): Promise<void>;
  /** The node is there again, with what it had. */
  startNode(node: SwiftNode): Promise<void>;
  /** Gives all nodes what they have missed. */
  replicate(): Promise<void>;
  stop(): Promise<void>;
}

export interface SwiftUser {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** What leads rclone to the buckets, as `:s3:`, whatever this machine has for it. */
export function rcloneThere({ endpoint, region, owner }: Swift) {
  return {
    RCLONE_CONFIG: '/dev/null',
    RCLONE_S3_PROVIDER: 'Other',
    RCLONE_S3_ENV_AUTH: 'true',
    RCLONE_S3_ENDPOINT: endpoint,
    RCLONE_S3_REGION: region,
    RCLONE_S3_FORCE_PATH_STYLE: 'true',
    AWS_ACCESS_KEY_ID: owner.accessKeyId,
    AWS_SECRET_ACCESS_KEY: owner.secretAccessKey,
    AWS_PROFILE: '',
    // Some machines name a file there with which rclone does not work.
    AWS_CA_BUNDLE: '',
  };
}

/** Another program may take a port between its choice and its use. */
const TRIES = 3;

/** Starts a cluster in a new folder below one. */
export async function startSwift(folder: string): Promise<Swift> {
  for (let left = TRIES; ; left--) {
    const place = join(folder, `swift${left}`);
    mkdirSync(place);
    const cluster = new Cluster(place, await choosePorts());
    try {
      await cluster.start();
      return cluster;
    } catch (error) {
      await cluster.stop();
      if (left === 1 || !String(error).includes('Address already in use')) throw error;
    }
  }
}

class Cluster implements Swift {
  readonly endpoint: string;
  readonly region = SWIFT_REGION;
  readonly owner = { accessKeyId: 'test:owner', secretAccessKey: 'owner-secret-7Q' };
  readonly stranger = { accessKeyId: 'test:reader', secretAccessKey: 'reader-secret-4Z' };
  readonly #folder: string;
  readonly #ports: SwiftPorts;
  readonly #keeper: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  #errors = '';

  constructor(folder: string, ports: SwiftPorts) {
    this.#folder = folder;
    this.#ports = ports;
    this.endpoint = `http://127.0.0.1:${ports.proxy}`;
    const programs = bringSwift();
    const libraries = join(programs, 'usr/lib');
    const machine = readdirSync(libraries).filter((name) => name.endsWith('-linux-gnu'));
    this.#keeper = spawn('/usr/bin/python3', [join(import.meta.dirname, 'swiftKeeper.py'), folder], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        PATH: [join(programs, 'usr/bin'), process.env['PATH']].join(delimiter),
        PYTHONPATH: join(libraries, 'python3/dist-packages'),
        PYTHONDONTWRITEBYTECODE: '1',
        LD_LIBRARY_PATH: machine.map((name) => join(libraries, name)).join(delimiter),
      },
    });
    this.#keeper.on('error', (error) => (this.#errors += String(error)));
    this.#keeper.stderr!.on('data', (data: Buffer) => (this.#errors += data.toString()));
    this.#answers = createInterface({ input: this.#keeper.stdout! })[Symbol.asyncIterator]();
  }

  async start(): Promise<void> {
    const { servers, proxy, memcached, rsync } = this.#ports;
    writeSwiftConfig(this.#folder, this.#ports);
    await this.#tell('rings', ...servers);
    const asRoot = process.getuid?.() === 0 ? ['-u', 'root'] : [];
    await this.#tell('run', 'memcached', 'memcached', '-l', '127.0.0.1', '-p', memcached, '-m', '16', ...asRoot);
    const config = join(this.#folder, 'etc/rsyncd.conf');
    await this.#tell(
      'run',
      'rsync',
      'rsync',
      '--daemon',
      '--no-detach',
      '--address=127.0.0.1',
      `--port=${rsync}`,
      `--config=${config}`,
    );
    await this.#tell('serve', ...nodes.flatMap(serversOf), 'proxy');
    for (const port of [...servers, memcached, rsync, proxy]) await this.#awaitPort(port);
  }

  async stopNode(node: SwiftNode): Promise<void> {
    await this.#tell('send', 'KILL', ...serversOf(node));
  }

  async startNode(node: SwiftNode): Promise<void> {
    await this.#tell('serve', ...serversOf(node));
    for (const port of this.#ports.servers.slice((node - 1) * 3, node * 3)) await this.#awaitPort(port);
  }

  async replicate(): Promise<void> {
    await this.#tell('replicate', ...nodes);
  }

  async stop(): Promise<void> {
    this.#keeper.stdin!.end();
    if (this.#keeper.exitCode === null && this.#keeper.pid !== undefined) await once(this.#keeper, 'exit');
  }

  async #tell(...words: (string | number)[]): Promise<void> {
    this.#keeper.stdin!.write(`${words.join(' ')}\n`);
    const { value, done } = (await this.#answers.next()) as IteratorResult<string, undefined>;
    if (done || value !== 'ok')
      throw new Error(`Swift: ${words[0]}: ${value ?? 'it ended'}\n${this.#errors}${this.#logs()}`);
  }

  async #awaitPort(port: number): Promise<void> {
    while (!(await answers(port))) {
      await this.#tell('dead');
      await sleep(100);
    }
  }

  /** What the servers said at last. */
  #logs(): string {
    const folder = join(this.#folder, 'run');
    const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.log')) : [];
    return names.map((name) => `${name}: ${readFileSync(join(folder, name), 'utf8').slice(-1000)}`).join('\n');
  }
}

function serversOf(node: SwiftNode): string[] {
  return kinds.map((kind) => `${kind}${node}`);
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function choosePorts(): Promise<SwiftPorts> {
  const listeners = await Promise.all(Array.from({ length: 12 }, () => listen()));
  const ports = listeners.map((listener) => (listener.address() as AddressInfo).port);
  for (const listener of listeners) listener.close();
  return { servers: ports.slice(0, 9), proxy: ports[9]!, memcached: ports[10]!, rsync: ports[11]! };
}

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
