/**
 * Replicas of real repositories, looked at by the real restic: whole after each run and after each that was killed, with
 * all that was pruned at the source until the delay is over.
 */
import { existsSync, mkdirSync, readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { LocalBackend } from '../../src/backend/local/localBackend.ts';
import { executeForget, planForgetByName } from '../../src/engine/forget/forget.ts';
import { executePrune } from '../../src/engine/prune/executePrune.ts';
import { planPrune } from '../../src/engine/prune/planPrune.ts';
import { replicate } from '../../src/engine/replicate/replicate.ts';
import { withSession } from '../../src/engine/session.ts';
import type { SnapshotId } from '../../src/repository/format/ids.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { cairnOk, ended, startCairn, type CairnOptions } from '../helpers/cairn.ts';
import { dataHome } from '../helpers/dataHome.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { rounds } from '../helpers/effort.ts';
import { writeTree } from '../helpers/fileTree.ts';
import {
  backUp,
  createLocalRepository,
  createResticRepository,
  openLocalRepository,
  testCodecs,
} from '../helpers/localRepository.ts';
import { DAY } from '../helpers/replica.ts';
import { randomBytes, seededRandom } from '../helpers/random.ts';
import { restic, startRestic } from '../helpers/restic.ts';
import { removeTree, tempFolder } from '../helpers/tempFolder.ts';

const MIB = 1024 * 1024;
const LANES = 2;
const KILLS_PER_LANE = rounds(50, 10);

const idsIn = (folder: string) =>
  (JSON.parse(restic(folder, ['snapshots', '--no-lock', '--json'])) as { id: SnapshotId }[]).map(({ id }) => id).sort();

function expectRestores(folder: string, id: string, source: string, expected: readonly string[]): void {
  const target = tempFolder();
  restic(folder, ['restore', id, '--target', target]);
  expect(describeTree(join(target, source))).toEqual(expected);
  removeTree(target);
}

describe.each([1, 2] as const)('a replica of a repository of version %i, made by restic', (version) => {
  test('has what was pruned for as long as the delay', async () => {
    const root = tempFolder();
    const [folder, copy, source] = ['repository', 'replica', 'source'].map((name) => join(root, name)) as [
      string,
      string,
      string,
    ];
    const repository = await createResticRepository(folder, version);
    const held = new Map<SnapshotId, string[]>();
    for (let at = 0; at < 4; at++) {
      writeTree(source, {
        [`f${at % 3}`]: randomBytes(`${at}`, 700_000),
        'sub/text': `text ${at}`,
        [`own${at}`]: `${at}`,
      });
      restic(folder, ['backup', '--host', 'test-host', source]);
      const id = idsIn(folder).find((known) => !held.has(known))!;
      held.set(id, describeTree(source));
    }
    let time = Date.now();
    const run = () =>
      replicate(repository, new LocalBackend(copy), { recordFolder: join(root, 'records'), now: () => time });
    expect(await run()).toMatchObject({ created: true, problems: [] });
    restic(copy, ['check', '--read-data']);
    expect(idsIn(copy)).toEqual([...held.keys()].sort());
    for (const [id, tree] of held) expectRestores(copy, id, source, tree);

    const [last, ...gone] = [...held.keys()].reverse() as [SnapshotId, ...SnapshotId[]];
    restic(folder, ['forget', '--prune', '--max-unused', '0', ...gone]);
    expect(idsIn(folder)).toEqual([last]);
    for (const days of [0, 13]) {
      time += days * DAY;
      expect(await run()).toMatchObject({
        problems: [],
        removal: { state: 'wait', waiting: { files: { snapshot: 3 } } },
      });
      restic(copy, ['check', '--read-data']);
      for (const [id, tree] of held) expectRestores(copy, id, source, tree);
    }
    time += DAY;
    expect(await run()).toMatchObject({
      problems: [],
      removal: { state: 'done', removed: { files: { snapshot: 3 } } },
    });
    restic(copy, ['check', '--read-data']);
    const files = (place: string) => readdirSync(place, { recursive: true, encoding: 'utf8' }).sort();
    expect(files(copy)).toEqual(files(folder));
    expectRestores(copy, last, source, held.get(last)!);
    // It is a repository of its own: restic may even write to it.
    restic(copy, ['backup', '--host', 'test-host', source]);
    restic(copy, ['check']);
  });
});

interface Lane {
  readonly repository: Repository;
  readonly folder: string;
  readonly copy: string;
  readonly source: string;
  readonly options: CairnOptions;
  readonly recordFolder: string;
  readonly random: ReturnType<typeof seededRandom>;
  readonly snapshots: SnapshotId[];
  /** How long a run takes that is let be. Milliseconds. */
  readonly usual: number;
  kills: number;
  /** Kills after which some of the work of the run was done. */
  halfway: number;
}

async function openLane(root: string, number: number, usual: number): Promise<Lane> {
  const [folder, copy, source] = ['repository', 'replica', 'source'].map((name) => join(root, `${name}-${number}`)) as [
    string,
    string,
    string,
  ];
  mkdirSync(source);
  const { env, own } = dataHome(join(root, `data-${number}`));
  const random = seededRandom(2718 + number);
  const repository = await createLocalRepository(folder);
  return {
    repository,
    folder,
    copy,
    source,
    options: { env },
    recordFolder: join(own, 'replicas'),
    random,
    snapshots: [],
    usual,
    kills: 0,
    halfway: 0,
  };
}

/** Adds a snapshot; in every third round all others are forgotten, and what only they need goes. */
async function changeSource({ repository, source, random, snapshots }: Lane, round: number): Promise<void> {
  writeTree(source, {
    [`large/${random.below(4)}`]: randomBytes(`${round}`, Math.floor((1 + 5 * random.next()) * MIB)),
  });
  writeTree(source, { [`small/${round}`]: `${round}`, [`small/${round % 2}`]: `${round}` });
  snapshots.push((await backUp(repository, [source])).snapshotId!);
  if (round % 3 !== 0) return;
  await executeForget(repository, await planForgetByName(repository, snapshots.splice(0, snapshots.length - 1)));
  await withSession(repository, { lock: 'exclusive' }, async (session) =>
    executePrune(session, testCodecs(), await planPrune(session, { graceMs: 0, maxUnused: 0 })),
  );
}

const command = ({ folder, copy }: Lane) => ['replicate', '-r', folder, '--to', copy, '--delay', '0'];

/** The next change in a folder, or never. */
function change(folder: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => void watch(folder, { signal }, () => resolve()));
}

