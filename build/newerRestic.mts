/**
 * A restic that writes by newer rules than that of Debian 12 and Ubuntu 24.04, so that the tests hold us against both:
 * that of this machine if it is new enough, else that of Debian 13, kept in `.cache/restic-newer/`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fetchFromDebian13 } from './debian13.mts';
import { root } from './fetch.mts';
import { canInstall, findTool } from './tools.mts';

/** A folder with nothing but a newer `restic`, to be put first in the PATH. */
export const newerResticFolder = join(root, '.cache/restic-newer/bin');

/** The first version with all that we are held against. */
const wanted = [0, 17] as const;

/** Brings it into {@link newerResticFolder}; throws what to do where that cannot be. */
export function bringNewerRestic(): void {
  const link = join(newerResticFolder, 'restic');
  if (existsSync(link)) return;
  mkdirSync(newerResticFolder, { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(ownRestic() ?? fetchRestic(), link);
}

function ownRestic(): string | undefined {
  const program = findTool({ command: 'restic', variable: 'RESTIC_NEWER', debian: 'restic' });
  if (program === undefined) return undefined;
  const { stdout } = spawnSync(program, ['version'], { encoding: 'utf8' });
  const [, major, minor] = (/^restic (\d+)\.(\d+)/.exec(stdout) ?? []).map(Number);
  const isNew = major! > wanted[0] || (major === wanted[0] && minor! >= wanted[1]);
  return isNew ? program : undefined;
}

function fetchRestic(): string {
  if (!canInstall()) {
    throw new Error(
      `The tests need a restic ${wanted.join('.')} or later, too. As root on Debian or Ubuntu they bring it themselves; ` +
        'elsewhere set RESTIC_NEWER to the path of one, and run them again.',
    );
  }
  const folder = fetchFromDebian13('restic', join(root, '.cache/restic-newer/debian-13'), 'tests with a newer restic');
  return join(folder, 'usr/bin/restic');
}
