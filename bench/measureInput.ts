import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { countTree, type Input } from './inputs/source.ts';
import { checkByRestic } from './jobs/checks.ts';
import { jobs } from './jobs/jobs.ts';
import { createStage, measureJob, type JobResult, type MeasureOptions } from './jobs/measureJobs.ts';
import { measureLimits, type Limits } from './limits.ts';
import type { Group } from './programs/groups.ts';

/** What was measured on one input. */
export interface InputResult {
  readonly input: Input;
  readonly files: number;
  readonly bytes: number;
  readonly rounds: number;
  readonly limits: Limits | undefined;
  readonly groups: readonly GroupResult[];
}

/** The jobs of one group of programs; Cairn is the first of them. */
export interface GroupResult {
  readonly title: string;
  readonly programs: readonly string[];
  readonly jobs: readonly JobResult[];
  /** Whether restic read every byte of Cairn's repository and had nothing to say. */
  readonly checkedByRestic: boolean;
}

export interface InputOptions extends MeasureOptions {
  /** Whether a job of that name is to be measured. */
  readonly includesJob: (name: string) => boolean;
}

/** Makes an input, measures all groups on it, and puts all of it aside. */
export async function measureInput(
  input: Input,
  groups: readonly Group[],
  options: InputOptions,
): Promise<InputResult> {
  const folder = join(options.workFolder, 'input');
  mkdirSync(folder);
  try {
    const source = await input.make(join(folder, 'source'));
    const { files, bytes } = countTree(source.folder);
    const limits = options.includesJob('limits') ? await measureLimits(source, options) : undefined;
    const results: GroupResult[] = [];
    for (const { title, programs } of groups) {
      const stages = programs.map((program) => createStage(program, source, folder));
      const done: JobResult[] = [];
      const own = stages[0]!;
      for (const job of jobs.filter((job) => options.includesJob(job.name) && job.command(own))) {
        done.push(await measureJob(job, stages, options));
      }
      const checkedByRestic = own.program.repository !== undefined && own.versions.length > 0;
      if (checkedByRestic) await checkByRestic(own, options.workFolder);
      for (const stage of stages) options.aside.take(stage.store);
      results.push({ title, programs: programs.map(({ name }) => name), jobs: done, checkedByRestic });
    }
    return { input, files, bytes, rounds: options.rounds, limits, groups: results };
  } finally {
    options.aside.take(folder);
  }
}
