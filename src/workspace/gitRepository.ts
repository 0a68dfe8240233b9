import { decodeRaw } from '../base/rawName.ts';
import { lowerAscii } from './byteString.ts';
import { parseGitIndex, type GitIndex } from './gitIndex.ts';
import { readPlainFile, lookAtPlace } from '../disk/plainFile.ts';
import { listNames } from '../disk/folders.ts';
import { toFsPath } from '../disk/fsPath.ts';
import { joinName, joinPath, resolveLinks, resolvePath, parentFolder } from '../disk/paths.ts';

/** Some four million files. */
const largestIndex = 512 * 2 ** 20;

/** A git work tree, as far as it matters for what git ignores. */
export interface GitRepository {
  /** The patterns that are not in the work tree (`info/exclude`). */
  readonly excludeFile: string;
  /**
   * The tracked files as sorted byte strings relative to the top, read at the first call; nothing if
   * the index cannot be understood, and then nobody can say what git ignores.
   */
  readonly trackedPaths: () => readonly string[] | undefined;
}

/** Opens the repository whose work tree has its top at `folder`, if there is one. */
export function openGitRepository(folder: string, ignoreCase: boolean): GitRepository | undefined {
  const gitFolder = findGitFolder(joinName(folder, '.git'));
  if (gitFolder === undefined) return undefined;
  const shared = readText(joinName(gitFolder, 'commondir'));
  let tracked: { readonly paths: readonly string[] | undefined } | undefined;
  return {
    excludeFile: joinPath(shared === undefined ? gitFolder : resolvePath(shared, gitFolder), 'info/exclude'),
    trackedPaths: () => (tracked ??= { paths: readTrackedPaths(gitFolder, ignoreCase) }).paths,
  };
}

/** The logs in which git notes whatever it does to the work tree in a folder: of HEAD, and of the stash. */
export function findLogs(folder: string): string[] {
  const gitFolder = findGitFolder(joinName(folder, '.git'));
  if (gitFolder === undefined) return [];
  const shared = readText(joinName(gitFolder, 'commondir'));
  const common = shared === undefined ? gitFolder : resolvePath(shared, gitFolder);
  return [joinPath(gitFolder, 'logs/HEAD'), joinPath(common, 'logs/refs/stash')];
}

/** The top of the work tree that holds `folder`, `folder` itself not counted. Links must be resolved. */
export function findEnclosingRepository(folder: string): string | undefined {
  for (let below = folder, top = parentFolder(folder); top !== below; below = top, top = parentFolder(top)) {
    const git = joinName(top, '.git');
    if (findGitFolder(git) === undefined) continue;
    // A repository of somebody else must not decide what is left out (git's `safe.directory` says the same).
    return lookAtPlace(git)?.uid === lookAtPlace(folder)?.uid ? top : undefined;
  }
  return undefined;
}

/** A linked work tree of a git repository. */
export interface LinkedWorktree {
  readonly top: string;
  /** The work tree that the repository was made in. */
  readonly main: string;
}

/**
 * The linked work tree that a folder is, or is in. Both sides have to say so: a folder that only claims to belong to a
 * repository does not.
 */
export function findLinkedWorktree(folder: string): LinkedWorktree | undefined {
  for (let below = '', top = folder; top !== below; below = top, top = parentFolder(top)) {
    const git = joinName(top, '.git');
    const stats = lookAtPlace(git);
    if (!stats) continue;
    const gitFolder = stats.isFile() ? findGitFolder(git) : undefined;
    const back = gitFolder === undefined ? undefined : readText(joinName(gitFolder, 'gitdir'));
    const shared = gitFolder === undefined ? undefined : readText(joinName(gitFolder, 'commondir'));
    if (gitFolder === undefined || back === undefined || shared === undefined) return undefined;
    const claimed = lookAtPlace(resolvePath(back, gitFolder));
    const isMutual = claimed?.ino === stats.ino && claimed.dev === stats.dev;
    return isMutual ? { top, main: parentFolder(resolvePath(shared, gitFolder)) } : undefined;
  }
  return undefined;
}

/** More than anybody has. */
const MOST_WORKTREES = 200;

/**
 * The tops of the linked work trees, wherever they lie, of the repository that has its own work tree in a folder. Those that
 * are gone, or on a disk that is not there, are left out.
 */
