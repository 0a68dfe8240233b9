/**
 * A restic that writes by newer rules than that of Debian 12 and Ubuntu 24.04, so that the tests hold us against both:
 * that of this machine if it is new enough, else that of Debian 13, kept in `.cache/restic-newer/`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { debian13, debianArchive, debianKeyring } from './debian13.mts';
import { fetchOnce, root, run } from './fetch.mts';
import { canInstall, findTool, install } from './tools.mts';

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
  const folder = fetchOnce(join(root, '.cache/restic-newer/debian-13'), (temporary) => {
    if (!existsSync(debianKeyring)) install(['debian-archive-keyring'], 'tests with a newer restic');
    console.error('Fetching the restic of Debian 13');
    const sources = join(temporary, 'sources.list');
    mkdirSync(join(temporary, 'lists/partial'), { recursive: true });
    mkdirSync(join(temporary, 'cache/archives/partial'), { recursive: true });
    writeFileSync(sources, `deb [signed-by=${debianKeyring}] ${debianArchive()} ${debian13.release} main\n`);
    const options = [
      `Dir::Etc::SourceList=${sources}`,
      'Dir::Etc::SourceParts=/dev/null',
      `Dir::State::Lists=${join(temporary, 'lists')}`,
      `Dir::Cache=${join(temporary, 'cache')}`,
      // Else a warning that another user cannot write here.
      'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option]);
    run('apt-get', [...options, '-qq', 'update'], temporary);
    run('apt-get', [...options, '-qq', 'download', 'restic'], temporary);
    const archive = readdirSync(temporary).find((name) => name.endsWith('.deb'))!;
    run('dpkg-deb', ['--extract', archive, temporary], temporary);
    for (const needless of ['lists', 'cache', archive]) rmSync(join(temporary, needless), { recursive: true });
  });
  return join(folder, 'usr/bin/restic');
}
