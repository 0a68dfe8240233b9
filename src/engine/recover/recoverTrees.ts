/**
 * A snapshot of all that no snapshot has any more, as restic's `recover` makes it: each tree that is in no other tree and
 * is the root of no snapshot becomes a folder of it. So what was forgotten by mistake can be had back until a prune.
 */
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { createGiveWay } from '../../base/giveWay.ts';
import { errorCode } from '../../base/errors.ts';
import { compareRaw } from '../../base/rawName.ts';
import { isDamage } from '../../repository/damage.ts';
import type { BlobId, SnapshotId } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import { formatTime } from '../../repository/format/time.ts';
import { treeToJson } from '../../repository/format/tree.ts';
import type { Repository } from '../../repository/repository.ts';
import { listSnapshots, saveSnapshot, SHORT_ID_LENGTH } from '../../repository/snapshots.ts';
import { repairIndex } from '../repair/repairIndex.ts';
import { writeTrees } from '../repair/replaceSnapshots.ts';
import { currentOwner, withSession, type Session, type SessionOptions } from '../session.ts';

export interface RecoverOptions extends Omit<SessionOptions, 'lock'> {
  /** Recorded in the snapshot. */
  readonly programVersion: string;
  /** Hears of lists of folders that cannot be read; what is in them is not found by them. */
  readonly onDamaged?: (id: string, error: unknown) => void;
  readonly onProgress?: ProgressListener;
}

export interface RecoverResult {
  /** The topmost trees that no snapshot had. */
  readonly roots: readonly BlobId[];
  /** Absent if there were none. */
  readonly snapshotId?: SnapshotId;
}

/** Go's mode of a folder that anybody may read. */
const FOLDER_MODE = 2 ** 31 + 0o755;

/**
 * Makes the snapshot under an exclusive lock, after the index was put in order. Throws `locked`, `aborted`, and what
 * could not be read or stored now.
 */
export async function recoverTrees(repository: Repository, options: RecoverOptions): Promise<RecoverResult> {
  await repairIndex(repository, options);
  return withSession(repository, { ...options, lock: 'exclusive' }, async (session) => {
    const roots = await findRoots(session, options);
    if (roots.length === 0) return { roots };
    const now = formatTime(BigInt(Date.now()) * 1_000_000n);
    const nodes = namesOf(roots).map(([name, root]) => makeNode(name, root, now));
    const tree = await writeTrees(session, {}, async (writer) => writer.write(treeToJson(nodes)).id);
    await session.checkLock({ look: true });
    const { hostname, username, uid, gid } = currentOwner();
    const snapshotId = await saveSnapshot(session.repository, {
      time: now,
      tree,
      paths: ['/recover'],
      hostname,
      ...(username && { username }),
      ...(uid && { uid }),
      ...(gid && { gid }),
      tags: ['recovered'],
      programVersion: options.programVersion,
    });
    return { roots, snapshotId };
  });
}

/** Trees that are in no other one and are the root of no snapshot. */
async function findRoots(session: Session, { signal, onDamaged, onProgress }: RecoverOptions): Promise<BlobId[]> {
  const { repository, index, reader } = session;
  /** By number of the entry in the index: it has a place in another tree or a snapshot. */
  const isReached = new Uint8Array(index.size);
  const reach = (tree: BlobId) => {
    const entry = index.entryOf('tree', tree);
    if (entry >= 0) isReached[entry] = 1;
  };
  // One that cannot be read is told, and has what it had back by this.
  for (const { snapshot } of await listSnapshots(repository, { ...(onDamaged && { onDamaged }) })) reach(snapshot.tree);
  const giveWay = createGiveWay(signal);
  const progress = throttleProgress(onProgress);
  const trees = new Set<number>();
  // Pack by pack, since trees that lie beside each other are read at once.
  for (const { blobs } of index.packs()) {
    for (const { type, id } of blobs) {
      const entry = index.entryOf(type, id);
      if (type !== 'tree' || trees.has(entry)) continue;
      trees.add(entry);
      await giveWay();
      progress.report({ phase: 'Reading folder lists', items: trees.size, bytes: 0 });
      for (const subtree of await subtreesOf(reader, id, onDamaged)) reach(subtree);
    }
  }
  progress.flush();
  const roots: BlobId[] = [];
  for (const { type, id } of index.entries()) {
    const entry = index.entryOf(type, id);
    if (type === 'tree' && isReached[entry] === 0) roots.push(id);
    if (type === 'tree') isReached[entry] = 1;
  }
  return roots.sort();
}

async function subtreesOf(
  reader: Session['reader'],
  tree: BlobId,
  onDamaged: RecoverOptions['onDamaged'],
): Promise<BlobId[]> {
  try {
    return (await reader.loadTree(tree)).nodes.flatMap(({ subtree }) => subtree ?? []);
  } catch (error) {
    if (!isDamage(errorCode(error))) throw error;
    onDamaged?.(tree, error);
    return [];
  }
}

/** Each by the beginning of its id, as in restic; by all of it where two begin alike. In the order of trees. */
function namesOf(roots: readonly BlobId[]): [name: string, root: BlobId][] {
  const short = roots.map((root) => root.slice(0, SHORT_ID_LENGTH));
  const isAlone = (at: number) => short[at - 1] !== short[at] && short[at + 1] !== short[at];
  const named = roots.map((root, at): [string, BlobId] => [isAlone(at) ? short[at]! : root, root]);
  return named.sort(([a], [b]) => compareRaw(a, b));
}

function makeNode(name: string, subtree: BlobId, time: string): Node {
  const times = { mtime: time, atime: time, ctime: time };
  return { name, type: 'dir', mode: FOLDER_MODE, ...times, uid: 0, gid: 0, content: null, subtree };
}
