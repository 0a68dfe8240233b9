import type { EngineCommands } from '../../worker/engineProtocol.ts';
import type { Cairn } from '../cairn.ts';
import type { SnapshotPlace } from './snapshotPlace.ts';

/** What a snapshot changed, at most so many, and the snapshot before it. */
export async function fetchChanges(
  { engine, targets }: Pick<Cairn, 'engine' | 'targets'>,
  { target, row }: SnapshotPlace,
  limit: number,
): Promise<EngineCommands['snapshotChanges']['result']> {
  const repository = await targets.repositoryRef(target);
  const { id: snapshot, previous: before } = row;
  return engine.call('snapshotChanges', { repository, snapshot, limit, ...(before !== undefined && { before }) });
}
