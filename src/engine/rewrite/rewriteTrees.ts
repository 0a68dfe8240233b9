import { CairnError } from '../../base/errors.ts';
import { createGiveWay, type GiveWay } from '../../base/giveWay.ts';
import type { PathBelow, TreePath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import { joinTreePath, treeRoot } from '../../base/treePath.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import { treeToJson } from '../../repository/format/tree.ts';
import { blobId } from '../../repository/hash.ts';
import {
  compilePatterns,
  type PatternListener,
  type PatternLists,
  type PatternScope,
} from '../../workspace/resticPatterns.ts';
import type { TreeWriter } from '../codec/treeWriter.ts';
import { addWays } from '../repair/replaceSnapshots.ts';
import type { Session } from '../session.ts';

/** A tree without what patterns leave out. */
export interface RewrittenTree {
  readonly tree: BlobId;
  /** How many files it has now, and their bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Below it, what was left out. Where that would be many places, the folder that has them stands for them. */
  readonly leftOut: readonly PathBelow[];
}

/** What was found of a folder in the snapshot before. */
interface Known {
  readonly before: BlobId;
  readonly after: RewrittenTree;
}

export interface TreeRewriteOptions {
  readonly excludes: PatternLists;
  /** Hears of each path that is left out, once however many snapshots have it. */
  readonly onLeftOut: (path: TreePath) => void;
  readonly onMatch?: PatternListener | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes trees anew without what patterns leave out, so that the ids are those that restic's `rewrite` makes. A tree of
 * which nothing is left out stays as it is. Snapshots that follow each other have most folders in common: such a folder
 * is read once.
 */
export class TreeRewrite {
  readonly #reader: Session['reader'];
  readonly #writer: TreeWriter;
  readonly #options: TreeRewriteOptions;
  readonly #scopes: readonly PatternScope[];
  readonly #giveWay: GiveWay;
  readonly #known = new Map<TreePath, Known>();
  readonly #told = new Set<TreePath>();

  constructor({ reader }: Pick<Session, 'reader'>, writer: TreeWriter, options: TreeRewriteOptions) {
    this.#reader = reader;
    this.#writer = writer;
    this.#options = options;
    this.#scopes = compilePatterns(options.excludes, [treeRoot], { onMatch: options.onMatch });
    this.#giveWay = createGiveWay(options.signal);
  }

  /**
   * The tree of a snapshot. Throws `repository-unsupported` for a folder that would lose more than it should, `aborted`,
   * and what a list that is damaged or missing fails with.
   */
  rewrite(tree: BlobId): Promise<RewrittenTree> {
    return this.#rewriteFolder(tree, treeRoot, this.#scopes);
  }

  async #rewriteFolder(tree: BlobId, path: TreePath, scopes: readonly PatternScope[]): Promise<RewrittenTree> {
    const known = this.#known.get(path);
    if (known?.before === tree) return known.after;
    await this.#giveWay();
    const { nodes } = await this.#reader.loadTree(tree);
    const kept: Node[] = [];
    const leftOut: PathBelow[] = [];
    let [files, bytes] = [0, 0];
    for (const node of nodes) {
      const place = joinTreePath(path, node.name);
      if (isExcluded(scopes, node.name)) {
        this.#tell(place);
        leftOut.push(node.name);
        continue;
      }
      if (node.type === 'file') {
        files++;
        bytes += Number(node.size ?? 0);
      }
      if (node.subtree === undefined) {
        kept.push(node);
        continue;
      }
      const inner = scopes.map((scope) => scope.enter(node.name));
      const below = await this.#rewriteFolder(node.subtree, place, inner);
      files += below.files;
      bytes += below.bytes;
      addWays(leftOut, node.name, below.leftOut);
      kept.push(below.tree === node.subtree ? node : { ...node, subtree: below.tree });
    }
    if (leftOut.length > 0) requireFaithful(tree, path, nodes);
    const after = { tree: leftOut.length > 0 ? this.#writer.write(treeToJson(kept)).id : tree, files, bytes, leftOut };
    this.#known.set(path, { before: tree, after });
    return after;
  }

  #tell(path: TreePath): void {
    if (this.#told.has(path)) return;
    this.#told.add(path);
    this.#options.onLeftOut(path);
  }
}

/** Each list is asked, so that one that fits nothing at all can be told. */
function isExcluded(scopes: readonly PatternScope[], name: string): boolean {
  return scopes.filter((scope) => scope.find(name) !== undefined).length > 0;
}

/** A list that has what this program does not know, or names that stand twice, would come out as another one. */
function requireFaithful(tree: BlobId, path: TreePath, nodes: readonly Node[]): void {
  const isFaithful = nodes.every(({ nameBefore }) => nameBefore === undefined) && blobId(treeToJson(nodes)) === tree;
  if (isFaithful) return;
  throw new CairnError(
    'repository-unsupported',
    `The list of the folder "${displayPath(path)}" (tree ${tree.slice(0, 8)}) cannot be written anew without losing something else, so nothing was rewritten. Use a newer program, or leave out the whole folder.`,
  );
}
