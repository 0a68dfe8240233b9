/**
 * Backups that are ended from outside, again and again at random moments: whatever the moment, the real
 * restic finds the repository whole, and the next run goes on.
 */
import { randomFillSync } from 'node:crypto';
import { mkdirSync, readdirSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { cairnBackup, ended, startCairn, type BackupSummary } from '../helpers/cairn.ts';
import { describeTree } from '../helpers/describeTree.ts';
import { rounds } from '../helpers/effort.ts';
import { createLocalRepository } from '../helpers/localRepository.ts';
import { seededRandom } from '../helpers/random.ts';
import { restic, startRestic } from '../helpers/restic.ts';
import { removeTree, tempFolder } from '../helpers/tempFolder.ts';

const MIB = 1024 * 1024;

/** So many repositories are worked on at the same time: a run waits for disk and lock as much as it computes. */
const LANES = 4;
const KILLS_PER_LANE = rounds(52, 6);
/** Kills in each phase before the last; there are more until there were as many. */
const FEWEST_HITS = rounds(5, 1);
const MOST_ROUNDS = 104;
const INTERRUPTS = rounds(20, 4);

const root = tempFolder();

/** Where a run stood when it was killed, read from what it left. */
const phases = ['before a pack', 'between pack and index', 'between index and snapshot', 'after the snapshot'] as const;
type Phase = (typeof phases)[number];
const mustBeHit = phases.slice(0, 3);

/** What lies in a repository's folders, temporary files left out. */
interface Stored {
  readonly packs: ReadonlyMap<string, number>;
  readonly indexes: number;
  readonly snapshots: number;
  readonly locks: number;
}

function look(repository: string): Stored {
  const names = (folder: string) => readdirSync(join(repository, folder)).filter((name) => name.length === 64);
  const packs = readdirSync(join(repository, 'data')).flatMap((prefix) =>
    names(join('data', prefix)).map((name) => [name, statSync(join(repository, 'data', prefix, name)).size] as const),
  );
  return {
    packs: new Map(packs),
    indexes: names('index').length,
    snapshots: names('snapshots').length,
    locks: names('locks').length,
  };
}

function phaseBetween(before: Stored, after: Stored): Phase {
  if (after.snapshots > before.snapshots) return 'after the snapshot';
  if (after.indexes > before.indexes) return 'between index and snapshot';
  return after.packs.size > before.packs.size ? 'between pack and index' : 'before a pack';
}

async function newRepository(name: string): Promise<string> {
  const repository = join(root, name);
  await createLocalRepository(repository);
  return repository;
}

function randomFile(length: number): Buffer {
  return randomFillSync(Buffer.allocUnsafe(length));
}

type Random = ReturnType<typeof seededRandom>;

/** Replaces some files by new content of several packs, and touches the folders around them. */
function changeSource(source: string, round: number, random: Random): void {
  mkdirSync(join(source, 'large'), { recursive: true });
  mkdirSync(join(source, `small/${round % 7}`), { recursive: true });
  for (let n = 0; n < 4; n++) {
    writeFileSync(join(source, `large/${random.below(6)}.bin`), randomFile(Math.floor((1 + 3 * random.next()) * MIB)));
  }
  for (let n = 0; n < 10; n++)
    writeFileSync(join(source, `small/${round % 7}/${n}.txt`), randomFile(random.below(3000)));
}

/** Waits until something appears in a folder, and up to `within` milliseconds longer; for ever after `signal`. */
function whenWrittenTo(folder: string, within: number, random: Random, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, { signal }, () => {
      watcher.close();
      // A timer is too coarse for what takes a few milliseconds.
      const until = performance.now() + within * random.next();
      while (performance.now() < until);
      resolve();
    });
  });
}

interface Lane {
  readonly repository: string;
  readonly source: string;
  readonly random: Random;
  readonly phases: Record<Phase, number>;
  locksLeft: number;
  /** How long a run took that was let be. Milliseconds. */
  usual: number;
}

const noHits = Object.fromEntries(phases.map((phase) => [phase, 0])) as Record<Phase, number>;

async function openLane(number: number): Promise<Lane> {
  const source = join(root, `source-${number}`);
  const random = seededRandom(4711 + number);
  changeSource(source, 0, random);
  const repository = await newRepository(`killed-${number}`);
  return { repository, source, random, phases: { ...noHits }, locksLeft: 0, usual: 800 };
}

/** Starts a run and kills it. Returns where it stood, or undefined if it was faster. */
async function killOne(lane: Lane, round: number): Promise<Phase | undefined> {
  const { repository, source, random } = lane;
  const before = look(repository);
  const child = startCairn(['backup', '-r', repository, source]);
  const end = ended(child);
  const done = new AbortController();
  // Most moments are spread evenly; every fourth is aimed at the short times between two kinds of files.
  const aimed = round % 4 === 0;
  const moment = aimed
    ? whenWrittenTo(join(repository, 'index'), 25, random, done.signal)
    : sleep(random.next() * lane.usual, undefined, { signal: done.signal }).catch(() => {});
  await Promise.race([end, moment]);
  done.abort();
  child.kill('SIGKILL');
  const run = await end;
  if (child.signalCode !== 'SIGKILL') {
    expect(run).toMatchObject({ status: 0, stderr: '' });
    return undefined;
  }
  const after = look(repository);
  const phase = phaseBetween(before, after);
  lane.phases[phase]++;
  if (after.locks > 0) lane.locksLeft++;
  return phase;
}

