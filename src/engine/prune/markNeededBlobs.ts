import { CairnError, errorCode } from '../../base/errors.ts';
import { isDamage } from '../../repository/damage.ts';
import { createGiveWay } from '../../base/giveWay.ts';
import type { BlobId, BlobType } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import { SHORT_ID_LENGTH, type StoredSnapshot } from '../../repository/snapshots.ts';
import type { Session } from '../session.ts';
import { treesAhead } from '../treesAhead.ts';
import type { TreeReader } from '../walkTree.ts';
import { AFTER_LOSS } from './afterLoss.ts';

/** Called after each snapshot whose folders are all read. */
type SnapshotListener = (done: number) => void;

/**
 * Finds out which blobs snapshots need: by number of the entry in the session's index, 1 for each of
 * them. A folder list that many snapshots share is read once. Throws `repository-damaged` if anything
 * is missing or cannot be read: what that would have led to is not known, so nothing may be removed.
 */
export async function markNeededBlobs(
  session: Session,
  snapshots: readonly StoredSnapshot[],
  signal?: AbortSignal,
  onSnapshot: SnapshotListener = () => {},
): Promise<Uint8Array> {
  const { index } = session;
  const giveWay = createGiveWay(signal);
  const needed = new Uint8Array(index.size);
  const pending: BlobId[] = [];
  const read = new Uint8Array(index.size);
  const reader = treesAhead(
    session,
    snapshots.map(({ snapshot }) => snapshot.tree),
    { isWanted: (id) => read[index.entryOf('tree', id)] !== 1, ...(signal && { signal }) },
  );
  let snapshot: StoredSnapshot;
  /** True if this is news. */
  const mark = (type: BlobType, id: BlobId): boolean => {
    const entry = index.entryOf(type, id);
    if (entry < 0 || !index.isStored(type, id)) throw missingError(session, snapshot, type, id);
    if (needed[entry] === 1) return false;
    needed[entry] = 1;
    return true;
  };
  for (const [at, stored] of snapshots.entries()) {
    snapshot = stored;
    if (mark('tree', stored.snapshot.tree)) pending.push(stored.snapshot.tree);
    for (let tree = pending.pop(); tree !== undefined; tree = pending.pop()) {
      await giveWay();
      const below: BlobId[] = [];
      for (const node of (await readTree(reader, stored, tree)).nodes) {
        for (const id of contentOf(session, node)) mark('data', id);
        const subtree = subtreeOf(session, node);
        if (subtree !== undefined && mark('tree', subtree)) below.push(subtree);
      }
      read[index.entryOf('tree', tree)] = 1;
      pending.push(...below.reverse());
    }
    onSnapshot(at + 1);
  }
  return needed;
}

/** What a type of entry means that is not known here nobody knows: of that, what is there is kept. */
function contentOf({ index }: Session, { type, content }: Node): readonly BlobId[] {
  if (type !== 'irregular') return content ?? [];
  return (content ?? []).filter((id) => index.isStored('data', id));
}

function subtreeOf({ index }: Session, { type, subtree }: Node): BlobId | undefined {
  const isLost = type === 'irregular' && subtree !== undefined && !index.isStored('tree', subtree);
  return isLost ? undefined : subtree;
}

async function readTree(reader: TreeReader, stored: StoredSnapshot, tree: BlobId) {
  try {
    return await reader.loadTree(tree);
  } catch (cause) {
    // What could not be read now may be there the next time.
    if (!isDamage(errorCode(cause))) throw cause;
    throw new CairnError(
      'repository-damaged',
      `A folder list of snapshot ${stored.id.slice(0, SHORT_ID_LENGTH)} cannot be read (${(cause as Error).message}), so it is unknown what that snapshot needs. Nothing was removed. "cairn verify" shows what is affected. ${AFTER_LOSS}`,
      { cause, details: { snapshot: stored.id, tree } },
    );
  }
}

function missingError(session: Session, stored: StoredSnapshot, type: BlobType, id: BlobId): CairnError {
  return new CairnError(
    'repository-damaged',
    `Content that snapshot ${stored.id.slice(0, SHORT_ID_LENGTH)} needs is in no index of ${session.repository.backend.location}. Nothing was removed. "cairn verify" shows what is affected. ${AFTER_LOSS}`,
    { details: { snapshot: stored.id, type, blob: id } },
  );
}
