import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createSource, type Input } from './source.ts';

const PACKAGE = 'linux-source-6.1';
/** Where the package puts it. */
const INSTALLED = `/usr/src/${PACKAGE}.tar.xz`;
const CACHED = join(import.meta.dirname, '../../.cache/bench', `${PACKAGE}.tar.xz`);

/**
 * The source of Linux, as Debian has it: a copy of a folder that is named, or unpacked from the package's
 * archive, which is downloaded once and kept below `.cache/bench`.
 */
export function linuxInput(unpacked: string | undefined): Input {
  return {
    title: `the source of Linux (Debian's \`${PACKAGE}\`)`,
    changeTitle: 'a line was added to one file',
    make: (folder) => {
      if (unpacked === undefined) unpackLinux(folder);
      else execFileSync('cp', ['-a', unpacked, folder]);
      return createSource(folder, 'include/linux', (version) => {
        appendFileSync(join(folder, 'kernel/sched/core.c'), `/* ${version} */\n`);
      });
    },
  };
}

function unpackLinux(folder: string): void {
  const archive = [INSTALLED, CACHED].find((path) => existsSync(path)) ?? downloadArchive();
  mkdirSync(folder);
  execFileSync('tar', ['-xf', archive, '-C', folder, '--strip-components=1']);
}

/** Takes the archive out of Debian's package without installing it, which needs no rights. */
function downloadArchive(): string {
  console.error(`Downloading ${PACKAGE}`);
  mkdirSync(dirname(CACHED), { recursive: true });
  const part = mkdtempSync(`${CACHED}.part-`);
  try {
    const aptGet = (...args: string[]) =>
      execFileSync('apt-get', ['-qq', ...args], { cwd: part, stdio: ['ignore', 'ignore', 'inherit'] });
    // A fresh machine has no package lists, an old one has outdated ones.
    if (process.getuid?.() === 0) aptGet('update');
    aptGet('download', PACKAGE);
    const name = readdirSync(part).find((entry) => entry.endsWith('.deb'))!;
    execFileSync('dpkg-deb', ['--extract', name, '.'], { cwd: part });
    renameSync(join(part, INSTALLED), CACHED);
    return CACHED;
  } catch (error) {
    const advice = 'Name a folder with it by --linux, or leave it out by --input.';
    throw new Error(`The source of Linux could not be downloaded. ${advice}`, { cause: error });
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}
