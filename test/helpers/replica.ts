import type { Backend } from '../../src/backend/backend.ts';
import { replicate } from '../../src/engine/replicate/replicate.ts';
import type { ReplicateOptions, ReplicateResult } from '../../src/engine/replicate/replicateTypes.ts';
import type { BlobId, SnapshotId } from '../../src/repository/format/ids.ts';
import { sha256Hex } from '../../src/repository/hash.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';
import { MemoryBackend } from './memoryBackend.ts';
import { openSession } from './session.ts';
import { tempFolder } from './tempFolder.ts';

export const DAY = 86_400_000;

/** A replica in memory, and runs that bring it up to date by a clock of their own. */
export interface TestReplica {
  readonly backend: MemoryBackend;
  /** Where is remembered what waits. */
  readonly recordFolder: string;
  /** Lets so much time pass. Milliseconds. */
  wait(time: number): void;
  run(source: Repository, options?: ReplicateOptions, backend?: Backend): Promise<ReplicateResult>;
}

export function createTestReplica(recordFolder = tempFolder()): TestReplica {
  const backend = new MemoryBackend();
  let time = Date.parse('2026-03-04T05:06:07Z');
  return {
    backend,
    recordFolder,
    wait: (passed) => void (time += passed),
    run: (source, options, place = backend) => replicate(source, place, { recordFolder, now: () => time, ...options }),
  };
}

/**
 * Reads all that the snapshots of a repository need, and returns their ids. Throws if anything is missing or damaged, if
 * an index lists a pack that is not there, or if a file is not what its name says.
 */
export async function readWhole(backend: MemoryBackend): Promise<SnapshotId[]> {
  for (const [path, content] of backend.files) {
    if (path !== 'config' && sha256Hex(content) !== path.slice(-64))
      throw new Error(`${path} is not what it is called.`);
  }
  const { repository, index, reader } = await openSession(backend);
  const packs = new Set((await backend.list('pack')).map(({ name }) => name));
  const lost = index.packIds.filter((id) => !packs.has(id));
  if (lost.length > 0) throw new Error(`An index lists packs that are not there: ${lost.join(', ')}.`);
  const seen = new Set<BlobId>();
  const snapshots = await listSnapshots(repository);
  const pending = snapshots.map(({ snapshot }) => snapshot.tree);
  for (let tree = pending.pop(); tree !== undefined; tree = pending.pop()) {
    if (seen.has(tree)) continue;
    seen.add(tree);
    for (const { content, subtree } of (await reader.loadTree(tree)).nodes) {
      for (const id of content ?? []) await reader.load('data', id);
      if (subtree !== undefined) pending.push(subtree);
    }
  }
  return snapshots.map(({ id }) => id).sort();
}