function hitsOf(lanes: readonly Lane[], phase: Phase): number {
  return lanes.reduce((sum, lane) => sum + lane.phases[phase], 0);
}

/** Kills until there were enough of them, and enough in each phase, whichever lane they were in. */
async function runLane(lane: Lane, lanes: readonly Lane[]): Promise<void> {
  const { repository, source, random } = lane;
  let kills = 0;
  const isDone = () => kills >= KILLS_PER_LANE && mustBeHit.every((phase) => hitsOf(lanes, phase) >= FEWEST_HITS);
  for (let round = 1; !isDone(); round++) {
    expect(round).toBeLessThan(MOST_ROUNDS);
    changeSource(source, round, random);
    if (await killOne(lane, round)) kills++;
    // The lock that the killed process left would hold up a check that wants the repository for itself.
    await startRestic(repository, ['check', '--no-lock']);
    const start = performance.now();
    const next = await ended(startCairn(['backup', '-r', repository, source]));
    expect(next).toMatchObject({ status: 0, stderr: '' });
    lane.usual += (performance.now() - start - lane.usual) / 4;
    expect(look(repository).locks).toBe(0);
  }
}

test(`${LANES * KILLS_PER_LANE} killed backups`, { timeout: 900_000 }, async () => {
  const lanes = await Promise.all(Array.from({ length: LANES }, (_, number) => openLane(number)));
  await Promise.all(lanes.map((lane) => runLane(lane, lanes)));
  const locksLeft = lanes.reduce((sum, lane) => sum + lane.locksLeft, 0);
  const hits = Object.fromEntries(phases.map((phase) => [phase, hitsOf(lanes, phase)]));
  console.log('killed while alive:', hits, 'locks left:', locksLeft);
  for (const phase of mustBeHit) expect([phase, hits[phase]! >= FEWEST_HITS]).toEqual([phase, true]);
  expect(locksLeft).toBeGreaterThan((LANES * KILLS_PER_LANE) / 11);
  for (const { repository, source } of lanes) {
    cairnBackup(repository, [source]);
    restic(repository, ['check', '--read-data']);
    const target = join(root, 'restored');
    restic(repository, ['restore', 'latest', '--target', target]);
    expect(describeTree(join(target, source))).toEqual(describeTree(source));
    removeTree(target);
    removeTree(repository);
  }
});

/** Sends SIGINT at a random moment. Returns the bytes of packs that the run stored, or undefined if it was faster. */
async function interruptOne(repository: string, source: string, delay: number): Promise<number | undefined> {
  const before = packBytes(repository);
  const { snapshots } = look(repository);
  const child = startCairn(['backup', '-r', repository, source]);
  const end = ended(child);
  const done = new AbortController();
  await Promise.race([end, sleep(delay, undefined, { signal: done.signal }).catch(() => {})]);
  done.abort();
  child.kill('SIGINT');
  const { status, stderr } = await end;
  // The system may also end it when it has done everything and is about to exit.
  const wasDone = child.signalCode === 'SIGINT' && look(repository).snapshots > snapshots;
  if (status === 0 || wasDone) return undefined;
  // Before the program has read its arguments the system itself ends it.
  if (child.signalCode === 'SIGINT') expect(packBytes(repository)).toBe(before);
  else
    expect([status, stderr]).toEqual([
      130,
      expect.stringMatching(/^stopping; .*\ncairn: The operation was cancelled\.\n$/),
    ]);
  return packBytes(repository) - before;
}

function packBytes(repository: string): number {
  return [...look(repository).packs.values()].reduce((sum, size) => sum + size, 0);
}

test(`${INTERRUPTS} interrupted backups`, { timeout: 600_000 }, async () => {
  const random = seededRandom(815);
  const repository = await newRepository('interrupted');
  const source = join(root, 'interrupted-source');
  mkdirSync(source);
  const length = 24 * MIB;
  let usual = 1200;
  const partly: number[] = [];
  for (let round = 0; round < INTERRUPTS || (partly.length <= 2 && round < 20); round++) {
    writeFileSync(join(source, 'one.bin'), randomFile(length / 2));
    for (let n = 0; n < 3; n++) writeFileSync(join(source, `${n}.bin`), randomFile(length / 6));
    const stored = await interruptOne(repository, source, usual * (0.4 + 0.7 * random.next()));
    // The lock was given back, and what was stored is whole and in the index.
    expect(look(repository).locks).toBe(0);
    restic(repository, ['check']);
    const start = performance.now();
    const next: BackupSummary = cairnBackup(repository, [source]);
    usual += (performance.now() - start - usual) / 4;
    if (stored === undefined) {
      expect(next.data_added).toBeLessThan(MIB / 8);
      continue;
    }
    // Nothing that is stored is stored again: together both runs add the files once, and some trees.
    expect(stored + next.data_added).toBeGreaterThan(length);
    expect(stored + next.data_added).toBeLessThan(length * 1.01);
    if (stored > 0) partly.push(stored);
  }
  console.log('interrupted with something stored:', partly.length);
  expect(partly.length).toBeGreaterThan(2);
  restic(repository, ['check', '--read-data']);
});
