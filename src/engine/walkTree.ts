import { CairnError, errorCode, type ErrorCode } from '../base/errors.ts';
import type { TreePath } from '../base/pathKinds.ts';
import { joinTreePath } from '../base/treePath.ts';
import { createGiveWay } from '../base/giveWay.ts';
import { displayPath } from '../base/rawName.ts';
import { isUnreadablePlace } from '../repository/damage.ts';
import type { BlobId } from '../repository/format/ids.ts';
import type { Node, Tree } from '../repository/format/node.ts';

/** Loads the nodes of a folder; `BlobReader` does. */
export interface TreeReader {
  loadTree(id: BlobId): Promise<Tree>;
}

/** A folder of a snapshot whose list cannot be read: what is below it stays unknown. */
export interface TreeProblem {
  readonly path: string;
  readonly code: ErrorCode;
  readonly message: string;
}

export type WalkedEntry =
  | { readonly kind: 'entry'; readonly path: TreePath; readonly node: Node }
  | ({ readonly kind: 'problem' } & TreeProblem);

export interface WalkOptions {
  /** Where the tree stands in the snapshot; `/` unless stated. */
  readonly path?: TreePath;
  /** Says whether the content of a folder is walked; the folder itself is an entry in any case. */
  readonly enter?: (path: TreePath, node: Node) => boolean;
  readonly signal?: AbortSignal;
}

/**
 * Walks a tree of a snapshot: each folder before its content, entries in the order of their raw names.
 * Holds the lists of the folders on the way, never the whole tree. A folder that cannot be read is a
 * problem, and the walk goes on after it. Throws `aborted`, and what would strike every folder, as when
 * the storage is away.
 */
export async function* walkTree(
  reader: TreeReader,
  tree: BlobId,
  options: WalkOptions = {},
): AsyncGenerator<WalkedEntry, void, void> {
  const giveWay = createGiveWay(options.signal);
  const folders: { readonly path: TreePath; readonly nodes: readonly Node[]; next: number }[] = [];
  let entered: { readonly path: string; readonly tree: BlobId | undefined } | undefined = {
    path: options.path ?? '/',
    tree,
  };
  for (;;) {
    if (entered) {
      await giveWay();
      const loaded = await tryLoadTree(reader, entered.tree, entered.path);
      if ('code' in loaded) yield { kind: 'problem', ...loaded };
      else folders.push({ path: entered.path, nodes: loaded.nodes, next: 0 });
    }
    const folder = folders.at(-1);
    if (!folder) return;
    const node = folder.nodes[folder.next++];
    entered = undefined;
    if (!node) {
      folders.pop();
      continue;
    }
    const path = joinTreePath(folder.path, node.name);
    yield { kind: 'entry', path, node };
    if (node.type === 'dir' && (options.enter?.(path, node) ?? true)) entered = { path, tree: node.subtree };
  }
}

/**
 * The list of a folder, or the problem with it; `path` is for the problem. Throws `aborted` and what
 * says that other folders cannot be read either.
 */
export async function tryLoadTree(
  reader: TreeReader,
  tree: BlobId | undefined,
  path: string,
): Promise<Tree | TreeProblem> {
  try {
    if (tree !== undefined) return await reader.loadTree(tree);
    throw new CairnError('repository-damaged', `The folder "${displayPath(path)}" has no list of its content.`);
  } catch (error) {
    return toTreeProblem(error, path);
  }
}

/** The problem that a failure to read a folder is, or throws it: see {@link tryLoadTree}. */
export function toTreeProblem(error: unknown, path: string): TreeProblem {
  if (!isUnreadablePlace(error)) throw error;
  return { path, code: errorCode(error), message: (error as Error).message };
}
