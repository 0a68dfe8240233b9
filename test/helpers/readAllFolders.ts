import { withSession } from '../../src/engine/session.ts';
import { walkTree } from '../../src/engine/walkTree.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { listSnapshots } from '../../src/repository/snapshots.ts';

/** Reads the index, all snapshots and all folders, and returns the paths in them. Throws what cannot be read. */
export async function readAllFolders(repository: Repository): Promise<string[]> {
  const paths: string[] = [];
  await withSession(repository, { lock: 'none' }, async ({ reader }) => {
    for (const { snapshot } of await listSnapshots(repository)) {
      for await (const entry of walkTree(reader, snapshot.tree)) {
        if (entry.kind === 'problem') throw new Error(entry.message);
        paths.push(entry.path);
      }
    }
  });
  return paths;
}
