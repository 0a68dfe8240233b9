import type { DiskPath, PathBelow } from '../../base/pathKinds.ts';
import { listNames } from '../../disk/folders.ts';
import { cleanRelative, joinName, namesItsVolume, resolvePath } from '../../disk/paths.ts';
import { diskPathOf, treeNamesOf } from '../../disk/treePaths.ts';
import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import { displayPath } from '../../base/rawName.ts';
import { toFsPath } from '../../disk/fsPath.ts';

/** One component on the way to a target, or a target itself (format notes 6.1). */
export interface TargetNode {
  readonly name: PathBelow;
  /** Where it is on the disk. */
  readonly path: DiskPath;
  /** A target: its whole content is backed up. Otherwise only what is on the way to targets. */
  isTarget: boolean;
  /** The folder to which ignore patterns are relative: the target as the person named it. */
  root: DiskPath;
  readonly children: Map<string, TargetNode>;
}

/**
 * The upper part of a snapshot's tree, made from the targets as a person wrote them: restic's rules,
 * so that the same command line gives the same tree. `.` and its like stand for what is in them.
 */
export function buildTargetTree(targets: readonly string[], workingFolder: DiskPath): TargetNode {
  const top: TargetNode = { name: '', path: '', isTarget: false, root: '', children: new Map() };
  for (const written of targets) {
    const way = wayToTarget(written, workingFolder);
    const last = way.at(-1)!;
    if (last.name !== '') addTarget(top, way, last.path);
    else
      for (const name of listFolder(last.path)) addTarget(top, [{ name, path: joinName(last.path, name) }], last.path);
  }
  return top;
}

/** A name in the tree, and where it is on the disk. */
type Step = Pick<TargetNode, 'name' | 'path'>;

/**
 * The steps from the root of the tree to a target. A target that has no names in the tree is one step without a
 * name, to the folder that stands for what is in it.
 */
function wayToTarget(written: string, workingFolder: DiskPath): Step[] {
  const absolute = resolvePath(written, workingFolder);
  if (namesItsVolume(written)) {
    const names = treeNamesOf(absolute);
    if (names.length === 0) return [{ name: '', path: absolute }];
    return names.map((name, at) => ({ name, path: diskPathOf(names.slice(0, at + 1))! }));
  }
  const { ups, names } = cleanRelative(written);
  let path = resolvePath('../'.repeat(ups), workingFolder);
  if (names.length === 0) return [{ name: '', path }];
  return names.map((name) => ({ name, path: (path = joinName(path, name)) }));
}

function listFolder(folder: DiskPath): string[] {
  try {
    return listNames(toFsPath(folder));
  } catch (cause) {
    const reason = systemCode(cause) ?? 'EIO';
    const message = `The folder ${displayPath(folder)} cannot be listed (${reason}), so nothing in it can be backed up.`;
    throw new CairnError('source-unreadable', message, { cause });
  }
}

/** `root`: the folder to which ignore patterns are relative. */
function addTarget(top: TargetNode, way: readonly Step[], root: DiskPath): void {
  let node = top;
  for (const { name, path } of way) node = node === top ? firstComponent(top, name, path) : childOf(node, name, path);
  if (!node.isTarget) node.root = root;
  node.isTarget = true;
}

/** Two targets whose first components share a name but not a place: the later one is renamed (rule 4). */
function firstComponent(top: TargetNode, name: PathBelow, path: DiskPath): TargetNode {
  for (let copy = 0; ; copy++) {
    const unique = copy === 0 ? name : `${name}-${copy}`;
    const existing = top.children.get(unique);
    if (!existing) return childOf(top, unique, path);
    if (existing.path === path) return existing;
  }
}

function childOf(node: TargetNode, name: PathBelow, path: DiskPath): TargetNode {
  let child = node.children.get(name);
  if (!child) {
    child = { name, path, isTarget: false, root: path, children: new Map() };
    node.children.set(name, child);
  }
  return child;
}
