/**
 * Lanes of operations on far storage that are killed at any moment, one after the other, on the same repositories. What
 * a finished run has announced is there afterwards, byte for byte, and what the killed ones leave goes.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openRepository } from '../../src/repository/repository.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { withSession } from '../../src/engine/session.ts';
import { randomBytes, seededRandom } from '../helpers/random.ts';
import type { NetworkCut } from '../servers/faultProxy.ts';
import { judgeSnapshot } from './judge.ts';
import {
  cairnThere,
  judgeOurselves,
  networkRoom,
  requireDone,
  UNHURRIED,
  type NetworkRoom,
  type Role,
} from './networkOperations.ts';
import { filesIn, stopPlaces, type PlaceName } from './networkPlace.ts';
import type { Part } from './part.ts';
import { PASSWORD, restic, type Run } from './programs.ts';
import { copyFolder, listSnapshots, newRepository } from './stage.ts';

/** So many kills come to a few more than 200 in all. */
const LANES: Readonly<Record<PlaceName, number>> = { REST: 24, S3: 12 };
const KILLS = 6;

export const networkKills = partOn('REST', 'network kills', { subjects: 1, cases: 1 });
/** Only whole: its server takes a while to start. */
export const networkKillsOnS3 = partOn('S3', 'network kills on S3');

function partOn(place: PlaceName, name: string, sample?: NonNullable<Part['sample']>): Part {
  return {
    name,
    subjects: ['lanes'],
    cases: async (_, seed) =>
      Array.from({ length: LANES[place] }, (_, number) => ({
        name: `lane ${number} of ${KILLS} kills`,
        run: () => runLane(place, seed * 1009 + number),
      })),
    ...(sample && { sample }),
    close: stopPlaces,
  };
}

const roles: readonly Role[] = ['source', 'target', 'replica'];
const operations = ['backup', 'copy', 'replicate'] as const;
type Operation = (typeof operations)[number];

interface Lane {
  readonly room: NetworkRoom;
  readonly random: ReturnType<typeof seededRandom>;
  /** What is backed up. */
  readonly source: string;
  /** What finished runs have announced: the id in the source, and a folder with what it holds. */
  readonly snapshots: Map<string, string>;
  /** How many requests each operation made when it was let be. */
  readonly usual: Map<Operation, number>;
}

async function runLane(place: PlaceName, seed: number): Promise<void> {
  const room = await networkRoom(place);
  const source = join(room.folder, 'files');
  const lane: Lane = { room, random: seededRandom(seed), source, snapshots: new Map(), usual: new Map() };
  try {
    for (const role of ['source', 'target'] as const) {
      const folder = join(room.folder, role);
      await newRepository(folder);
      await room.place.put(folder, room.name + role);
    }
    changeSource(lane, 0);
    for (const operation of operations) await finish(lane, operation);
    for (let round = 1, kills = 0; kills < KILLS; round++) {
      if (round > 5 * KILLS) throw new Error('It ends before it can be killed.');
      if (await runRound(lane, round)) kills++;
    }
    await judgeEnd(lane);
  } finally {
    await room.remove();
  }
}

/** Returns whether an operation was killed. */
async function runRound(lane: Lane, round: number): Promise<boolean> {
  const operation = operations[round % operations.length]!;
  changeSource(lane, round);
  if (operation !== 'backup') await finish(lane, 'backup');
  const isKilled = await kill(lane, operation);
  for (const role of roles) {
    const folder = await lane.room.look(role);
    if (existsSync(join(folder, 'config'))) await restic(folder, ['check', '--no-lock', '--read-data']);
  }
  await judgeListed(lane, 'source', ({ id }) => id);
  if (isKilled && lane.random.below(2) === 0) await finish(lane, operation);
  return isKilled;
}

/** Some files change, some come, some go. */
function changeSource({ source, random }: Lane, round: number): void {
  const files = {
    [`large/${random.below(3)}`]: randomBytes(`network ${round}`, 200_000 + random.below(900_000)),
    [`small/${round}`]: `${round}`,
    [`small/${round % 2}`]: `${round}`,
  };
  for (const folder of ['large', 'small']) mkdirSync(join(source, folder), { recursive: true });
  for (const [path, content] of Object.entries(files)) writeFileSync(join(source, path), content);
  if (round % 3 === 0) rmSync(join(source, `small/${round - 2}`), { force: true });
}

function argsOf({ room, source }: Lane, operation: Operation): string[] {
  if (operation === 'backup') return ['backup', '-r', room.at('source'), source];
  if (operation === 'copy') return ['copy', '--from-repo', room.at('source'), '-r', room.at('target')];
  return ['replicate', '-r', room.at('source'), '--to', room.at('replica'), '--delay', '0'];
}

