/**
 * What grows with the number of snapshots and not with the source: forgetting with pruning, and listing.
 * The histories are made once, a small change a snapshot; each round works on a copy.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backup, openNamedRepository, withSession } from '../src/engine/index.ts';
import { storageAt } from '../src/base/storageAccess.ts';
import { parseTime, formatTime } from '../src/repository/format/time.ts';
import { listSnapshots, saveSnapshot } from '../src/repository/snapshots.ts';
import { codecPoolOpener } from '../src/worker/codecPool.ts';
import { createContentMaker } from './inputs/content.ts';
import type { JobResult } from './jobs/measureJobs.ts';
import { run, type Command, type Measurement } from './measure.ts';
import { borg } from './programs/borg.ts';
import type { Program } from './programs/program.ts';
import { resticCheck } from './programs/restic.ts';
import { RESTIC_PASSWORD, resticRepository } from './programs/resticFormat.ts';
import { rotate } from './statistics.ts';

const FORGET_SNAPSHOTS = 500;
const LIST_SNAPSHOTS = 5000;
const FILES = 200;
const CHANGES = 3;
const MEDIAN_LENGTH = 3000;
const MINUTE = 60_000_000_000n;

export interface HistoryOptions {
  readonly rounds: number;
  readonly workFolder: string;
  readonly scale: number;
  readonly includesJob: (name: string) => boolean;
  readonly onMeasured: (title: string, program: Program, measurement: Measurement) => void;
}

/** A job on histories. */
interface HistoryJob {
  readonly title: string;
  readonly command: (program: Program) => ((store: string) => Command) | undefined;
  /** By program, the store that each round copies. */
  readonly stores: ReadonlyMap<Program, string>;
}

/** Measures programs (the first of which is Cairn; all but borg keep restic's format) on long histories. */
export async function measureHistory(
  programs: readonly Program[],
  dist: string,
  options: HistoryOptions,
): Promise<JobResult[]> {
  const folder = join(options.workFolder, 'history');
  mkdirSync(folder);
  const results: JobResult[] = [];
  try {
    const forgetCount = scaleCount(FORGET_SNAPSHOTS, options.scale);
    const source = createHistorySource(join(folder, 'source'));
    const stores = new Map<Program, string>();
    const short = join(folder, 'short');
    mkdirSync(short);
    for (const command of programs[0]!.init(short)) await run(command, options.workFolder);
    await addBackups(short, source, forgetCount, dist);
    for (const program of programs) {
      stores.set(program, program === borg ? await makeBorgHistory(folder, source, forgetCount, options) : short);
    }
    if (options.includesJob('forget')) {
      const title = `forget all but 10 of ${forgetCount} snapshots, and prune`;
      results.push(await measureOnCopies({ title, command: ({ forget }) => forget, stores }, options));
    }
    if (options.includesJob('list')) {
      const count = scaleCount(LIST_SNAPSHOTS, options.scale);
      await multiplySnapshots(short, count);
      // To make so many takes borg the better part of an hour.
      const listing = new Map([...stores].filter(([program]) => program !== borg));
      const title = `list ${count.toLocaleString('en')} snapshots`;
      results.push(
        await measureOnCopies({ title, command: ({ listSnapshots }) => listSnapshots, stores: listing }, options),
      );
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const scaleCount = (count: number, scale: number): number => Math.max(20, Math.round(count * scale));

async function measureOnCopies(
  { title, command, stores }: HistoryJob,
  { workFolder, rounds, onMeasured }: HistoryOptions,
): Promise<JobResult> {
  const able = [...stores.keys()].filter((program) => command(program));
  const measurements = new Map(able.map((program) => [program.name, [] as Measurement[]]));
  const copy = join(workFolder, 'history/copy');
  for (let round = 0; round < rounds; round++) {
    for (const program of rotate(able, round)) {
      execFileSync('cp', ['-a', stores.get(program)!, copy]);
      // So that a program which keeps a cache has one.
      await run(program.listSnapshots!(copy), workFolder);
      const measurement = await run(command(program)!(copy), workFolder);
      if (program !== borg) await run(resticCheck(copy), workFolder);
      rmSync(copy, { recursive: true });
      measurements.get(program.name)!.push(measurement);
      onMeasured(title, program, measurement);
    }
  }
  return { job: title, title, measurements, stored: new Map() };
}

interface HistorySource {
  readonly folder: string;
  readonly change: () => void;
}

function createHistorySource(folder: string): HistorySource {
  const { below, length, text } = createContentMaker(4);
  const write = (index: number) => {
    const path = join(folder, `folder-${index % 20}`);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `file-${index}.txt`), text(length(MEDIAN_LENGTH)));
  };
  for (let index = 0; index < FILES; index++) write(index);
  return {
    folder,
    change: () => {
      for (let change = 0; change < CHANGES; change++) write(below(FILES));
    },
  };
}

/** In one process, which is all that makes it quicker than `cairn backup` so many times. */
async function addBackups(store: string, source: HistorySource, count: number, dist: string): Promise<void> {
  const openCodecs = codecPoolOpener({ threadFile: join(dist, 'codec.js'), size: 1 });
  const repository = await openNamedRepository(storageAt(resticRepository(store)), {
    readPassword: () => Promise.resolve(RESTIC_PASSWORD),
  });
  for (let index = 0; index < count; index++) {
    source.change();
    await withSession(repository, { lock: 'none' }, (session) =>
      backup(session, openCodecs, {
        targets: ['.'],
        workingFolder: source.folder,
        rules: {},
        programVersion: 'cairn bench',
      }),
    );
  }
}

/** Repeats the newest snapshot, a minute later each time, until there are so many. */
async function multiplySnapshots(store: string, count: number): Promise<void> {
  const repository = await openNamedRepository(storageAt(resticRepository(store)), {
    readPassword: () => Promise.resolve(RESTIC_PASSWORD),
  });
  const there = await listSnapshots(repository);
  const { snapshot } = there.at(-1)!;
  const last = parseTime(snapshot.time);
  for (let index = 1; index <= count - there.length; index++) {
    await saveSnapshot(repository, { ...snapshot, time: formatTime(last + BigInt(index) * MINUTE) });
  }
}

async function makeBorgHistory(
  folder: string,
  source: HistorySource,
  count: number,
  { workFolder }: HistoryOptions,
): Promise<string> {
  const store = join(folder, 'borg');
  mkdirSync(store);
  for (const command of borg.init(store)) await run(command, workFolder);
  for (let index = 0; index < count; index++) {
    source.change();
    await run(borg.backup(store, source.folder), workFolder);
  }
  return store;
}
