import { CairnError, errorCode } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import { createGiveWay, type GiveWay } from '../../base/giveWay.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { displayPath } from '../../base/rawName.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import { parseTime } from '../../repository/format/time.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { createIgnoreState, leftOutBy, type IgnoreOptions, type IgnoreState } from '../../workspace/ignoreRules.ts';
import { findEntry, listFolder, type Entry, type EntryError } from '../../workspace/listFolder.ts';
import { joinName, namesBelow, resolvePath, lastName } from '../../disk/paths.ts';
import { withReachablePath } from '../../disk/reachablePath.ts';
import { isUnchanged } from '../backup/changeDetection.ts';
import { nodeFromStat } from '../backup/nodeFromStat.ts';
import type { UserNames } from '../../disk/userNames.ts';
import type { Session } from '../session.ts';
import { createNodeFinder, followNames } from '../snapshotPath.ts';
import { treesAhead } from '../treesAhead.ts';
import { tryLoadTree, type TreeReader } from '../walkTree.ts';
import { compareNodes, sameTime, type Change } from './change.ts';
import { entryKindOf } from '../../disk/entryKind.ts';
import { DiskContent } from './diskContent.ts';
import { pairByName } from './pairByName.ts';
import { locateTargets, type SnapshotTarget } from './snapshotTargets.ts';
import { lstatExact } from '../../disk/stats.ts';
import { readlink } from '../../disk/changes.ts';
import { treeNamesOf } from '../../disk/treePaths.ts';

export interface DiskDiffOptions {
  /** Absolute paths on the disk, in the snapshot's paths; these unless stated. */
  readonly paths?: readonly string[];
  /** Where what the snapshot has of one of its paths is on the disk now, if that was moved. Both absolute. */
  readonly moved?: { readonly from: string; readonly to: string };
  /** What is left out on the disk is left out of the comparison, also if the snapshot has it. */
  readonly rules: IgnoreOptions;
  /** Read every file whose size is as recorded, whatever its times say. */
  readonly forceHash?: boolean;
  /** Also report entries of which only mode, owner or (folders left out) modification time differ. */
  readonly metadata?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** Paths are those on the disk. */
  readonly onChange?: (change: Change) => void;
}

/** Something of which it stays unknown whether it changed. */
export interface CompareProblem {
  readonly path: string;
  /** The system's code, or that of an error of ours. */
  readonly code: string;
  readonly message: string;
}

export interface DiskDiffResult {
  /** Entries without a change; folders not counted. */
  readonly unchanged: number;
  /** Bytes of files that had to be read. */
  readonly bytesRead: number;
  readonly problems: readonly CompareProblem[];
}

/**
 * Compares a snapshot with what is on the disk now. A file whose size, times and inode are as recorded
 * is not read (design, section 5), nor is one whose size differs. What vanishes meanwhile is gone.
 * Throws `path-not-in-snapshot` for a path outside of the snapshot's.
 */
export async function diffWithDisk(
  session: Session,
  stored: StoredSnapshot,
  options: DiskDiffOptions,
): Promise<DiskDiffResult> {
  const finder = createNodeFinder(session.reader);
  const { moved } = options;
  const targets = (await locateTargets(finder, stored)).map((target) =>
    moved && target.path === moved.from ? { ...target, path: moved.to } : target,
  );
  const paths = new Set(options.paths?.map((path) => resolvePath(path)) ?? targets.map((target) => target.path));
  const diff = new DiskDiff(session, stored, options, paths);
  for (const path of paths) {
    const target = enclosingTarget(path, targets, stored);
    const names = [...treeNamesOf(target.place.path, false), ...namesBelow(target.path, path)];
    const place = await followNames(finder, stored, names);
    await diff.compareRoot(target.path, path, place?.node, place?.tree);
  }
  return diff.result();
}

/** The innermost of the snapshot's paths that holds a path. */
function enclosingTarget(path: string, targets: readonly SnapshotTarget[], stored: StoredSnapshot): SnapshotTarget {
  const holding = targets.filter((target) => path === target.path || path.startsWith(joinName(target.path, '')));
  if (holding.length > 0) return holding.reduce((a, b) => (b.path.length > a.path.length ? b : a));
  throw new CairnError(
    'path-not-in-snapshot',
    `"${displayPath(path)}" is in none of the folders of the snapshot: ${stored.snapshot.paths.map(displayPath).join(', ')}.`,
    { details: { path: displayPath(path) } },
  );
}