/** Runs an operation that nothing befalls. */
async function finish(lane: Lane, operation: Operation): Promise<void> {
  const { room, usual } = lane;
  const { requests } = room.place.proxy.watch(room.name);
  const run = await cairnThere(room, argsOf(lane, operation), UNHURRIED);
  requireDone(operation, run);
  usual.set(operation, requests.length);
  if (operation === 'backup') announce(lane, run);
}

function announce({ room, source, snapshots }: Lane, { stdout }: Run): void {
  const id = /"snapshot_id":"(\w+)"/.exec(stdout)?.[1];
  if (id === undefined) throw new Error(`The backup names no snapshot: ${stdout}`);
  const copy = join(room.folder, `copy-${snapshots.size}`);
  copyFolder(source, copy);
  snapshots.set(id, copy);
}

const moments = ['before', 'during', 'after', 'later'] as const;
/** Milliseconds. */
const LATER = 60;

/** Kills an operation at some request; returns whether that came before its end. */
async function kill(lane: Lane, operation: Operation): Promise<boolean> {
  const { room, random, usual } = lane;
  let end = () => {};
  const moment = random.pick(moments);
  const cut: NetworkCut = {
    at: random.below(usual.get(operation)!),
    when: moment === 'later' ? random.below(LATER) : moment,
    act: () => end(),
  };
  room.place.proxy.watch(room.name, cut);
  const run = await cairnThere(room, argsOf(lane, operation), {
    ...UNHURRIED,
    onStart: (child) => (end = () => child.kill('SIGKILL')),
  });
  room.place.proxy.watch(room.name);
  const isKilled = run.signal === 'SIGKILL';
  if (!isKilled) requireDone(operation, run);
  if (operation === 'backup' && /"snapshot_id":"\w+"/.test(run.stdout)) announce(lane, run);
  return isKilled;
}

/** All that was announced is listed, as what `origin` says. */
async function judgeListed(
  { room, snapshots }: Lane,
  role: Role,
  origin: (snapshot: { readonly id: string; readonly original?: string }) => string | undefined,
): Promise<Map<string, string>> {
  const listed = await listSnapshots(await room.look(role));
  const ids = new Map(listed.flatMap((one) => (origin(one) === undefined ? [] : [[origin(one)!, one.id] as const])));
  for (const id of snapshots.keys())
    if (!ids.has(id)) throw new Error(`Snapshot ${id.slice(0, 8)} was announced, and is not in the ${role}.`);
  return ids;
}

async function judgeEnd(lane: Lane): Promise<void> {
  const { room, source, snapshots } = lane;
  for (const operation of ['backup', 'copy'] as const) await finish(lane, operation);
  for (const role of ['source', 'target'] as const)
    requireDone('prune', await cairnThere(room, ['prune', '-r', room.at(role), ...all], UNHURRIED));
  await finish(lane, 'replicate');
  for (const role of roles) {
    const folder = await room.look(role);
    await restic(folder, ['check', '--read-data']);
    const ids = await judgeListed(lane, role, role === 'target' ? ({ original }) => original : ({ id }) => id);
    for (const [id, copy] of snapshots) await judgeSnapshot(folder, source, ids.get(id)!, copy);
    await judgeOurselves(room, role);
    await judgeNothingLeft(room, role);
  }
  if (filesIn(await room.look('source')).join() !== filesIn(await room.look('replica')).join())
    throw new Error('The replica differs.');
}

/** What a prune may remove and rewrite at once. */
const all = ['--max-unused', '0', '--grace', '0'];

async function judgeNothingLeft(room: NetworkRoom, role: Role): Promise<void> {
  const backend = room.open(role);
  try {
    const repository = await openRepository(backend, { password: PASSWORD });
    const { stats, unreferenced } = await withSession(repository, { lock: 'none' }, (session) =>
      planPrune(session, { graceMs: 0, maxUnused: 0 }),
    );
    if (unreferenced.length > 0 || stats.freedBytes > 0) throw new Error(`In the ${role} something is left.`);
  } finally {
    await backend.close();
  }
  const odd = readdirSync(await room.look(role), { recursive: true, encoding: 'utf8' }).filter(
    (path) => !/^(?:config|[a-z]+|data\/[0-9a-f]{2}|.*\/[0-9a-f]{64})$/.test(path),
  );
  if (odd.length > 0) throw new Error(`In the ${role} there are ${odd.join(', ')}.`);
}
