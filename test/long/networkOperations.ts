/** What the network cases run: how each operation begins, and what it has to have reached at its end. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../../src/backend/backend.ts';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { withSession } from '../../src/engine/session.ts';
import { verify } from '../../src/engine/verify/verify.ts';
import { openRepository } from '../../src/repository/repository.ts';
import { dataHome } from '../helpers/dataHome.ts';
import { memoryCodecs } from '../helpers/memoryCodecs.ts';
import { hurriedProgram } from './hurriedProgram.ts';
import { judgeSnapshot } from './judge.ts';
import { filesIn, placeOf, type NetworkPlace, type PlaceName } from './networkPlace.ts';
import { cairn, cairnOk, PASSWORD, restic, type CairnSettings, type Run } from './programs.ts';
import { copyFolder, listSnapshots, newFolder, newRepository, removeFolder, stage, type Stage } from './stage.ts';

/** The repositories of a case. */
export type Role = 'source' | 'target' | 'replica';

/** Repositories at a place, for a case of its own to change. */
export interface NetworkRoom {
  readonly place: NetworkPlace;
  /** In the names of both repositories, and of nothing else there. */
  readonly name: string;
  /** Of the case alone: cache and records. */
  readonly folder: string;
  readonly open: (role: Role) => Backend;
  readonly at: (role: Role) => string;
  /** See {@link NetworkPlace.look}. */
  readonly look: (role: Role) => Promise<string>;
  readonly remove: () => Promise<void>;
}

/** Where an operation runs. */
export interface NetworkScene extends NetworkRoom {
  readonly stage: Stage;
  readonly roles: readonly Role[];
}

type Folders = Readonly<Record<'source' | 'target', string>>;

export interface NetworkOperation {
  readonly name: string;
  args(scene: NetworkScene): readonly string[];
  /** Brings folders into the state that they are for; done once. */
  prepare(folders: Folders, shared: Stage): Promise<void>;
  /** Which snapshots of the stage stay in each repository whatever happens. */
  readonly keeps: Readonly<Record<keyof Folders, readonly number[]>>;
  /** Requests of which another one says the same, so that it may do without an answer, and ask again. */
  readonly spare?: RegExp;
  /** A file that it may not read is left out, and the exit code is 3. */
  readonly goesOn?: boolean;
  /** It uses two repositories. */
  readonly hasTarget?: boolean;
  /** What is there at the end. */
  reached(scene: NetworkScene): Promise<void>;
}

/** Without it, what is removed would wait for a day. */
const all = ['--max-unused', '0', '--grace', '0'];

