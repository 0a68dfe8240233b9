import type { Node } from '../../repository/format/node.ts';
import type { TargetNode } from './targetTree.ts';
import type { OpenFolder } from './treeAssembler.ts';

/**
 * Whether a backup found at its targets what the parent snapshot has there. The folders on the way to
 * the targets do not count: their times change with whatever happens beside the targets.
 */
export class TargetComparison {
  readonly #folders: { readonly open: OpenFolder; readonly way: TargetNode }[] = [];

  /** Notes a folder that is being built and leads to targets. */
  add(open: OpenFolder, way: TargetNode): void {
    this.#folders.push({ open, way });
  }

  /** To be asked when all folders are complete; those of which both snapshots have the same need not be noted. */
  get isUnchanged(): boolean {
    return this.#folders.every(({ open, way }) => hasSameTargets(open, way));
  }
}

function hasSameTargets({ nodes, recorded }: OpenFolder, way: TargetNode): boolean {
  const recordedNodes = recorded?.nodes;
  const present = nodes.filter((node) => node !== undefined);
  if (present.length !== recordedNodes?.size) return false;
  return present.every((node) => {
    if ('json' in node) return true;
    const before = recordedNodes.get(node.name);
    return before !== undefined && (!way.children.get(node.name)?.isTarget || isSameTarget(before, node));
  });
}

/** Not compared: where the entry lies on its disk, how many names it has, and when these last changed. */
function isSameTarget(before: Node, now: Node): boolean {
  const { type, mode, mtime, uid, gid, size, linkTarget, device, subtree } = before;
  return (
    type === now.type &&
    mode === now.mode &&
    mtime === now.mtime &&
    uid === now.uid &&
    gid === now.gid &&
    size === now.size &&
    linkTarget === now.linkTarget &&
    device === now.device &&
    subtree === now.subtree &&
    String(before.content) === String(now.content) &&
    JSON.stringify(before.extendedAttributes) === JSON.stringify(now.extendedAttributes)
  );
}