/** What a look at a file on the disk found; `undefined` if it is as recorded. */
type Difference = Omit<Change, 'path'> | 'unknown' | undefined;

const noNames: UserNames = { user: () => undefined, group: () => undefined };

/** One comparison in progress. */
class DiskDiff {
  readonly #session: Session;
  #reader: TreeReader;
  readonly #options: DiskDiffOptions;
  /** Paths that are compared in their own right, and left out where they are met inside another. */
  readonly #roots: ReadonlySet<string>;
  readonly #snapshotTime: bigint;
  readonly #giveWay: GiveWay;
  readonly #content: DiskContent;
  readonly #progress: ReturnType<typeof throttleProgress>;
  readonly #problems: CompareProblem[] = [];
  #compared = 0;
  #unchanged = 0;

  constructor(session: Session, stored: StoredSnapshot, options: DiskDiffOptions, roots: ReadonlySet<string>) {
    this.#session = session;
    this.#reader = session.reader;
    this.#options = options;
    this.#roots = roots;
    this.#snapshotTime = parseTime(stored.snapshot.time);
    this.#giveWay = createGiveWay(options.signal);
    this.#content = new DiskContent(session.index, this.#giveWay);
    this.#progress = throttleProgress(options.onProgress);
  }

  result(): DiskDiffResult {
    this.#progress.flush();
    return { unchanged: this.#unchanged, bytesRead: this.#content.bytesRead, problems: this.#problems };
  }

  /** `target` is the path of the snapshot to which the rules are relative. The root of a tree has no node. */
  async compareRoot(target: string, path: string, node: Node | undefined, tree: BlobId | undefined): Promise<void> {
    const entry = this.#lookUp(target, path);
    if (entry === 'unknown') return;
    const root = tree ?? node?.subtree;
    this.#reader = treesAhead(this.#session, root === undefined ? [] : [root], this.#options);
    if (node || tree === undefined) return this.#compare(path, node, entry);
    return this.#compareFolder(path, tree, entry?.rules);
  }

  /** The entry of a root, nothing if it is gone, `unknown` if it is to be left alone. */
  #lookUp(target: string, path: string): Entry | 'unknown' | undefined {
    if (path !== target) {
      const finding = findEntry(path, createIgnoreState(target, target, this.#options.rules));
      if (finding.found === 'entry') return finding.entry;
      if (finding.found === 'skipped') return 'unknown';
      return this.#judge(finding.error) === 'gone' ? undefined : 'unknown';
    }
    try {
      const stats = withReachablePath(path, (reachable) => lstatExact(reachable));
      const kind = entryKindOf(stats.mode);
      if (kind === undefined) return 'unknown';
      const state = createIgnoreState(path, path, this.#options.rules);
      if (leftOutBy(state) !== undefined) return 'unknown';
      const rules = kind === 'dir' ? state : undefined;
      return { name: lastName(path), path, kind, stats, rules };
    } catch (error) {
      if (errorCode(error) === 'usage') throw error;
      return this.#fail(path, error) === 'gone' ? undefined : 'unknown';
    }
  }

  async #compare(path: string, node: Node | undefined, entry: Entry | undefined): Promise<void> {
    const difference =
      node && entry ? await this.#findDifference(path, node, entry) : node ? removed(node) : entry && added(entry);
    if (difference === 'unknown') return;
    this.#count(path);
    if (difference) this.#options.onChange?.({ path, ...difference });
    else if (node && node.type !== 'dir') this.#unchanged++;
    const tree = node?.type === 'dir' ? node.subtree : undefined;
    const rules = difference && difference.kind === 'removed' ? undefined : entry?.rules;
    if (tree !== undefined || rules) await this.#compareFolder(path, tree, rules);
  }

  async #compareFolder(path: string, tree: BlobId | undefined, rules: IgnoreState | undefined): Promise<void> {
    await this.#giveWay();
    const loaded = tree === undefined ? { nodes: [] } : await tryLoadTree(this.#reader, tree, path);
    if ('code' in loaded) {
      this.#problems.push(loaded);
      return;
    }
    const listing = rules ? listFolder(path, rules) : { entries: [], skipped: [], errors: [] };
    const leftOut = new Set(listing.skipped.map((skipped) => skipped.path));
    for (const error of listing.errors) {
      if (this.#judge(error) === 'gone') continue;
      if (error.path === path) return;
      leftOut.add(error.path);
    }
    for (const [node, entry] of pairByName(loaded.nodes, listing.entries)) {
      const below = joinName(path, (node ?? entry)!.name);
      if (leftOut.has(below) || this.#roots.has(below)) continue;
      await this.#compare(below, node, entry);
    }
  }

  async #findDifference(path: string, node: Node, entry: Entry): Promise<Difference> {
    if (node.type !== entry.kind) return { kind: 'typeChanged', before: node, after: nodeOnDisk(entry) };
    if (node.type === 'file') {
      const difference = await this.#findFileDifference(path, node, entry);
      if (difference) return difference;
    } else if (node.type !== 'dir') {
      const after = nodeOnDisk(entry);
      try {
        if (node.type === 'symlink') after.linkTarget = withReachablePath(path, readTarget);
      } catch (error) {
        return this.#fail(path, error) === 'gone' ? removed(node) : 'unknown';
      }
      if (compareNodes(node, after, false)) return { kind: 'modified', before: node, after };
    }
    if (!this.#options.metadata) return undefined;
    const after = nodeOnDisk(entry);
    return sameOnDisk(node, after) ? undefined : { kind: 'metadata', before: node, after };
  }

  async #findFileDifference(path: string, node: Node, entry: Entry): Promise<Difference> {
    const recorded = isUnchanged(entry.stats, node, this.#snapshotTime);
    if (recorded && !this.#options.forceHash) return undefined;
    const isEqual = entry.stats.size === BigInt(node.size ?? 0) && (await this.#hasContent(path, node));
    if (isEqual === true) return undefined;
    if (isEqual === 'gone') return removed(node);
    if (isEqual === 'unknown') return isEqual;
    return { kind: 'modified', before: node, after: nodeOnDisk(entry), ...(recorded && { suspect: true }) };
  }

  async #hasContent(path: string, node: Node): Promise<boolean | 'gone' | 'unknown'> {
    try {
      return await this.#content.equals(path, node.content ?? []);
    } catch (error) {
      return this.#fail(path, error);
    }
  }

  #judge({ path, kind, error }: EntryError): 'gone' | 'unknown' {
    return kind === 'vanished' ? 'gone' : this.#fail(path, error);
  }

  /** What a failure means for a path; one that leaves it unknown is a problem. */
  #fail(path: string, error: unknown): 'gone' | 'unknown' {
    const system = systemCode(error);
    const code = errorCode(error);
    if (system === 'ENOENT' || system === 'ENOTDIR' || code === 'source-not-found') return 'gone';
    if (system === undefined && (code === 'internal' || code === 'aborted')) throw error;
    const message =
      system === undefined
        ? (error as Error).message
        : `${displayPath(path)} cannot be read (${system}); it is unknown whether it changed.`;
    this.#problems.push({ path, code: system ?? code, message });
    return 'unknown';
  }

  #count(path: string): void {
    this.#compared++;
    const { bytesRead: bytes } = this.#content;
    this.#progress.report({ phase: 'Comparing with the disk', items: this.#compared, bytes, current: path });
  }
}

function readTarget(link: string | Buffer): string {
  return readlink(link);
}

function removed(node: Node): Omit<Change, 'path'> {
  return { kind: 'removed', before: node };
}

function added(entry: Entry): Omit<Change, 'path'> {
  return { kind: 'added', after: nodeOnDisk(entry) };
}

/** The entry as a node without user names, a link's target, and what only reading would tell. */
function nodeOnDisk({ name, stats }: Entry): Node {
  const node = nodeFromStat(name, stats, noNames);
  node.content = null;
  return node;
}

function sameOnDisk(a: Node, b: Node): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && (a.type === 'dir' || sameTime(a.mtime, b.mtime));
}
