/** Which snapshots can be restored with what is there. */
import { createGiveWay } from '../../base/giveWay.ts';
import { aheadOf } from '../../base/atOnce.ts';
import { throwIfAborted } from '../../base/abort.ts';
import { isUnreadablePlace } from '../../repository/damage.ts';
import { BlobReader } from '../../repository/blobReader.ts';
import { asId, type BlobId, type IndexId, type PackId, type SnapshotId } from '../../repository/format/ids.ts';
import { parseIndexFile } from '../../repository/format/indexFile.ts';
import type { Node } from '../../repository/format/node.ts';
import { BlobIndex } from '../../repository/index/blobIndex.ts';
import type { Repository } from '../../repository/repository.ts';
import { loadSnapshot, type StoredSnapshot } from '../../repository/snapshots.ts';
import type { Session } from '../session.ts';
import { treesAhead } from '../treesAhead.ts';
import type { TreeReader } from '../walkTree.ts';

/** A repository with an index of some of its index files, which nobody brings up to date. */
export type PartialSession = Pick<Session, 'repository' | 'index' | 'reader'>;

/** What index files say. */
export interface IndexOfFiles {
  readonly session: PartialSession;
  /** Every pack that they list, whether it was wanted or not. */
  readonly listed: ReadonlySet<PackId>;
  /** Index files that cannot be read. */
  readonly unreadable: readonly string[];
}

/**
 * Reads index files of a repository, and takes the packs that `isWanted`. Throws what would strike every file.
 * @param names index files that are there.
 */
export async function readIndexOf(
  repository: Repository,
  names: readonly string[],
  isWanted: (pack: PackId) => boolean,
  signal: AbortSignal | undefined,
): Promise<IndexOfFiles> {
  const index = new BlobIndex();
  const listed = new Set<PackId>();
  const unreadable: string[] = [];
  const read = async (name: string) => {
    throwIfAborted(signal);
    try {
      return [...parseIndexFile(await repository.readFile('index', asId<IndexId>(name), signal))];
    } catch (error) {
      if (!isUnreadablePlace(error)) throw error;
      unreadable.push(name);
      return [];
    }
  };
  for await (const packs of aheadOf(names, repository.backend.properties.connections, read)) {
    for (const { id, blobs } of packs) {
      listed.add(id);
      if (isWanted(id)) index.addPack(id, blobs);
    }
  }
  const reader = new BlobReader(repository, index, async () => false);
  return { session: { repository, index, reader }, listed, unreadable };
}

/** Snapshots that are read from one repository. */
export interface SnapshotGroup {
  readonly session: PartialSession;
  readonly names: readonly string[];
}

/**
 * The snapshots that need anything which `stored` does not list, or of which that cannot be found out, since a folder
 * list cannot be read. Each folder is read once, however many snapshots share it.
 */
export async function findBroken(
  groups: readonly SnapshotGroup[],
  stored: Pick<BlobIndex, 'isStored'>,
  signal: AbortSignal | undefined,
): Promise<SnapshotId[]> {
  const broken: SnapshotId[] = [];
  const whole = new Set<BlobId>();
  for (const group of groups) {
    const snapshots = await readSnapshots(group, broken, signal);
    const reader = treesAhead(
      group.session,
      snapshots.map(({ snapshot }) => snapshot.tree),
      { isWanted: (id) => !whole.has(id), ...(signal && { signal }) },
    );
    for (const { id, snapshot } of snapshots) {
      const trees = await walk(group.session, reader, snapshot.tree, { stored, whole, signal });
      if (trees) for (const tree of trees) whole.add(tree);
      else broken.push(id);
    }
  }
  return broken;
}

async function readSnapshots(
  { session, names }: SnapshotGroup,
  broken: SnapshotId[],
  signal: AbortSignal | undefined,
): Promise<StoredSnapshot[]> {
  const { repository } = session;
  const found: StoredSnapshot[] = [];
  const read = async (name: string) => {
    throwIfAborted(signal);
    const id = asId<SnapshotId>(name);
    try {
      return { id, snapshot: await loadSnapshot(repository, id) };
    } catch (error) {
      if (!isUnreadablePlace(error)) throw error;
      broken.push(id);
      return undefined;
    }
  };
  for await (const snapshot of aheadOf(names, repository.backend.properties.connections, read)) {
    if (snapshot) found.push(snapshot);
  }
  return found;
}

interface Walk {
  readonly stored: Pick<BlobIndex, 'isStored'>;
  /** Trees of which it is known that all below them is stored. */
  readonly whole: ReadonlySet<BlobId>;
  readonly signal: AbortSignal | undefined;
}

/** The trees below and with `root` that were not known to be whole; nothing if anything is missing. */
async function walk(
  session: PartialSession,
  reader: TreeReader,
  root: BlobId,
  { stored, whole, signal }: Walk,
): Promise<ReadonlySet<BlobId> | undefined> {
  const giveWay = createGiveWay(signal);
  const seen = new Set<BlobId>();
  const pending = [root];
  for (let tree = pending.pop(); tree !== undefined; tree = pending.pop()) {
    if (seen.has(tree) || whole.has(tree)) continue;
    seen.add(tree);
    await giveWay();
    if (!stored.isStored('tree', tree)) return undefined;
    const nodes = await readNodes(reader, tree);
    if (!nodes) return undefined;
    const below: BlobId[] = [];
    for (const node of nodes) {
      if (contentOf(session, node).some((id) => !stored.isStored('data', id))) return undefined;
      if (node.subtree !== undefined && !isLost(session, node)) below.push(node.subtree);
    }
    pending.push(...below.reverse());
  }
  return seen;
}

async function readNodes(reader: TreeReader, tree: BlobId): Promise<readonly Node[] | undefined> {
  try {
    return (await reader.loadTree(tree)).nodes;
  } catch (error) {
    if (isUnreadablePlace(error)) return undefined;
    throw error;
  }
}

/** What a type of entry means that is not known here nobody knows: of that, what is there counts. */
function contentOf({ index }: PartialSession, { type, content }: Node): readonly BlobId[] {
  if (type !== 'irregular') return content ?? [];
  return (content ?? []).filter((id) => index.isStored('data', id));
}

function isLost({ index }: PartialSession, { type, subtree }: Node): boolean {
  return type === 'irregular' && subtree !== undefined && !index.isStored('tree', subtree);
}