export function listLinkedWorktrees(folder: string): string[] {
  const main = resolveLinks(folder);
  const notes = joinPath(main, '.git/worktrees');
  return namesIn(notes)
    .slice(0, MOST_WORKTREES)
    .flatMap((name) => {
      const note = joinName(notes, name);
      const git = readText(joinName(note, 'gitdir'));
      const top = git === undefined ? undefined : parentFolder(resolvePath(git, note));
      const found = top === undefined ? undefined : findLinkedWorktree(top);
      return found?.top === top && found?.main === main ? [found.top] : [];
    });
}

function namesIn(folder: string): string[] {
  try {
    return listNames(toFsPath(folder));
  } catch {
    return [];
  }
}

/**
 * What git knows of a path: `self` if it tracks it, `inside` if it tracks something below, nothing if
 * neither. `paths` are those of {@link GitRepository.trackedPaths}.
 */
export function findTracked(paths: readonly string[], path: string): 'self' | 'inside' | undefined {
  const at = firstNotBefore(paths, path);
  if (paths[at] === path) return 'self';
  // A folder of a sparse index stands for all that is in it.
  const before = paths[at - 1];
  if (before?.endsWith('/') && path.startsWith(before)) return 'self';
  const next = paths[firstNotBefore(paths, `${path}/`)];
  return next?.startsWith(`${path}/`) ? 'inside' : undefined;
}

/** The folder that `.git` is or, in a linked work tree or a submodule, names. */
function findGitFolder(path: string): string | undefined {
  const stats = lookAtPlace(path);
  if (!stats) return undefined;
  const link = stats.isFile() ? readText(path)?.match(/^gitdir: (.*)$/s)?.[1] : undefined;
  const folder = link === undefined ? path : resolvePath(link, parentFolder(path));
  return readText(joinName(folder, 'HEAD')) === undefined ? undefined : folder;
}

/**
 * The paths of the indexes that were read last, by the indexes' files: a large one takes tens of
 * milliseconds to read, which every save of an ignored file would pay again.
 */
const rememberedPaths = new Map<string, { readonly stamp: string; readonly paths: readonly string[] }>();
const MAX_REMEMBERED = 4;

function readTrackedPaths(gitFolder: string, ignoreCase: boolean): readonly string[] | undefined {
  const file = joinName(gitFolder, 'index');
  const stats = lookAtPlace(file);
  if (!stats) return [];
  // Git never writes into an index: it makes another file, and renames it.
  const stamp = [stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs, ignoreCase].join(' ');
  const remembered = rememberedPaths.get(file);
  if (remembered?.stamp === stamp) return remembered.paths;
  rememberedPaths.delete(file);
  const paths = parseTrackedPaths(gitFolder, ignoreCase);
  if (!paths) return undefined;
  if (rememberedPaths.size >= MAX_REMEMBERED) rememberedPaths.delete(rememberedPaths.keys().next().value!);
  rememberedPaths.set(file, { stamp, paths });
  return paths;
}

function parseTrackedPaths(gitFolder: string, ignoreCase: boolean): readonly string[] | undefined {
  const index = readIndex(joinName(gitFolder, 'index'));
  const shared = index?.sharedIndex === undefined ? undefined : readIndex(joinName(gitFolder, index.sharedIndex));
  if (!index || (index.sharedIndex !== undefined && !shared)) return undefined;
  const paths = [...index.paths, ...(shared?.paths ?? [])];
  return (ignoreCase ? paths.map(lowerAscii) : paths).sort();
}

function readIndex(path: string): GitIndex | undefined {
  const bytes = readPlainFile(path, largestIndex, true);
  return bytes && parseGitIndex(bytes);
}

/** The content of one of git's small files, without line ends. */
function readText(path: string): string | undefined {
  const bytes = readPlainFile(path, 65536, true);
  return bytes && decodeRaw(bytes).replace(/[\r\n]+$/, '');
}

/** The place of the first path that does not sort before `path`. */
function firstNotBefore(paths: readonly string[], path: string): number {
  let low = 0;
  let high = paths.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (paths[middle]! < path) low = middle + 1;
    else high = middle;
  }
  return low;
}
