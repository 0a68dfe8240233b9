import { readdirSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { CairnError, systemCode } from '../../base/errors.ts';
import { compareRaw, decodeRaw, displayPath, toFsPath } from '../../base/rawName.ts';

/** One component on the way to a target, or a target itself (format notes 6.1). */
export interface TargetNode {
  readonly name: string;
  /** Where it is on the disk. */
  readonly path: string;
  /** A target: its whole content is backed up. Otherwise only what is on the way to targets. */
  isTarget: boolean;
  /** The folder to which ignore patterns are relative: the target as the person named it. */
  root: string;
  readonly children: Map<string, TargetNode>;
}

/**
 * The upper part of a snapshot's tree, made from the targets as a person wrote them: restic's rules,
 * so that the same command line gives the same tree. `.` and its like stand for what is in them.
 */
export function buildTargetTree(targets: readonly string[], workingFolder: string): TargetNode {
  const top: TargetNode = { name: '', path: '', isTarget: false, root: '', children: new Map() };
  for (const target of targets) {
    const cleaned = posix.normalize(target).replace(/(.)\/$/, '$1');
    const names = posix.join('/', cleaned).split('/').filter(Boolean);
    if (names.length > 0) {
      addTarget(top, cleaned, names, workingFolder, undefined);
      continue;
    }
    const folder = resolve(workingFolder, cleaned);
    for (const entry of listNames(folder)) {
      addTarget(top, posix.join(cleaned, entry), [entry], workingFolder, folder);
    }
  }
  return top;
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(toFsPath(folder), { encoding: 'buffer' }).map(decodeRaw).sort(compareRaw);
  } catch (cause) {
    const reason = systemCode(cause) ?? 'EIO';
    const message = `The folder ${displayPath(folder)} cannot be listed (${reason}), so nothing in it can be backed up.`;
    throw new CairnError('source-unreadable', message, { cause });
  }
}

function addTarget(
  top: TargetNode,
  target: string,
  names: readonly string[],
  workingFolder: string,
  unrolledFrom: string | undefined,
): void {
  const ups = /^(\.\.\/)*/.exec(target)![0];
  let path = target.startsWith('/') ? '/' : resolve(workingFolder, ups);
  let node = top;
  for (const name of names) {
    path = posix.join(path, name);
    node = node === top ? firstComponent(top, name, path) : childOf(node, name, path);
  }
  if (!node.isTarget) node.root = unrolledFrom ?? node.path;
  node.isTarget = true;
}

/** Two targets whose first components share a name but not a place: the later one is renamed (rule 4). */
function firstComponent(top: TargetNode, name: string, path: string): TargetNode {
  for (let copy = 0; ; copy++) {
    const unique = copy === 0 ? name : `${name}-${copy}`;
    const existing = top.children.get(unique);
    if (!existing) return childOf(top, unique, path);
    if (existing.path === path) return existing;
  }
}

function childOf(node: TargetNode, name: string, path: string): TargetNode {
  let child = node.children.get(name);
  if (!child) {
    child = { name, path, isTarget: false, root: path, children: new Map() };
    node.children.set(name, child);
  }
  return child;
}
