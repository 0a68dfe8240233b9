import { errorCode } from '../../base/errors.ts';
import { createGiveWay, type GiveWay } from '../../base/giveWay.ts';
import type { PathBelow, TreePath } from '../../base/pathKinds.ts';
import { joinTreePath } from '../../base/treePath.ts';
import { isDamage } from '../../repository/damage.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Node, Tree } from '../../repository/format/node.ts';
import { treeToJson } from '../../repository/format/tree.ts';
import { plainLength } from '../../repository/index/blobIndex.ts';
import type { TreeWriter } from '../codec/treeWriter.ts';
import type { Session } from '../session.ts';
import { addWays } from './replaceSnapshots.ts';

/**
 * What is done with a path: `shortened` loses the parts of its content that are lost; `resized` gets the size of its
 * content; `emptied` is a folder whose list is lost; `removed` is an entry of no type; `renamed` an entry that had the
 * name of another.
 */
export type PathRepairKind = 'shortened' | 'resized' | 'emptied' | 'removed' | 'renamed';

export interface PathRepair {
  /** In the tree of the snapshot; where a list stands in several places or snapshots, the first. */
  readonly path: TreePath;
  readonly kind: PathRepairKind;
  /** Bytes of a file before and after. */
  readonly size?: { readonly before: number; readonly after: number };
}

/** A tree without what is lost. */
export interface RepairedTree {
  readonly tree: BlobId;
  /**
   * Below it, where there was more than it has now: nobody may take it for complete there. Where that would be many
   * places, the folder that has them stands for them.
   */
  readonly incomplete: readonly PathBelow[];
}

/** What restic stores for a folder whose list is lost. */
const EMPTY_TREE = '{"nodes":null}\n';

/**
 * Writes trees anew without what is lost, by the rules of restic's `repair snapshots`, so that the ids are the same.
 * A tree of which nothing is lost stays as it is. Each is read once, wherever it stands.
 */
export class TreeRepair {
  readonly #session: Pick<Session, 'index' | 'reader'>;
  readonly #writer: TreeWriter;
  readonly #onRepair: (repair: PathRepair) => void;
  readonly #giveWay: GiveWay;
  readonly #repaired = new Map<BlobId, RepairedTree>();
  /** By number of the entry in the index: nothing is lost. */
  readonly #intact: Uint8Array;

  constructor(
    session: Pick<Session, 'index' | 'reader'>,
    writer: TreeWriter,
    onRepair: (repair: PathRepair) => void,
    signal?: AbortSignal,
  ) {
    this.#session = session;
    this.#writer = writer;
    this.#onRepair = onRepair;
    this.#giveWay = createGiveWay(signal);
    this.#intact = new Uint8Array(session.index.size);
  }

  /** Nothing if the list of the folder itself is lost. Throws `aborted`, and what could not be read now. */
  async repair(tree: BlobId, path: TreePath): Promise<RepairedTree | undefined> {
    const entry = this.#session.index.entryOf('tree', tree);
    if (this.#intact[entry] === 1) return { tree, incomplete: [] };
    const known = this.#repaired.get(tree);
    if (known) return known;
    await this.#giveWay();
    const loaded = await this.#tryLoad(tree);
    if (!loaded) return undefined;
    const nodes: Node[] = [];
    const incomplete: PathBelow[] = [];
    let isChanged = false;
    for (const node of loaded.nodes) {
      const mended = await this.#mend(node, joinTreePath(path, node.name), incomplete);
      if (mended) nodes.push(mended);
      if (mended !== node || node.nameBefore !== undefined) isChanged = true;
    }
    if (!isChanged) {
      this.#intact[entry] = 1;
      return { tree, incomplete: [] };
    }
    const repaired = { tree: this.#writer.write(treeToJson(nodes)).id, incomplete };
    this.#repaired.set(tree, repaired);
    return repaired;
  }

  async #tryLoad(tree: BlobId): Promise<Tree | undefined> {
    try {
      return await this.#session.reader.loadTree(tree);
    } catch (error) {
      const code = errorCode(error);
      // What only this program cannot read is not lost.
      if (!isDamage(code) || code === 'repository-unsupported') throw error;
      return undefined;
    }
  }

  /** The node itself if nothing is wrong with it, nothing if it goes. */
  async #mend(node: Node, path: TreePath, incomplete: PathBelow[]): Promise<Node | undefined> {
    if (node.nameBefore !== undefined) this.#onRepair({ path, kind: 'renamed' });
    if (node.type === 'dir') return this.#mendFolder(node, path, incomplete);
    if (node.type === 'file') return this.#mendFile(node, path);
    if (!isOfNoType(node)) return node;
    this.#onRepair({ path, kind: 'removed' });
    incomplete.push(node.name);
    return undefined;
  }

  async #mendFolder(node: Node, path: TreePath, incomplete: PathBelow[]): Promise<Node> {
    const repaired = node.subtree === undefined ? undefined : await this.repair(node.subtree, path);
    if (!repaired) {
      this.#onRepair({ path, kind: 'emptied' });
      incomplete.push(node.name);
      return { ...node, subtree: this.#writer.write(Buffer.from(EMPTY_TREE)).id };
    }
    addWays(incomplete, node.name, repaired.incomplete);
    return repaired.tree === node.subtree ? node : { ...node, subtree: repaired.tree };
  }

  #mendFile(node: Node, path: TreePath): Node {
    const { index } = this.#session;
    const before = Number(node.size ?? 0);
    const content = (node.content ?? []).filter((id) => index.isStored('data', id));
    const after = content.reduce((sum, id) => sum + plainLength(index.locations('data', id)[0]!), 0);
    const isWhole = content.length === node.content?.length;
    if (isWhole && after === before) return node;
    this.#onRepair({ path, kind: isWhole ? 'resized' : 'shortened', size: { before, after } });
    return { ...node, content, size: after };
  }
}

/** What restic takes out; other unknown types may mean something to other programs. */
function isOfNoType({ type, foreign }: Node): boolean {
  return type === 'irregular' && ['', 'irregular', undefined, null].includes(foreign?.['type'] as string);
}
