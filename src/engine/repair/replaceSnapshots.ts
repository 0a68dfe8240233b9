/** What it takes to put snapshots with other trees in the place of some: the trees first, then snapshot by snapshot. */
import { throwIfAborted } from '../../base/abort.ts';
import { CairnError, errorCode } from '../../base/errors.ts';
import type { PathBelow } from '../../base/pathKinds.ts';
import type { SnapshotId } from '../../repository/format/ids.ts';
import type { Snapshot } from '../../repository/format/snapshot.ts';
import { PackSaver } from '../../repository/pack/packSaver.ts';
import { removeSnapshot, saveSnapshot, SHORT_ID_LENGTH, type StoredSnapshot } from '../../repository/snapshots.ts';
import { TreeWriter } from '../codec/treeWriter.ts';
import type { Session } from '../session.ts';

/** Paths that a tree takes over from those in it: one that stands in many places, and these in many more, has any number. */
const MOST_PATHS = 1_000;

/** Runs `work`, which writes trees and awaits `ready` now and then. Afterwards all of them are durable, and listed. */
export async function writeTrees<T>(
  session: Session,
  { dryRun = false }: { readonly dryRun?: boolean | undefined },
  work: (writer: TreeWriter, ready: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const { repository, index, checkLock } = session;
  const saver = new PackSaver(repository, index, { checkLock, dryRun });
  const writer = new TreeWriter(session, saver);
  try {
    const result = await work(writer, () => saver.ready());
    writer.flush();
    await saver.flush();
    return result;
  } catch (error) {
    // What is stored is listed, so that the next attempt finds the index right.
    await saver.flush().catch(() => {});
    throw error;
  }
}

/** Adds to the ways of a folder those of one in it; where they would be many, the inner folder stands for them. */
export function addWays(ways: PathBelow[], folder: PathBelow, below: readonly PathBelow[]): void {
  if (ways.length + below.length > MOST_PATHS) ways.push(folder);
  else for (const way of below) ways.push(`${folder}/${way}`);
}

/** A snapshot, and what takes its place; nothing if nothing of it is left. */
export interface Replacement {
  readonly before: SnapshotId;
  readonly after: Snapshot | undefined;
  /** The original goes. */
  readonly forget: boolean;
}

/**
 * Stores the new snapshot, unless an earlier run did, and removes the original if it is to go; returns the id of the
 * new one. The trees have to be durable. Throws what storing and removing fail with.
 */
export async function replaceSnapshot(
  { repository, checkLock }: Session,
  { before, after, forget }: Replacement,
  known: readonly StoredSnapshot[],
  signal?: AbortSignal,
): Promise<SnapshotId | undefined> {
  throwIfAborted(signal);
  await checkLock({ look: true });
  const made =
    after && (known.find(({ snapshot }) => isSame(snapshot, after))?.id ?? (await saveSnapshot(repository, after)));
  if (!forget) return made;
  try {
    await removeSnapshot(repository, before);
  } catch (error) {
    const code = errorCode(error);
    if (made === undefined || (code !== 'read-only' && code !== 'permission-denied')) throw error;
    const [old, anew] = [before, made].map((id) => id.slice(0, SHORT_ID_LENGTH));
    const message = `${(error as Error).message} The snapshot ${anew} is stored, and ${old}, whose place it takes, is there still.`;
    throw new CairnError(code, message, { cause: error });
  }
  return made;
}

function isSame(known: Snapshot, made: Snapshot): boolean {
  return (
    known.original === made.original &&
    known.tree === made.tree &&
    known.time === made.time &&
    known.hostname === made.hostname
  );
}
