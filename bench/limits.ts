import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import type { Aside } from './aside.ts';
import type { Source } from './inputs/source.ts';
import type { ThreadLimits } from './limitsChild.ts';
import { run } from './measure.ts';
import { median } from './statistics.ts';

/** What the machine itself needs for an input, in seconds: no program that does the same can be faster. */
export interface Limits extends ThreadLimits {
  /** `cp -a`. */
  readonly copySeconds: number;
}

/** Medians of so many rounds. Leaves the source in the cache. */
export async function measureLimits(
  source: Source,
  { rounds, workFolder, aside }: { readonly rounds: number; readonly workFolder: string; readonly aside: Aside },
): Promise<Limits> {
  const copy = join(workFolder, 'limits-copy');
  const all: Limits[] = [];
  for (let round = 0; round < rounds; round++) {
    const child = [...process.execArgv, join(import.meta.dirname, 'limitsChild.ts'), source.folder];
    const limits = JSON.parse(execFileSync(process.execPath, child, { encoding: 'utf8' })) as ThreadLimits;
    const { wall } = await run({ program: 'cp', args: ['-a', source.folder, copy] }, workFolder);
    aside.take(copy);
    all.push({ ...limits, copySeconds: wall });
  }
  const middle = (key: keyof Limits) => median(all.map((limits) => limits[key]));
  return {
    bytes: middle('bytes'),
    compressedBytes: middle('compressedBytes'),
    walkSeconds: middle('walkSeconds'),
    readSeconds: middle('readSeconds'),
    hashSeconds: middle('hashSeconds'),
    compressSeconds: middle('compressSeconds'),
    copySeconds: middle('copySeconds'),
  };
}
