import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { DiskPath } from '../base/pathKinds.ts';
import { isWindowsPath, placeKey } from '../base/samePlace.ts';

/**
 * The git folder of a work tree: `.git` in it, or where a file of that name leads, as in worktrees and
 * submodules (gitrepository-layout). Undefined if it has none.
 */
export async function findGitFolder(root: DiskPath): Promise<DiskPath | undefined> {
  const path = join(root, '.git');
  try {
    if ((await stat(path)).isDirectory()) return path;
    const target = /^gitdir: (.+)$/m.exec(await readFile(path, 'utf8'))?.[1];
    return target === undefined ? undefined : resolve(root, target);
  } catch {
    return undefined;
  }
}

/** The top of the work tree of a git folder: what it is in, or, of a linked work tree, what its file `gitdir` names. */
export async function findWorkTree(gitFolder: DiskPath): Promise<DiskPath | undefined> {
  if (basename(dirname(gitFolder)) !== 'worktrees') return dirname(gitFolder);
  try {
    const file = (await readFile(join(gitFolder, 'gitdir'), 'utf8')).replace(/[\r\n]+$/, '');
    return dirname(resolve(gitFolder, file));
  } catch {
    return undefined;
  }
}

/** The git folder of the repository: that of a linked work tree is in a folder `worktrees` of it. */
export function sharedGitFolder(gitFolder: DiskPath): DiskPath {
  const parent = dirname(gitFolder);
  return basename(parent) === 'worktrees' ? dirname(parent) : gitFolder;
}

/** The git folders of the linked work trees of a repository. */
export async function listWorktrees(shared: DiskPath): Promise<DiskPath[]> {
  const folder = join(shared, 'worktrees');
  return readdir(folder).then(
    (names) => names.map((name) => join(folder, name)),
    () => [],
  );
}

/** Whether a commit in a work tree is one of a folder: one of the two is in the other. */
export function isCommitOf(folder: DiskPath, root: DiskPath): boolean {
  return isBelow(root, folder) || isBelow(folder, root);
}

/** By their text, in which the case of letters does not count on Windows. */
function isBelow(path: DiskPath, folder: DiskPath): boolean {
  const [inner, outer] = [placeKey(path), placeKey(folder)];
  const separator = isWindowsPath(folder) ? '\\' : '/';
  return inner === outer || inner.startsWith(outer.endsWith(separator) ? outer : outer + separator);
}

/** The work tree that a folder is, or is in, and its git folder. */
export async function findGitFolderAbove(
  folder: DiskPath,
): Promise<{ readonly root: DiskPath; readonly gitFolder: DiskPath } | undefined> {
  for (let root = folder; ; root = dirname(root)) {
    const gitFolder = await findGitFolder(root);
    if (gitFolder !== undefined) return { root, gitFolder };
    if (dirname(root) === root) return undefined;
  }
}
