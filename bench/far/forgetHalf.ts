import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContentMaker } from '../inputs/content.ts';
import type { Source } from '../inputs/source.ts';
import type { Job } from '../jobs/job.ts';
import type { JobResult, MeasureOptions } from '../jobs/measureJobs.ts';
import { run, type Measurement } from '../measure.ts';
import type { Program } from '../programs/program.ts';
import { resticCheck } from '../programs/restic.ts';
import { rotate } from '../statistics.ts';

/** Ten of them are kept. */
const SNAPSHOTS = 20;
/** One file in so many gets other content between two snapshots. */
const CHANGED_ONE_IN = 100;

const job: Pick<Job, 'name' | 'title'> = { name: 'prune', title: 'forget half and prune' };

/**
 * Forgets 10 of 20 snapshots and prunes. All programs get a copy of the same repository and of the cache that belongs
 * to it, which one of them made.
 */
export async function measureForgetHalf(
  programs: readonly Program[],
  maker: Program,
  source: Source,
  folder: string,
  { rounds, workFolder, aside, onMeasured }: MeasureOptions,
): Promise<JobResult> {
  const measurements = new Map(programs.map(({ name }) => [name, [] as Measurement[]]));
  const store = join(folder, 'history');
  execFileSync('mkdir', ['-p', store]);
  for (const command of maker.init(store)) await run(command, workFolder);
  const change = createChange(source.folder);
  for (let index = 0; index < SNAPSHOTS; index++) {
    change();
    await run(maker.backup(store, source.folder), workFolder);
  }
  const copy = join(folder, 'copy');
  for (let round = 0; round < rounds; round++) {
    for (const program of rotate(programs, round)) {
      execFileSync('cp', ['-a', store, copy]);
      const measurement = await run(program.forgetAtOnce!(copy), workFolder);
      if (round === 0) await run(resticCheck(copy), workFolder);
      aside.take(copy);
      measurements.get(program.name)!.push(measurement);
      onMeasured(job as Job, program, measurement);
    }
  }
  aside.take(store);
  return { job: job.name, title: job.title, measurements, stored: new Map() };
}

function createChange(folder: string): () => void {
  const { below, length, text } = createContentMaker(7);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return () => {
    for (let count = files.length / CHANGED_ONE_IN; count > 0; count--) {
      const { parentPath, name } = files[below(files.length)]!;
      writeFileSync(join(parentPath, name), text(length(1500)));
    }
  };
}
