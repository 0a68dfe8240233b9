import { errorCode } from '../../base/errors.ts';
import { fuzzyRank } from '../../base/fuzzyPath.ts';
import { filesEver, joinPath, type FileEver, type StoredSnapshot } from '../../engine/index.ts';
import type { Engine } from './engine.ts';
import type { Handlers } from './handler.ts';
import { isOfWorkspace, workspaceAt } from './workspaces.ts';

/** What was found last, since a person who types a name asks with each letter. */
interface Known {
  readonly key: string;
  readonly files: Promise<readonly FileEver[]>;
}

const known = new WeakMap<Engine, Known>();

/** Finding files by name among all that ever were. */
export const pastFileHandlers: Handlers<'findPastFiles'> = {
  async findPastFiles(engine, { repository, folder, text, limit }, { signal }) {
    const identity = await workspaceAt(folder);
    const all = await engine.snapshots(repository, { isAwaited: true });
    const newestFirst = all.filter((stored) => isOfWorkspace(stored, folder, identity)).reverse();
    const search = () => engine.look(repository, (session) => filesEver(session, folder, newestFirst, signal));
    const key = keyOf(folder, repository.location, newestFirst);
    const files = await remember(engine, key, search).catch((error: unknown) => {
      // With the next letter, the search for the one before is given up.
      if (errorCode(error) !== 'aborted' || signal.aborted) throw error;
      return remember(engine, key, search);
    });
    const ranked = files.flatMap((file) => {
      const rank = fuzzyRank(file.way, text.trim());
      return rank === undefined ? [] : [{ file, rank }];
    });
    ranked.sort((a, b) => a.rank - b.rank || a.file.way.length - b.file.way.length);
    const [newest] = newestFirst;
    const rows = ranked.slice(0, limit).map(({ file: { way, last } }) => ({
      path: joinPath(folder, way),
      ...(last.id !== newest?.id && { lastTime: last.snapshot.time }),
    }));
    return { rows, total: ranked.length };
  },
};

function keyOf(folder: string, location: string | undefined, snapshots: readonly StoredSnapshot[]): string {
  return [folder, location ?? '', ...snapshots.map(({ id }) => id)].join('\n');
}

function remember(engine: Engine, key: string, search: () => Promise<readonly FileEver[]>): Known['files'] {
  const before = known.get(engine);
  if (before?.key === key) return before.files;
  const files = search();
  known.set(engine, { key, files });
  files.catch(() => {
    if (known.get(engine)?.files === files) known.delete(engine);
  });
  return files;
}
