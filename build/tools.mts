/**
 * The programs that the tests and benchmarks compare Cairn with or make their data by. On Debian and
 * its kin, as root, what is missing is installed; elsewhere the run ends and says what to install.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

interface Tool {
  readonly command: string;
  /** Other names that it goes by. */
  readonly aliases?: readonly string[];
  /** Names a file to be used instead of one on the PATH. */
  readonly variable?: string;
  /** Where it is if it is not on the PATH. */
  readonly places?: readonly string[];
  /** The Debian package that has it. */
  readonly debian: string;
}

/** The browser in which the tests drive Visual Studio Code. */
export const browser: Tool = {
  command: 'chromium',
  aliases: ['chromium-browser', 'google-chrome', 'google-chrome-stable'],
  variable: 'CHROMIUM',
  debian: 'chromium',
};

/** Runs Windows Node. */
export const wine: Tool = {
  command: 'wine64',
  aliases: ['wine64-stable'],
  places: ['/usr/lib/wine/wine64'],
  debian: 'wine64',
};

const testTools: readonly Tool[] = [
  { command: 'restic', debian: 'restic' },
  { command: 'git', debian: 'git' },
  { command: 'rsync', debian: 'rsync' },
  { command: 'fdupes', debian: 'fdupes' },
  { command: 'jdupes', debian: 'jdupes' },
  { command: 'python3', debian: 'python3' },
  { command: 'getfattr', debian: 'attr' },
  { command: 'setfattr', debian: 'attr' },
  { command: 'setfacl', debian: 'acl' },
  { command: 'openssl', debian: 'openssl' },
  { command: 'rclone', debian: 'rclone' },
  { command: 'systemd-analyze', debian: 'systemd' },
  { command: 'crontab', debian: 'cron' },
  { command: 'ssh', debian: 'openssh-client' },
  { command: 'setpriv', debian: 'util-linux' },
  { command: 'zsh', debian: 'zsh' },
  { command: 'fish', debian: 'fish' },
  { command: 'mandoc', debian: 'mandoc' },
  { command: 'xmllint', debian: 'libxml2-utils' },
  { command: 'mkfs.exfat', places: ['/usr/sbin/mkfs.exfat'], debian: 'exfatprogs' },
  { command: 'mount.exfat-fuse', places: ['/usr/sbin/mount.exfat-fuse'], debian: 'exfat-fuse' },
  browser,
  wine,
];

const benchTools: readonly Tool[] = [
  { command: 'restic', debian: 'restic' },
  { command: 'borg', debian: 'borgbackup' },
  { command: 'rsync', debian: 'rsync' },
  { command: 'time', debian: 'time' },
];

/** The first restic that knows repository version 2. */
const oldestRestic = [0, 14] as const;

/** Makes sure that every tool of the tests is there, or throws an error that says what to install. */
export function ensureTestTools(): void {
  ensureTools(testTools, 'tests');
}

/** The same for the benchmarks. */
export function ensureBenchTools(): void {
  ensureTools(benchTools, 'benchmarks');
}

function ensureTools(tools: readonly Tool[], purpose: string): void {
  const missing = tools.filter((tool) => findTool(tool) === undefined);
  if (missing.length > 0 && canInstall()) install([...new Set(missing.map((tool) => tool.debian))], purpose);
  const absent = tools.filter((tool) => findTool(tool) === undefined);
  if (absent.length > 0) {
    const packages = [...new Set(absent.map((tool) => tool.debian))].join(' ');
    throw new Error(
      `The ${purpose} need ${absent.map((tool) => tool.command).join(', ')}. ` +
        `Install the missing, on Debian and its kin by: sudo apt-get install ${packages}`,
    );
  }
  checkResticVersion();
}

/** The path of the tool's program, or `undefined` when it is not on this machine. */
export function findTool({ command, aliases = [], variable, places = [] }: Tool): string | undefined {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const paths = [command, ...aliases].flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
  const named = variable === undefined ? undefined : process.env[variable];
  return (named ? [named] : [...paths, ...places]).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether {@link install} can work. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && findTool({ command: 'apt-get', debian: 'apt' }) !== undefined;
}

/** By apt-get; what cannot be installed is missing afterwards. */
export function install(packages: readonly string[], purpose: string): void {
  console.error(`Installing ${packages.join(', ')} for the ${purpose}`);
  const aptGet = (...args: string[]) =>
    spawnSync('apt-get', args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0;
  // A fresh machine has no package lists, an old one has outdated ones.
  aptGet('update');
  aptGet('install', '--yes', '--no-install-recommends', ...packages);
}

function checkResticVersion(): void {
  const output = spawnSync('restic', ['version'], { encoding: 'utf8' }).stdout;
  const version = /^restic (\d+)\.(\d+)/.exec(output);
  const [major, minor] = [Number(version?.[1]), Number(version?.[2])];
  if (major > oldestRestic[0] || (major === oldestRestic[0] && minor >= oldestRestic[1])) return;
  throw new Error(
    `Needed is restic ${oldestRestic.join('.')} or later, but the one on the PATH says: ${output.trim()}. ` +
      'Install a newer one: https://restic.readthedocs.io/en/stable/020_installation.html',
  );
}