export const networkOperations: readonly NetworkOperation[] = [
  {
    name: 'backup',
    args: (scene) => ['backup', '-r', scene.at('source'), scene.stage.source],
    prepare: async ({ source }, { repository }) => copyFolder(repository, source),
    keeps: { source: [0, 1, 2], target: [] },
    reached: async ({ look, stage: { source, snapshots } }) => {
      const folder = await look('source');
      const known = new Set(snapshots.map(({ id }) => id));
      const added = (await listSnapshots(folder)).filter(({ id }) => !known.has(id));
      if (added.length === 0) throw new Error('It ended well, but there is no new snapshot.');
      for (const { id } of added) await judgeSnapshot(folder, source, id, source);
    },
  },
  {
    name: 'prune',
    args: (scene) => ['prune', '-r', scene.at('source'), ...all],
    prepare: async ({ source }, { repository, snapshots }) => {
      copyFolder(repository, source);
      await cairnOk(['forget', '-r', source, snapshots[0]!.id]);
    },
    keeps: { source: [1, 2], target: [] },
    reached: async ({ look }) => {
      const repository = await openRepository(new LocalBackend(await look('source')), { password: PASSWORD });
      const { stats } = await withSession(repository, { lock: 'none' }, (session) =>
        planPrune(session, { graceMs: 0, maxUnused: 0 }),
      );
      if (stats.freedBytes > 0) throw new Error(`It ended well, but ${stats.freedBytes} bytes could still go.`);
    },
  },
  {
    name: 'copy',
    hasTarget: true,
    args: (scene) => ['copy', '--from-repo', scene.at('source'), '-r', scene.at('target')],
    prepare: async ({ source, target }, { repository, snapshots }) => {
      copyFolder(repository, source);
      await newRepository(target);
      const from = ['--from-repo', source, '-r', target];
      await cairnOk(['copy', ...from, snapshots[0]!.id], { env: { RESTIC_FROM_PASSWORD: PASSWORD } });
    },
    keeps: { source: [0, 1, 2], target: [0] },
    reached: async ({ look, stage: { source, snapshots } }) => {
      const folder = await look('target');
      const listed = await listSnapshots(folder);
      for (const { id, copy } of snapshots) {
        const found = listed.filter(({ original }) => original === id);
        if (found.length !== 1) throw new Error(`It ended well, but ${id} is there ${found.length} times.`);
        await judgeSnapshot(folder, source, found[0]!.id, copy);
      }
    },
  },
  {
    name: 'replicate',
    goesOn: true,
    hasTarget: true,
    args: replicateArgs,
    prepare: async (folders, shared) => {
      await changeRepository(folders.source, shared);
      copyFolder(shared.repository, folders.target);
    },
    keeps: { source: [1, 2], target: [1, 2] },
    reached: judgeReplica,
  },
  {
    name: 'first replicate',
    goesOn: true,
    // Each list of a place that is not there says so.
    spare: /target\/(?:config|\w+\/)$/,
    hasTarget: true,
    args: replicateArgs,
    prepare: ({ source }, shared) => changeRepository(source, shared),
    keeps: { source: [1, 2], target: [] },
    reached: judgeReplica,
  },
];

function replicateArgs(scene: NetworkScene): readonly string[] {
  return ['replicate', '-r', scene.at('source'), '--to', scene.at('target'), '--delay', '0'];
}

/** What was there is forgotten and pruned in part, and something is new. */
async function changeRepository(folder: string, { repository, snapshots, source }: Stage): Promise<void> {
  copyFolder(repository, folder);
  await cairnOk(['forget', '-r', folder, snapshots[0]!.id]);
  await cairnOk(['prune', '-r', folder, ...all]);
  await cairnOk(['backup', '-r', folder, source]);
}

async function judgeReplica({ look, stage: { source, snapshots } }: NetworkScene): Promise<void> {
  const [ours, theirs] = [await look('source'), await look('target')];
  if (filesIn(ours).join() !== filesIn(theirs).join()) throw new Error('It ended well, but the replica differs.');
  await judgeSnapshot(theirs, source, snapshots[2]!.id, snapshots[2]!.copy);
}

const prepared = new Map<string, Promise<Folders>>();
let rooms = 0;

/** Room for repositories of one case. */
export async function networkRoom(placeName: PlaceName): Promise<NetworkRoom> {
  const place = await placeOf(placeName);
  const name = `case-${process.pid}-${rooms++}-`;
  const folder = newFolder();
  return {
    ...{ place, name, folder },
    open: (role) => place.open(name + role),
    at: (role) => place.at(name + role),
    look: (role) => place.look(name + role),
    remove: async () => {
      place.proxy.forget(name);
      removeFolder(folder);
      for (const role of ['source', 'target', 'replica']) await place.remove(name + role);
    },
  };
}

/** What an operation begins with. */
export async function networkScene(operation: NetworkOperation, placeName: PlaceName): Promise<NetworkScene> {
  let template = prepared.get(operation.name);
  if (!template) prepared.set(operation.name, (template = prepare(operation)));
  const [folders, room, shared] = await Promise.all([template, networkRoom(placeName), stage()]);
  const roles = operation.hasTarget ? (['source', 'target'] as const) : (['source'] as const);
  for (const role of roles) if (existsSync(folders[role])) await room.place.put(folders[role], room.name + role);
  return { ...room, stage: shared, roles };
}

async function prepare(operation: NetworkOperation): Promise<Folders> {
  const shared = await stage();
  const folder = newFolder();
  const folders = { source: join(folder, 'source'), target: join(folder, 'target') };
  await operation.prepare(folders, shared);
  return folders;
}

