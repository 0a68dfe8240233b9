import type { PathBelow, TreePath } from './pathKinds.ts';

/** The root of a snapshot's tree. */
export const treeRoot: TreePath = '/';

/** The path of an entry of a folder of a snapshot. */
export function joinTreePath(folder: TreePath, name: PathBelow): TreePath {
  return folder === '/' ? `/${name}` : `${folder}/${name}`;
}

/** The path that these names lead to from the root. */
export function treePathOf(names: readonly PathBelow[]): TreePath {
  return `/${names.join('/')}`;
}

/** The names on the way from the root to a place. */
export function namesOfTreePath(path: TreePath): PathBelow[] {
  return path.split('/').filter((name) => name !== '');
}

/** The folder in which a place lies; the root lies in itself. */
export function parentOfTreePath(path: TreePath): TreePath {
  return treePathOf(namesOfTreePath(path).slice(0, -1));
}

/** The last name of a path; empty for the root. */
export function nameOfTreePath(path: TreePath): PathBelow {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** True if a place is the folder or lies in it. */
export function isInTreePath(path: TreePath, folder: TreePath): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** The way from a folder down to a place in it; `undefined` if it is not in it. */
export function wayInTree(folder: TreePath, path: TreePath): PathBelow | undefined {
  if (!isInTreePath(path, folder)) return undefined;
  return path.slice(folder === '/' ? 1 : folder.length + 1);
}