/** Kills a run at some moment after it took its lock; every third time at the first change of the index. */
async function killOne(lane: Lane, round: number): Promise<void> {
  const before = filesIn(lane.copy);
  const child = startCairn(command(lane), lane.options);
  const end = ended(child);
  const done = new AbortController();
  const { signal } = done;
  const pause = (longest: number) => sleep(lane.random.next() * longest, undefined, { signal }).catch(() => {});
  const wait = async () => {
    if (!existsSync(join(lane.copy, 'config'))) return pause(lane.usual);
    if (round % 3 === 1) return change(join(lane.copy, 'index'), signal);
    await change(join(lane.copy, 'locks'), signal);
    return pause(lane.usual / 2);
  };
  const moment = wait();
  await Promise.race([end, moment]);
  done.abort();
  child.kill('SIGKILL');
  const run = await end;
  if (child.signalCode !== 'SIGKILL') return expect(run).toMatchObject({ status: 0, stderr: '' });
  lane.kills++;
  const after = filesIn(lane.copy);
  if (after !== before && after !== filesIn(lane.folder)) lane.halfway++;
}

/** The names of what a repository keeps for good. */
function filesIn(folder: string): string {
  if (!existsSync(folder)) return '';
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => /[0-9a-f]{64}$/.test(name) && !name.startsWith('locks'))
    .sort()
    .join();
}

async function runLane(lane: Lane): Promise<void> {
  const { repository, copy, snapshots } = lane;
  for (let round = 1; lane.kills < KILLS_PER_LANE; round++) {
    expect(round).toBeLessThan(5 * KILLS_PER_LANE);
    await changeSource(lane, round);
    await killOne(lane, round);
    // The lock that it left would hold up a check that wants the repository for itself.
    if (existsSync(join(copy, 'config'))) await startRestic(copy, ['check', '--no-lock']);
    if (round % 2 === 0) continue;
    const options = { recordFolder: lane.recordFolder, delay: 0 };
    expect(await replicate(repository, new LocalBackend(copy), options)).toMatchObject({ problems: [] });
    expect(readdirSync(join(copy, 'snapshots')).sort()).toEqual([...snapshots].sort());
  }
}

test(`${LANES * KILLS_PER_LANE} killed runs`, { timeout: 900_000 }, async () => {
  const root = tempFolder();
  const measured = await openLane(root, LANES, 0);
  await changeSource(measured, 1);
  const start = performance.now();
  cairnOk(command(measured), measured.options);
  const usual = performance.now() - start;
  const lanes = await Promise.all(Array.from({ length: LANES }, (_, number) => openLane(root, number, usual)));
  await Promise.all(lanes.map(runLane));
  const halfway = lanes.reduce((sum, lane) => sum + lane.halfway, 0);
  console.log('killed halfway:', halfway);
  expect(halfway).toBeGreaterThan(0);
  for (const lane of lanes) {
    cairnOk(command(lane), lane.options);
    restic(lane.copy, ['check', '--read-data']);
    expect(idsIn(lane.copy)).toEqual([...lane.snapshots].sort());
    // Where a lock was being written when its writer was killed, its part stays until it is old.
    expect(readdirSync(join(lane.copy, 'locks')).filter((name) => !name.includes('-tmp-'))).toEqual([]);
    expectRestores(lane.copy, 'latest', lane.source, describeTree(lane.source));
    // What was written in part is gone as well.
    expect(
      readdirSync(join(lane.copy, 'data'), { recursive: true }).filter((name) => String(name).includes('tmp')),
    ).toEqual([]);
  }
});

test('runs at the same time as each other and as backups by both programs', { timeout: 600_000 }, async () => {
  const root = tempFolder();
  const lane = await openLane(root, 9, 0);
  for (let round = 1; round <= 2; round++) {
    await changeSource(lane, 3 * round + 1);
    const runs = [
      ended(startCairn(['backup', '-r', lane.folder, lane.source], lane.options)),
      ended(startCairn(command(lane), lane.options)),
      ended(startCairn(command(lane), lane.options)),
    ];
    const byRestic = startRestic(lane.folder, ['backup', lane.source]);
    for (const run of await Promise.all(runs)) expect(run).toMatchObject({ status: 0 });
    await byRestic;
    restic(lane.copy, ['check']);
  }
  cairnOk(command(lane), lane.options);
  restic(lane.copy, ['check', '--read-data']);
  expect(idsIn(lane.copy)).toEqual(idsIn(lane.folder));
  expect((await openLocalRepository(lane.copy)).config.id).toBe(lane.repository.config.id);
});
