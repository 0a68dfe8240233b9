import { CairnError } from '../../base/errors.ts';
import {
  diffWithDisk,
  fileHistory,
  findPlace,
  findSnapshot,
  readFileContent,
  type PlaceInSnapshot,
  type Session,
  isInside,
} from '../../engine/index.ts';
import type { RepositoryRef } from '../engineProtocol/refs.ts';
import type { SnapshotRow } from '../engineProtocol/snapshots.ts';
import { changesBetween, type ChangeSink } from './changesBetween.ts';
import type { Engine } from './engine.ts';
import type { Handlers } from './handler.ts';
import { ignoreOptions } from './ignoreOptions.ts';
import { movedTo } from './movedTo.ts';
import { ChangeCollector, entryRow, rebase, snapshotRow, snapshotRows } from './rows.ts';
import { isOfWorkspace, workspaceAt } from './workspaces.ts';

/** Commands that look into snapshots. Nothing is locked: what is read is there or it is not. */
export const contentHandlers: Handlers<
  'snapshotChanges' | 'diskChanges' | 'listFolder' | 'statEntry' | 'readFile' | 'fileHistory'
> = {
  async snapshotChanges(engine, { repository, snapshot, before, limit }, { signal }) {
    const all = await engine.snapshots(repository, { isAwaited: true });
    const rows = snapshotRows(all);
    const previous = before ?? rows.find(({ id }) => id === snapshot)?.previous;
    const beforeRow = rows.find(({ id }) => id === previous);
    return engine.look(repository, async (session) => {
      const collector = new ChangeCollector(limit);
      const add: ChangeSink = (change, place) => collector.add(change, place);
      const find = (id: string) => all.find((stored) => stored.id === id) ?? findSnapshot(session.repository, id);
      const earlier = previous === undefined ? undefined : await find(previous);
      const problems = await changesBetween(session, earlier, await find(snapshot), add, signal);
      return { ...collector.list(problems), ...(beforeRow && { before: beforeRow }) };
    });
  },

  diskChanges: (engine, { repository, snapshot, source, paths, limit }, { signal, onProgress }) =>
    engine.look(repository, async (session) => {
      const collector = new ChangeCollector(limit);
      const stored = await findSnapshot(session.repository, snapshot);
      const { problems } = await diffWithDisk(session, stored, {
        ...movedTo(source.folder, stored),
        rules: ignoreOptions(source.rules, repository),
        ...(paths && { paths }),
        onChange: (change) => collector.add(change),
        signal,
        onProgress,
      });
      return collector.list(problems);
    }),

  listFolder: (engine, { repository, snapshot, path }) =>
    inSnapshot(engine, repository, snapshot, path, async (session, { tree }) => {
      if (tree === undefined) throw new CairnError('refused', `"${path}" is not a folder.`);
      return (await session.reader.loadTree(tree)).nodes.map(entryRow);
    }),

  statEntry: (engine, { repository, snapshot, path }) =>
    inSnapshot(engine, repository, snapshot, path, async (_session, { node, stored }) => {
      if (node) return entryRow(node);
      const { time } = stored.snapshot;
      return { name: '', type: 'dir', size: 0, mtime: time, ctime: time, mode: 0o755 };
    }),

  readFile: (engine, { repository, snapshot, path, maxBytes }, { signal }) =>
    inSnapshot(engine, repository, snapshot, path, async (session, place) => {
      const size = Number(place.node?.size ?? 0);
      if (size > maxBytes) {
        throw new CairnError(
          'refused',
          `"${path}" is too large to be opened: it has ${size} bytes. Restore it instead.`,
          {
            details: { size, maxBytes },
          },
        );
      }
      const parts: Buffer[] = [];
      let length = 0;
      for await (const part of readFileContent(session.reader, place, signal)) {
        length += part.length;
        // The size is only what somebody wrote into a folder list.
        if (length > maxBytes) throw new CairnError('refused', `"${path}" is longer than its folder says.`);
        parts.push(part);
      }
      return new Uint8Array(Buffer.concat(parts));
    }),

  async fileHistory(engine, { repository, path, folder }, { signal }) {
    const identity = await workspaceAt(folder);
    const all = await engine.snapshots(repository, { isAwaited: true });
    const rows = new Map(snapshotRows(all).map((row) => [row.id, row]));
    const ids = all.filter((stored) => isOfWorkspace(stored, folder, identity)).map(({ id }) => id);
    if (ids.length === 0) return [];
    return engine.look(repository, async (session) => {
      const { id, earlierPaths: earlierRoots } = identity;
      const workspace = id === undefined ? {} : { workspace: { id, root: folder, earlierRoots } };
      const versions = await fileHistory(session, path, { snapshots: ids, ...workspace, signal });
      return versions.map(({ change, first, last, snapshots, path: inTree, node, contentId }) => {
        const snapshot = rows.get(first.id) ?? snapshotRow(all.find(({ id }) => id === first.id)!);
        return {
          change,
          snapshot,
          lastTime: last.time,
          snapshots,
          path: placeAtThatTime({ path, folder, inTree }, snapshot),
          ...(node?.type === 'file' && { size: Number(node.size ?? 0) }),
          ...(contentId !== undefined && { contentId }),
        };
      });
    });
  },
};

/** Where on the disk a file was when a snapshot was made of its workspace, which may have been elsewhere then. */
function placeAtThatTime(
  { path, folder, inTree }: { readonly path: string; readonly folder: string; readonly inTree: string },
  { paths }: SnapshotRow,
): string {
  if (paths.some((target) => isInside(path, target))) return path;
  return paths.length === 1 && isInside(path, folder) ? rebase(path, folder, paths[0]!) : inTree;
}

/** Looks at a place of a snapshot; `path` as on the disk. Throws `snapshot-not-found`, `path-not-in-snapshot`. */
async function inSnapshot<T>(
  engine: Engine,
  repository: RepositoryRef,
  snapshot: string,
  path: string,
  work: (session: Session, place: PlaceInSnapshot) => Promise<T>,
): Promise<T> {
  return engine.look(repository, async (session) => {
    const stored = await findSnapshot(session.repository, snapshot);
    return work(session, await findPlace(session.reader, stored, path));
  });
}
