import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend } from '../../../src/backend/backend.ts';
import { openDefaultRepository } from '../../../src/engine/defaultRepository.ts';
import { Repository } from '../../../src/repository/repository.ts';
import { listSnapshots, saveSnapshot } from '../../../src/repository/snapshots.ts';

/**
 * Adds snapshots like the oldest one to the default repository below the home folder, each a while
 * (in milliseconds) before the one after it.
 */
export async function addSnapshots(home: string, count: number, apart: number): Promise<void> {
  const data = join(home, '.local/share/cairn');
  const paths = { repository: join(data, 'repository'), passwordFile: join(data, 'password') };
  const repository = await openDefaultRepository(paths);
  const { backend, config, masterKey, keyId } = repository;
  // Thousands that are made durable one by one take minutes.
  const save: Backend['save'] = async ({ name }, parts) =>
    writeFileSync(join(paths.repository, 'snapshots', name), Buffer.concat(parts));
  const quick = new Repository(Object.create(backend, { save: { value: save } }) as Backend, config, masterKey, keyId);
  const [oldest] = await listSnapshots(repository);
  const { snapshot } = oldest!;
  for (let at = 1; at <= count; at++) {
    const time = new Date(Date.parse(snapshot.time) - at * apart).toISOString();
    const tags = snapshot.tags!.map((tag) => (tag === 'manual' ? 'save' : tag));
    await saveSnapshot(quick, { ...snapshot, time, tags });
  }
}
