/** Servers for the repositories of the network cases, each behind a proxy that makes trouble. */
import { mkdtempSync, readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend, FileType } from '../../src/backend/backend.ts';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { openBackend } from '../../src/backend/openBackend.ts';
import { plainAccess, storageAt } from '../../src/base/storageAccess.ts';
import { startFaultProxy, type FaultProxy } from '../servers/faultProxy.ts';
import { serverLogin, startRestServer } from '../servers/restServer.ts';
import { startSwift } from '../servers/swift.ts';
import { copyFolder, newFolder, removeFolder } from './stage.ts';

/** Where repositories are kept. */
export interface NetworkPlace {
  readonly proxy: FaultProxy;
  /** What the command line has to know. */
  readonly env: Readonly<Record<string, string>>;
  /** To be found in nothing that is printed. */
  readonly secrets: readonly string[];
  /** Where a repository of that name is, through the proxy. */
  at(name: string): string;
  /** The same, for this process. */
  open(name: string): Backend;
  /** Puts a repository there. */
  put(folder: string, name: string): Promise<void>;
  /** What is there, as a repository in a folder, for the real restic; it is gone with the next call, or `remove`. */
  look(name: string): Promise<string>;
  remove(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** The servers: restic's own, and an object store. */
export type PlaceName = 'REST' | 'S3';

const started = new Map<PlaceName, Promise<NetworkPlace>>();

/** The server of that kind, which all cases share. */
export function placeOf(name: PlaceName): Promise<NetworkPlace> {
  let place = started.get(name);
  if (!place) started.set(name, (place = name === 'REST' ? startRest() : startS3()));
  return place;
}

/** Ends all servers. */
export async function stopPlaces(): Promise<void> {
  const places = [...started.values()];
  started.clear();
  for (const place of places) await (await place).stop();
}

async function startRest(): Promise<NetworkPlace> {
  const server = await startRestServer(newFolder(), { hasLogin: true });
  const kill = () => void process.kill(server.pid);
  process.on('exit', kill);
  const proxy = await startFaultProxy(server.url);
  const folderOf = (name: string) => join(server.data, name);
  const env = { RESTIC_REST_USERNAME: serverLogin.user, RESTIC_REST_PASSWORD: serverLogin.password };
  return {
    proxy,
    env,
    open: (name) => openAt(`rest:${server.url}${name}/`, env),
    secrets: [serverLogin.password, encodeURIComponent(serverLogin.password)],
    at: (name) => `rest:${proxy.endpoint}/${name}/`,
    put: async (folder, name) => copyFolder(folder, folderOf(name)),
    look: async (name) => folderOf(name),
    remove: async (name) => removeFolder(folderOf(name)),
    stop: async () => {
      process.off('exit', kill);
      await proxy.close();
      await server.stop();
    },
  };
}

function openAt(location: string, environment: Readonly<Record<string, string>>): Backend {
  return openBackend(storageAt(location, { ...plainAccess, environment }));
}

const BUCKET = 'network';

async function startS3(): Promise<NetworkPlace> {
  // Its disks need attributes that a file system in memory may lack.
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'cairn-long-'));
  process.on('exit', () => removeFolder(folder));
  const swift = await startSwift(folder);
  const { accessKeyId, secretAccessKey } = swift.owner;
  const env = {
    ...{ AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_DEFAULT_REGION: swift.region },
    ...{ AWS_PROFILE: '', AWS_REGION: '' },
  };
  const proxy = await startFaultProxy(swift.endpoint, 403);
  const open = (name: string) => openAt(`s3:${swift.endpoint}/${BUCKET}/${name}`, env);
  const using = async (name: string, work: (backend: Backend) => Promise<void>) => {
    const backend = open(name);
    await work(backend).finally(() => backend.close());
  };
  const copies = newFolder();
  return {
    proxy,
    env,
    open,
    secrets: [secretAccessKey],
    at: (name) => `s3:${proxy.endpoint}/${BUCKET}/${name}`,
    put: (from, name) =>
      using(name, async (backend) => {
        await backend.create();
        await copyAll(new LocalBackend(from), backend);
      }),
    look: async (name) => {
      const copy = join(copies, name);
      removeFolder(copy);
      const local = new LocalBackend(copy);
      await local.create();
      await using(name, (backend) => copyAll(backend, local));
      return copy;
    },
    remove: async (name) => removeFolder(join(copies, name)),
    stop: async () => {
      await proxy.close();
      await swift.stop();
      removeFolder(folder);
    },
  };
}

const types = ['key', 'lock', 'snapshot', 'index', 'pack'] as const;

/** Copies all files from one storage to another, the config last. */
async function copyAll(from: Backend, to: Backend): Promise<void> {
  const copy = async (type: FileType, name: string) => to.save({ type, name }, [await from.load({ type, name })]);
  for (const type of types) {
    const files = await from.list(type);
    await Promise.all(files.map(({ name }) => copy(type, name)));
  }
  await copy('config', '').catch((error: { code?: string }) => {
    if (error.code !== 'file-not-found') throw error;
  });
}

/** What a repository keeps for good: the names of its files, without locks. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => /(?:^config|\/[0-9a-f]{64})$/.test(path) && !path.startsWith('locks/'))
    .sort();
}
