import { createGiveWay, type GiveWay } from '../base/giveWay.ts';
import type { BlobId } from '../repository/format/ids.ts';
import type { Node, NodeType } from '../repository/format/node.ts';
import { parseTime } from '../repository/format/time.ts';
import type { StoredSnapshot } from '../repository/snapshots.ts';
import { chooseSnapshots, type SnapshotChoice } from './chooseSnapshots.ts';
import type { Session } from './session.ts';
import { joinTreePath } from '../base/treePath.ts';
import { compileGlob, type PathGlob } from './pathGlob.ts';
import { treesAhead } from './treesAhead.ts';
import { tryLoadTree, type TreeProblem, type TreeReader } from './walkTree.ts';

export interface FindOptions extends SnapshotChoice {
  readonly ignoreCase?: boolean;
  /** Only entries of this type. */
  readonly type?: NodeType;
  /** Only entries modified at or after (before) this instant, nanoseconds since 1970. */
  readonly oldest?: bigint;
  readonly newest?: bigint;
  /** Look only at these places and below, as they stand in the trees (`/home/x`). */
  readonly paths?: readonly string[];
  /** Oldest snapshot first. */
  readonly isReverse?: boolean;
  /** Hears of folders that cannot be read, each once. */
  readonly onProblem?: (problem: TreeProblem) => void;
}

export interface FoundFile {
  readonly stored: StoredSnapshot;
  readonly path: string;
  readonly node: Node;
}

/**
 * Looks for entries in many snapshots, newest first unless stated; in each they come in the order of {@link walkTree}.
 * The patterns are globs. One without a slash is compared with names, one that begins with a slash with
 * whole paths, any other with the ends of paths. A folder that several snapshots share is read once, and
 * not even entered again if nothing is in it.
 * Throws `usage` for a pattern that cannot be used.
 */
export async function* findFiles(
  session: Session,
  patterns: readonly string[],
  options: FindOptions = {},
): AsyncGenerator<FoundFile, void, void> {
  const snapshots = await chooseSnapshots(session.repository, options);
  if (options.isReverse) snapshots.reverse();
  const search = new TreeSearch(session, snapshots, patterns, options);
  for (const stored of snapshots) {
    for await (const found of search.findIn('/', stored.snapshot.tree)) yield { stored, ...found };
  }
}

/** How many entries of folders are remembered; beyond that, only where nothing is. */
const MAX_REMEMBERED = 200_000;

/** An entry of a folder that matches, or a folder in which something may. */
interface Candidate {
  readonly path: string;
  readonly node: Node;
  readonly isMatch: boolean;
  /** Becomes undefined once it is known that nothing in it matches. */
  folder: BlobId | undefined;
}

/** One search: what is known about folders, by their place and list. */
class TreeSearch {
  readonly #reader: TreeReader;
  readonly #read = new Set<BlobId>();
  readonly #options: FindOptions;
  readonly #globs: readonly PathGlob[];
  readonly #giveWay: GiveWay;
  readonly #known = new Map<string, Candidate[]>();
  #remembered = 0;

  constructor(
    session: Session,
    snapshots: readonly StoredSnapshot[],
    patterns: readonly string[],
    options: FindOptions,
  ) {
    this.#reader = treesAhead(
      session,
      snapshots.map(({ snapshot }) => snapshot.tree),
      {
        // In a part of a snapshot most of what is around it is of no use.
        isWhole: options.paths === undefined,
        isWanted: (tree) => !this.#read.has(tree),
        ...(options.signal && { signal: options.signal }),
      },
    );
    this.#options = options;
    this.#globs = patterns.map((pattern) => compileGlob(pattern, options.ignoreCase ?? false));
    this.#giveWay = createGiveWay(options.signal);
  }

  /** Returns whether there was anything. */
  async *findIn(path: string, tree: BlobId): AsyncGenerator<{ path: string; node: Node }, boolean, void> {
    await this.#giveWay();
    let any = false;
    const candidates = await this.#candidates(path, tree);
    for (const candidate of candidates) {
      if (candidate.isMatch) {
        any = true;
        yield { path: candidate.path, node: candidate.node };
      }
      if (candidate.folder === undefined) continue;
      if (yield* this.findIn(candidate.path, candidate.folder)) any = true;
      else candidate.folder = undefined;
    }
    if (!any) this.#known.set(tree + path, []);
    return any;
  }

  async #candidates(path: string, tree: BlobId): Promise<readonly Candidate[]> {
    const known = this.#known.get(tree + path);
    if (known) return known;
    const loaded = await tryLoadTree(this.#reader, tree, path);
    this.#read.add(tree);
    if ('code' in loaded) {
      this.#options.onProblem?.(loaded);
      return [];
    }
    const candidates = loaded.nodes.map((node) => this.#judge(joinTreePath(path, node.name), node));
    const relevant = candidates.filter(({ isMatch, folder }) => isMatch || folder !== undefined);
    this.#remembered += relevant.length;
    if (this.#remembered <= MAX_REMEMBERED) this.#known.set(tree + path, relevant);
    return relevant;
  }

  #judge(path: string, node: Node): Candidate {
    const { paths, type } = this.#options;
    const isFolder = node.type === 'dir';
    const isInside = !paths || paths.some((place) => isBelow(place, path));
    const mayHold = isInside || paths.some((place) => isBelow(path, place));
    const isMatch =
      isInside &&
      (type === undefined || node.type === type) &&
      this.#globs.some((glob) => glob.matches(path, node.name)) &&
      this.#isInTime(node);
    const enter = isFolder && mayHold && this.#globs.some((glob) => glob.mayMatchBelow(path));
    return { path, node, isMatch, folder: enter ? node.subtree : undefined };
  }

  #isInTime({ mtime }: Node): boolean {
    const { oldest, newest } = this.#options;
    if (oldest === undefined && newest === undefined) return true;
    const time = parseTime(mtime);
    return (oldest === undefined || time >= oldest) && (newest === undefined || time <= newest);
  }
}

function isBelow(folder: string, path: string): boolean {
  return folder === '/' || path === folder || path.startsWith(`${folder}/`);
}
