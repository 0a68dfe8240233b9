import { displayPath } from '../../base/rawName.ts';
import type { Repository } from '../../engine/index.ts';
import type { RepositoryRef } from '../engineProtocol/refs.ts';
import type { RepositoryInfo } from '../engineProtocol/targets.ts';
import type { Engine } from './engine.ts';
import type { Handlers } from './handler.ts';
import { createRepositoryRef, repositoryFolder } from './openRepositoryRef.ts';
import { snapshotRows } from './rows.ts';

/** Commands on targets as a whole. */
export const targetHandlers: Handlers<'repositoryInfo' | 'createRepository'> = {
  async repositoryInfo(engine, { repository: ref }) {
    return describe(engine, ref, await engine.open(ref));
  },

  async createRepository(engine, { repository: ref }) {
    const repository = await createRepositoryRef(ref);
    await repository.backend.close();
    return describe(engine, ref, await engine.open(ref));
  },
};

async function describe(engine: Engine, ref: RepositoryRef, repository: Repository): Promise<RepositoryInfo> {
  const rows = snapshotRows(await engine.snapshots(ref, { isAwaited: true }));
  const packs = await repository.backend.list('pack');
  const folder = repositoryFolder(ref);
  return {
    location: folder === undefined ? repository.backend.location : displayPath(folder),
    ...(folder !== undefined && { folder }),
    id: repository.config.id,
    version: repository.config.version,
    snapshots: rows.length,
    ...(rows[0] && { lastSnapshot: rows[0] }),
    bytes: packs.reduce((sum, { size }) => sum + size, 0),
  };
}
