import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Aside } from '../aside.ts';
import { countTree, type Source } from '../inputs/source.ts';
import { run, type Measurement } from '../measure.ts';
import type { Program } from '../programs/program.ts';
import { rotate } from '../statistics.ts';
import { checkRestored } from './checks.ts';
import type { Job, Stage } from './job.ts';

/** All measurements of one job: by program, in the order of the rounds. */
export interface JobResult {
  readonly job: string;
  readonly title: string;
  readonly measurements: ReadonlyMap<string, readonly Measurement[]>;
  /** By how many bytes each round changed the repository. */
  readonly stored: ReadonlyMap<string, readonly number[]>;
}

export interface MeasureOptions {
  readonly rounds: number;
  /** For all that is temporary. */
  readonly workFolder: string;
  readonly aside: Aside;
  readonly onMeasured: (job: Job, program: Program, measurement: Measurement) => void;
}

/** Makes a stage of each program; remove its folder to give the space back. */
export function createStage(program: Program, source: Source, folder: string): Stage {
  const name = program.name.replaceAll(/[^a-z]+/g, '-');
  const stage = { program, source, store: join(folder, name), target: join(folder, `${name}-restored`), versions: [] };
  mkdirSync(stage.store, { recursive: true });
  return stage;
}

/**
 * Measures a job with each program that can do it, in turn, in each round beginning with the next one. What the
 * job needs is brought about before and not measured.
 */
export async function measureJob(job: Job, stages: readonly Stage[], options: MeasureOptions): Promise<JobResult> {
  const able = stages.filter((stage) => job.command(stage));
  const measurements = new Map(able.map(({ program }) => [program.name, [] as Measurement[]]));
  const stored = new Map(able.map(({ program }) => [program.name, [] as number[]]));
  for (let round = 0; round < options.rounds; round++) {
    await prepareRound(job, able, options);
    for (const stage of rotate(able, round)) {
      if (job.needs === 'nothing') await emptyStage(stage, options);
      const before = measureStore(stage);
      emptyFolder(stage.target, options);
      const measurement = await run(job.command(stage)!(), options.workFolder);
      if (job.stores) {
        stage.versions.push(stage.source.version);
        stored.get(stage.program.name)!.push(measureStore(stage) - before);
      }
      if (job.name === 'restore' && round === options.rounds - 1) checkRestored(stage);
      options.aside.take(stage.target);
      measurements.get(stage.program.name)!.push(measurement);
      options.onMeasured(job, stage.program, measurement);
    }
  }
  return { job: job.name, title: job.title, measurements, stored };
}

/** Sees to it that all programs have stored what the job needs. */
async function prepareRound(job: Job, stages: readonly Stage[], options: MeasureOptions): Promise<void> {
  if (job.needs === 'nothing' || stages.length === 0) return;
  const { source } = stages[0]!;
  for (const stage of stages) await storeCurrent(stage, options);
  if (job.needs === 'previous') source.change();
  if (job.needs === 'two' && stages.some(({ versions }) => new Set(versions).size < 2)) {
    source.change();
    for (const stage of stages) await storeCurrent(stage, options);
  }
}

/** Stores the source as it is, unless the stage's newest snapshot has it. */
async function storeCurrent(stage: Stage, options: MeasureOptions): Promise<void> {
  if (stage.versions.at(-1) === stage.source.version) return;
  if (stage.versions.length === 0) await emptyStage(stage, options);
  await run(stage.program.backup(stage.store, stage.source.folder), options.workFolder);
  stage.versions.push(stage.source.version);
}

async function emptyStage(stage: Stage, options: MeasureOptions): Promise<void> {
  emptyFolder(stage.store, options);
  stage.versions.length = 0;
  for (const command of stage.program.init(stage.store)) await run(command, options.workFolder);
}

function emptyFolder(folder: string, { aside }: MeasureOptions): void {
  aside.take(folder);
  mkdirSync(folder, { recursive: true });
}

function measureStore({ program, store }: Stage): number {
  return program.repository ? countTree(program.repository(store)).bytes : 0;
}
