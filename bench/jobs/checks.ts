import { spawnSync } from 'node:child_process';
import { run } from '../measure.ts';
import { resticCheck } from '../programs/restic.ts';
import type { Stage } from './job.ts';

/** Throws an error unless a restored tree has the content, modes and times (in whole seconds) of the source. */
export function checkRestored({ program, source, target }: Stage): void {
  const { status, stdout, stderr } = spawnSync(
    'rsync',
    ['-a', '--checksum', '--dry-run', '--itemize-changes', '--delete', `${source.folder}/`, target],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  // What the folder that was restored into is like is not for the programs to say.
  const differences = stdout.split('\n').filter((line) => line !== '' && !/ \.\/$/.test(line));
  if (status === 0 && differences.length === 0) return;
  throw new Error(
    `${program.name} restored something else than it had backed up:\n${differences.slice(0, 20).join('\n')}${stderr}`,
  );
}

/** Has restic read every byte of a repository that is not its own. Throws an error with what it finds. */
export async function checkByRestic({ store }: Stage, workFolder: string): Promise<void> {
  await run(resticCheck(store), workFolder);
}
