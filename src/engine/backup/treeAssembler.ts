import type { DiskPath } from '../../base/pathKinds.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { ExtendedAttribute, Node } from '../../repository/format/node.ts';
import type { WrittenNode } from '../../repository/format/tree.ts';
import { isRoutineFolder } from './alarm/fileKinds.ts';
import type { RecordedFolder } from './recordedFolder.ts';

/** A folder whose tree is not complete yet. */
export interface OpenFolder {
  readonly parent: OpenFolder | undefined;
  /** On the disk; absent above the targets. */
  readonly path?: DiskPath | undefined;
  /** This folder's own node, which is among the parent's. */
  readonly node: Node | undefined;
  /** In tree order; an entry that could not be read becomes undefined. */
  readonly nodes: (Node | WrittenNode | undefined)[];
  /** Entries that are not complete, and one more while the folder is being listed. */
  waiting: number;
  /** The folder in the parent snapshot; nothing if it is not there or cannot be read. */
  readonly recorded: RecordedFolder | undefined;
  /** It is, or is in, a folder that programs fill, below what was named. */
  readonly isRoutine: boolean;
  /** What was read of extended attributes, by the places of the entries; they get it at the end. */
  attributes?: Map<number, readonly ExtendedAttribute[]>;
}

/** Called when all entries of a folder are complete; stores its tree and returns the tree's id. */
export type SaveTree = (folder: OpenFolder) => BlobId;

/**
 * Builds trees from the leaves up while files are still being stored in other threads: a folder's
 * tree is saved as soon as its last entry is complete, and completes its parent's entry in turn.
 * So memory holds the folders at hand, never the whole tree.
 */
export class TreeAssembler {
  readonly #save: SaveTree;
  /** Tree of the topmost folder; set when everything is complete. */
  rootTree: BlobId | undefined;

  constructor(save: SaveTree) {
    this.#save = save;
  }

  /** Opens a folder; its node, if it has a parent, is already in the parent's list and counted there. */
  open(
    parent: OpenFolder | undefined,
    node: Node | undefined,
    recorded: RecordedFolder | undefined,
    path?: DiskPath,
  ): OpenFolder {
    const isRoutine =
      parent?.path !== undefined && (parent.isRoutine || (node !== undefined && isRoutineFolder(node.name)));
    return { parent, path, node, nodes: [], waiting: 1, recorded, isRoutine };
  }

  /** Adds an entry. One that is not `complete` must be completed later. Returns its position. */
  add(folder: OpenFolder, node: Node | WrittenNode, complete: boolean): number {
    if (!complete) folder.waiting++;
    return folder.nodes.push(node) - 1;
  }

  /** Marks one entry, or the listing itself, as done. */
  complete(folder: OpenFolder): void {
    for (let at: OpenFolder | undefined = folder; at; at = at.parent) {
      at.waiting--;
      if (at.waiting > 0) return;
      const tree = this.#save(at);
      if (at.node) at.node.subtree = tree;
      else this.rootTree = tree;
      if (tree !== at.recorded?.tree) at.parent?.recorded?.markDifferent();
    }
  }
}

/** Notes the attributes of an entry, if that can make a difference. */
export function setSlot(
  { folder, slot }: { readonly folder: OpenFolder; readonly slot: number },
  attributes: readonly ExtendedAttribute[],
): void {
  if (attributes.length === 0 && !folder.recorded?.hasAttributes) return;
  folder.attributes ??= new Map();
  folder.attributes.set(slot, attributes);
}

/** Gives the entries of a folder the attributes that were noted. Where they are as before, so is their order. */
export function applyAttributes({ nodes, recorded, attributes }: OpenFolder): void {
  for (const [slot, found] of attributes ?? []) {
    const now = nodes[slot];
    if (!now) continue;
    const before = recorded?.nodes?.get(now.name);
    const known = 'json' in now ? before! : now;
    const kept = [known, before].find((node) => node && isSameSet(node.extendedAttributes ?? [], found));
    if (kept === known) continue;
    recorded?.markDifferent();
    const node = known === now ? now : { ...known };
    node.extendedAttributes = kept?.extendedAttributes ?? found;
    nodes[slot] = node;
  }
}

function isSameSet(a: readonly ExtendedAttribute[], b: readonly ExtendedAttribute[]): boolean {
  const has = ({ name, value }: ExtendedAttribute) => b.some((each) => each.name === name && each.value === value);
  return a.length === b.length && a.every(has);
}