export interface Hurry {
  /** So long a call that fails is made again. Milliseconds. */
  readonly patience: number;
  /** So long a call may stand still. Seconds. */
  readonly stuck?: number;
  readonly onStart?: CairnSettings['onStart'];
}

/** Runs the command line in a scene. */
export function cairnThere(scene: NetworkRoom, args: readonly string[], hurry: Hurry): Promise<Run> {
  const { patience, stuck, onStart } = hurry;
  const options = ['--cache-dir', join(scene.folder, 'cache')];
  if (stuck !== undefined) options.push('--stuck-request-timeout', `${stuck}s`);
  return cairn([...args, ...options], {
    program: hurriedProgram(),
    env: {
      ...scene.place.env,
      ...dataHome(join(scene.folder, 'own')).env,
      RESTIC_FROM_PASSWORD: PASSWORD,
      CAIRN_PATIENCE: String(patience),
      NODE_COMPILE_CACHE: join(hurriedProgram(), '../compiled'),
    },
    ...(onStart && { onStart }),
  });
}

/** Whatever happened, what each repository had before is there, byte for byte. */
export async function judgeKept({ keeps }: NetworkOperation, scene: NetworkScene, restores: boolean): Promise<void> {
  const kept = (role: Role) => (role === 'replica' ? [] : keeps[role]);
  for (const role of scene.roles) {
    const folder = await scene.look(role);
    // Of a replica that is just being made the config comes last.
    if (!existsSync(join(folder, 'config'))) {
      if (kept(role).length > 0) throw new Error(`The ${role} is gone.`);
      continue;
    }
    await restic(folder, ['check', '--no-lock', '--read-data']);
    if (kept(role).length > 0) await judgeSnapshots(folder, scene.stage, kept(role), restores);
  }
}

async function judgeSnapshots(
  folder: string,
  { source, snapshots }: Stage,
  keeps: readonly number[],
  restores: boolean,
) {
  const listed = await listSnapshots(folder);
  for (const number of keeps) {
    const { id, copy } = snapshots[number]!;
    const found = listed.find((snapshot) => snapshot.id === id || snapshot.original === id);
    if (!found) throw new Error(`Snapshot ${number} (${id.slice(0, 8)}) is gone.`);
    if (restores) await judgeSnapshot(folder, source, found.id, copy);
  }
}

/**
 * Nothing prevents it now: it does all that it was to, our own proof finds nothing wrong, and no lock is left; with
 * `byRestic` neither does restic's.
 */
export async function judgeSecondRun(
  operation: NetworkOperation,
  scene: NetworkScene,
  byRestic: boolean,
): Promise<void> {
  requireDone('Done again, it', await cairnThere(scene, operation.args(scene), UNHURRIED));
  await operation.reached(scene);
  for (const role of scene.roles) {
    await judgeOurselves(scene, role);
    if (byRestic) await restic(await scene.look(role), ['check', '--read-data']);
  }
}

/** Our own proof finds nothing wrong, and no lock is left. */
export async function judgeOurselves(scene: NetworkRoom, role: Role): Promise<void> {
  const backend = scene.open(role);
  try {
    const repository = await openRepository(backend, { password: PASSWORD });
    const { findings } = await verify(repository, memoryCodecs(backend), { readData: true, noLock: true });
    const errors = findings.filter(({ severity }) => severity === 'error');
    if (errors.length > 0) throw new Error(`The ${role} is damaged: ${errors.map(({ message }) => message).join()}`);
    const locks = await backend.list('lock');
    if (locks.length > 0) throw new Error(`${locks.length} locks stay in the ${role}.`);
  } finally {
    await backend.close();
  }
}

export const UNHURRIED: Hurry = { patience: 60_000 };

export function requireDone(what: string, { status, signal, stdout, stderr }: Run): void {
  if (status === 0) return;
  throw new Error(`${what} ended with ${status ?? signal}:\n${stdout.slice(-500)}\n${stderr.slice(-1500)}`);
}
