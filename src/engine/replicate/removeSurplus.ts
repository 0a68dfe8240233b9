/**
 * Removing from a replica what its source has no more, once that is due. What must stay true at every instant: each
 * snapshot of the replica is whole. It does, since
 *
 * 1. snapshots go first, which takes nothing from others;
 * 2. index files and packs go only once it was proven, folder by folder, that each snapshot that stays finds all that it
 *    needs in packs that stay, listed by index files that stay. If one does not, none of them goes;
 * 3. a pack that an index file lists which stays, stays, too: the source may have lost it by accident;
 * 4. index files go before the packs that only they list, so what is listed is there;
 * 5. all of this under an exclusive lock, by what is in the replica then.
 */
import type { Backend } from '../../backend/backend.ts';
import { throwIfAborted } from '../../base/abort.ts';
import { allAtOnce } from '../../base/atOnce.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import type { PackId } from '../../repository/format/ids.ts';
import type { Repository } from '../../repository/repository.ts';
import { SHORT_ID_LENGTH } from '../../repository/snapshots.ts';
import { isForbidden } from './copyOne.ts';
import type { WaitingFile } from './goneFiles.ts';
import { listAtOnce, removalOrder, type RepositoryFiles, type StoredFile } from './replicaFiles.ts';
import { findBroken, readIndexOf } from './wholeSnapshots.ts';

export interface RemoveSurplusOptions {
  readonly source: Repository;
  /** As they were listed, under a lock that still holds. */
  readonly sourceFiles: RepositoryFiles;
  /** Opened, and locked exclusively. */
  readonly replica: Repository;
  /** What only the replica has, and is due. */
  readonly due: readonly WaitingFile[];
  /** Awaited before each removal. */
  readonly checkLocks: () => Promise<void>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ProgressListener | undefined;
}

export interface SurplusRemoval {
  readonly removed: readonly StoredFile[];
  /** Why the rest stays: the storage forbids it, or a snapshot that stays needs it. Absent if all went that may. */
  readonly stopped?: { readonly state: 'forbidden' | 'needed'; readonly reason: string };
}

/** Removes what is due. Throws what the storage fails with, `lock-lost`, `aborted`; what was removed stays so. */
export async function removeSurplus(options: RemoveSurplusOptions): Promise<SurplusRemoval> {
  const { replica, due, signal } = options;
  const there = await listAtOnce(replica.backend, signal ? { signal } : {});
  const present = due.filter(({ type, name }) => there[type].has(name));
  const removed: StoredFile[] = [];
  const snapshots = present.filter(({ type }) => type === 'snapshot');
  try {
    await remove(options, snapshots, removed);
    const { files, needing } = await provenFiles(options, there, present);
    for (const type of removalOrder) {
      if (type === 'snapshot') continue;
      await remove(
        options,
        files.filter((file) => file.type === type),
        removed,
      );
    }
    if (needing.length === 0) return { removed };
    return { removed, stopped: { state: 'needed', reason: neededText(needing) } };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return { removed, stopped: { state: 'forbidden', reason: forbiddenText(replica.backend) } };
  }
}

function neededText(needing: readonly string[]): string {
  const ids = needing.slice(0, 3).map((id) => id.slice(0, SHORT_ID_LENGTH));
  const rest = needing.length > 3 ? ` and ${needing.length - 3} more` : '';
  return `Packs and index files that are due stay, since snapshots in the replica may not be whole without them: ${ids.join(', ')}${rest}.`;
}

function forbiddenText({ location }: Backend): string {
  return `The storage of ${location} forbids removing, so what the repository has no more stays there.`;
}

/** Of what is due and no snapshot, that which may go; and the snapshots that need the rest, if there are any. */
async function provenFiles(
  { source, sourceFiles, replica, signal }: RemoveSurplusOptions,
  there: RepositoryFiles,
  due: readonly WaitingFile[],
): Promise<{ readonly files: readonly WaitingFile[]; readonly needing: readonly string[] }> {
  const named = (type: WaitingFile['type']) =>
    new Set<string>(due.filter((file) => file.type === type).map(({ name }) => name));
  const [dueSnapshots, dueIndexes, duePacks] = [named('snapshot'), named('index'), named('pack')];
  const files = due.filter(({ type }) => type !== 'snapshot');
  if (dueIndexes.size + duePacks.size === 0) return { files, needing: [] };
  const stays = (name: string) => !dueIndexes.has(name);
  const isThere = (id: PackId) => there.pack.has(id);
  const left = await readIndexOf(replica, [...there.index.keys()].filter(stays), isThere, signal);
  const known = await readIndexOf(source, [...sourceFiles.index.keys()], () => true, signal);
  const snapshots = [...there.snapshot.keys()].filter((name) => !dueSnapshots.has(name));
  // The source is nearer as a rule; what is the same file there is read there.
  const isInSource = (name: string) => sourceFiles.snapshot.has(name);
  const needing = await findBroken(
    [
      { session: known.session, names: snapshots.filter(isInSource) },
      { session: left.session, names: snapshots.filter((name) => !isInSource(name)) },
    ],
    left.session.index,
    signal,
  );
  const isListed = ({ type, name }: WaitingFile) => type === 'pack' && (left.listed as ReadonlySet<string>).has(name);
  const isProven = (file: WaitingFile) => file.type === 'key' || (needing.length === 0 && !isListed(file));
  return { files: files.filter(isProven), needing };
}

async function remove(
  { replica: { backend }, checkLocks, signal, onProgress }: RemoveSurplusOptions,
  files: readonly StoredFile[],
  removed: StoredFile[],
): Promise<void> {
  const progress = throttleProgress(onProgress);
  let [items, bytes] = [0, 0];
  await allAtOnce(files, backend.properties.connections, async (file) => {
    throwIfAborted(signal);
    await checkLocks();
    await backend.remove({ type: file.type, name: file.name }, signal ? { signal } : {});
    removed.push(file);
    bytes += file.size;
    progress.report({ phase: 'Removing files', items: ++items, totalItems: files.length, bytes });
  });
  progress.flush();
}
