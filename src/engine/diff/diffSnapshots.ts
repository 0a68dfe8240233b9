import { createGiveWay, type GiveWay } from '../../base/giveWay.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import type { Session } from '../session.ts';
import { joinTreePath } from '../../base/treePath.ts';
import { treesAhead, type TreesAheadReader } from '../treesAhead.ts';
import { tryLoadTree, type TreeProblem } from '../walkTree.ts';
import { BlobDifference, type DiffCounts } from './blobDifference.ts';
import { compareNodes, type Change } from './change.ts';
import { pairByName } from './pairByName.ts';

export interface DiffOptions {
  /** Where both trees stand in their snapshots; `/` unless stated. */
  readonly path?: string;
  /** Also report entries of which only metadata differ. */
  readonly metadata?: boolean;
  /**
   * Count blobs exactly. A blob that only differing folders use may also be used in one that is the same in both
   * states; to know, the lists of those folders are read, too.
   */
  readonly exactCounts?: boolean;
  readonly signal?: AbortSignal;
  readonly onChange?: (change: Change) => void;
}

export interface DiffResult {
  /** Files in both states with other content. */
  readonly changedFiles: number;
  readonly added: DiffCounts;
  readonly removed: DiffCounts;
  /** Folders that could not be compared. */
  readonly problems: readonly TreeProblem[];
}

/**
 * Compares two trees of snapshots; reads only folders whose lists differ. Without a tree before, all is
 * added. Changes come in the order of
 * their paths, a folder before its content. They are those of `restic diff`, and two more: a link that
 * leads elsewhere is modified, and where a folder became something else (or the other way round) its
 * content is reported as removed (added).
 */
export async function diffSnapshots(
  session: Session,
  before: BlobId | undefined,
  after: BlobId,
  options: DiffOptions = {},
): Promise<DiffResult> {
  const diff = new TreeDiff(session, options);
  if (before === undefined) await diff.reportAll(options.path ?? '/', after);
  else await diff.compareTrees(options.path ?? '/', before, after);
  if (options.exactCounts) await diff.discountCommon();
  return diff.result();
}

type State = 'before' | 'after';

/** One comparison in progress. */
class TreeDiff {
  readonly #reader: TreesAheadReader;
  readonly #options: DiffOptions;
  readonly #giveWay: GiveWay;
  readonly #blobs: BlobDifference;
  readonly #problems: TreeProblem[] = [];
  /** Folders that are the same in both states. */
  readonly #common = new Map<BlobId, string>();
  #changedFiles = 0;

  constructor(session: Session, options: DiffOptions) {
    this.#reader = treesAhead(session, [], { isWhole: false, ...(options.signal && { signal: options.signal }) });
    this.#options = options;
    this.#giveWay = createGiveWay(options.signal);
    this.#blobs = new BlobDifference(session.index);
  }

  result(): DiffResult {
    const { added, removed } = this.#blobs;
    return { changedFiles: this.#changedFiles, added, removed, problems: this.#problems };
  }

  async compareTrees(path: string, before: BlobId | undefined, after: BlobId | undefined): Promise<void> {
    if (before !== undefined) this.#blobs.use({ content: null, subtree: before }, 'before');
    if (after !== undefined) this.#blobs.use({ content: null, subtree: after }, 'after');
    if (before === after) {
      if (before !== undefined) this.#common.set(before, path);
      return;
    }
    this.#announce([before, after]);
    const [earlier, later] = [await this.#loadNodes(path, before), await this.#loadNodes(path, after)];
    if (earlier && later) await this.#compareFolders(path, earlier, later);
  }

  /** All that is in a tree, as added. */
  async reportAll(path: string, tree: BlobId): Promise<void> {
    await this.#compareFolders(path, [], (await this.#loadNodes(path, tree)) ?? []);
  }

  async #compareFolders(path: string, before: readonly Node[], after: readonly Node[]): Promise<void> {
    const pairs = [...pairByName(before, after)];
    this.#announce(pairs.flatMap(([a, b]) => (a?.subtree === b?.subtree ? [] : [a?.subtree, b?.subtree])));
    for (const [earlier, later] of pairs) {
      const entry = joinTreePath(path, (later ?? earlier)!.name);
      if (earlier) this.#blobs.use(earlier, 'before');
      if (later) this.#blobs.use(later, 'after');
      if (earlier && later) await this.#compareEntry(entry, earlier, later);
      else if (earlier) await this.#report(entry, earlier, 'before');
      else await this.#report(entry, later!, 'after');
    }
  }

  async #compareEntry(path: string, before: Node, after: Node): Promise<void> {
    const change = compareNodes(before, after, this.#options.metadata ?? false);
    if (change) this.#options.onChange?.({ path, ...change });
    if (change?.kind === 'modified' && before.type === 'file') this.#changedFiles++;
    if (before.type === 'dir' && after.type === 'dir') {
      await this.compareTrees(path, before.subtree, after.subtree);
    } else {
      if (before.type === 'dir') await this.#reportContent(path, before, 'before');
      if (after.type === 'dir') await this.#reportContent(path, after, 'after');
    }
  }

  /** An entry that is in one state only, and all that is in it. */
  async #report(path: string, node: Node, state: State): Promise<void> {
    const counts = state === 'before' ? this.#blobs.removed : this.#blobs.added;
    counts[node.type === 'file' ? 'files' : node.type === 'dir' ? 'dirs' : 'others']++;
    this.#options.onChange?.(
      state === 'before' ? { path, kind: 'removed', before: node } : { path, kind: 'added', after: node },
    );
    if (node.type === 'dir') await this.#reportContent(path, node, state);
  }

  async #reportContent(path: string, folder: Node, state: State): Promise<void> {
    const nodes = (await this.#loadNodes(path, folder.subtree)) ?? [];
    this.#announce(nodes.map(({ subtree }) => subtree));
    for (const node of nodes) {
      this.#blobs.use(node, state);
      await this.#report(joinTreePath(path, node.name), node, state);
    }
  }

  /** Takes what unchanged folders use from the counts, as long as there is something to take. */
  async discountCommon(): Promise<void> {
    for (const [tree, path] of this.#common) {
      this.#blobs.use({ content: null, subtree: tree }, 'both');
      const pending = [{ tree, path }];
      for (let next = pending.pop(); next && this.#blobs.size > 0; next = pending.pop()) {
        for (const node of (await this.#loadNodes(next.path, next.tree)) ?? []) {
          const isNews = this.#blobs.use(node, 'both');
          if (isNews && node.type === 'dir') {
            pending.push({ tree: node.subtree!, path: joinTreePath(next.path, node.name) });
          }
        }
      }
    }
  }

  #announce(trees: readonly (BlobId | undefined)[]): void {
    this.#reader.announce(trees.filter((tree) => tree !== undefined));
  }

  async #loadNodes(path: string, tree: BlobId | undefined): Promise<readonly Node[] | undefined> {
    await this.#giveWay();
    const loaded = await tryLoadTree(this.#reader, tree, path);
    if ('nodes' in loaded) return loaded.nodes;
    this.#problems.push(loaded);
    return undefined;
  }
}
