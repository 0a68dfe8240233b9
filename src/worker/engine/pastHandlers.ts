import {
  dataFolder,
  deletedFiles,
  goneWorktrees,
  readSources,
  searchContent,
  wayBelow,
  type FoundContent,
  type HistoryWorkspace,
  type StoredSnapshot,
} from '../../engine/index.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { DeletedRow } from '../engineProtocol/past.ts';
import type { SnapshotRow } from '../engineProtocol/snapshots.ts';
import type { Handlers } from './handler.ts';
import { snapshotRows } from './rows.ts';
import { isOfWorkspace, workspaceAt } from './workspaces.ts';

/** Rows go out together when so many are there, or so many milliseconds after the last ones. */
const MOST_ROWS = 200;
const INTERVAL = 100;

/** Commands that look through all snapshots of a workspace folder. Nothing is locked. */
export const pastHandlers: Handlers<'deletedFiles' | 'searchContent'> = {
  async deletedFiles(engine, { repository, folder, limit, text = '' }, { signal, onPart }) {
    const all = await engine.snapshots(repository, { isAwaited: true });
    const past = await pastOf(all, folder);
    const words = text.toLowerCase().split(/\s+/);
    const problems = new Set<string>();
    const worktrees = await goneWorktreeRows(all, folder);
    if (worktrees.length > 0) onPart(worktrees);
    if (past.ids.length === 0) return { truncated: false, problems: [] };
    return engine.look(repository, async (session) => {
      const found = deletedFiles(session, folder, {
        snapshots: past.ids,
        ...past.workspace,
        withDisk: true,
        pairs: engine.removedPairs,
        signal,
        onProblem: ({ message }) => problems.add(message),
      });
      const rows = wanted(found, ({ path, renamedTo }) => {
        const way = (wayBelow(folder, path) ?? path).toLowerCase();
        return renamedTo === undefined && words.every((word) => way.includes(word));
      });
      const truncated = await handOut(rows, limit, onPart, ({ path, type, size, last, gone }) => ({
        path,
        type,
        ...(size !== undefined && { size: Number(size) }),
        snapshot: past.rows.get(last.id)!,
        ...(gone && { goneBy: gone.snapshot.time }),
      }));
      return { truncated, problems: [...problems] };
    });
  },

  async searchContent(engine, { repository, folder, pattern, globs, limit }, { signal, onProgress, onPart }) {
    const past = await pastOf(await engine.snapshots(repository, { isAwaited: true }), folder);
    const problems = new Set<string>();
    if (past.ids.length === 0) return { truncated: false, problems: [] };
    return engine.look(repository, async (session) => {
      const found = searchContent(session, pattern, [folder], {
        snapshots: past.ids,
        ...past.workspace,
        globs,
        signal,
        onProgress,
        onProblem: ({ message }) => problems.add(message),
      });
      const toRow = ({ path, stored, node, contentId, lines, isCut }: FoundContent) => ({
        path,
        snapshot: past.rows.get(stored.id)!,
        size: Number(node.size ?? 0),
        contentId,
        lines,
        isCut,
      });
      return { truncated: await handOut(found, limit, onPart, toRow), problems: [...problems] };
    });
  },
};

/** The snapshots of a workspace folder, and how to follow it to where it was. */
async function pastOf(
  all: readonly StoredSnapshot[],
  folder: string,
): Promise<{
  readonly ids: readonly string[];
  readonly rows: ReadonlyMap<string, SnapshotRow>;
  readonly workspace: { readonly workspace?: HistoryWorkspace };
}> {
  const identity = await workspaceAt(folder);
  const ours = all.filter((stored) => isOfWorkspace(stored, folder, identity));
  const { id, earlierPaths: earlierRoots } = identity;
  return {
    ids: ours.map((stored) => stored.id),
    rows: new Map(snapshotRows(ours).map((row) => [row.id, row])),
    workspace: id === undefined ? {} : { workspace: { id, root: folder, earlierRoots } },
  };
}

/** The linked work trees of a folder that are gone, each with the newest snapshot of it. */
async function goneWorktreeRows(all: readonly StoredSnapshot[], folder: DiskPath): Promise<DeletedRow[]> {
  const rows: DeletedRow[] = [];
  for (const path of goneWorktrees(readSources(dataFolder()), folder)) {
    const past = await pastOf(all, path);
    const newest = past.ids.at(-1);
    if (newest) rows.push({ path, type: 'dir', snapshot: past.rows.get(newest)!, isWorktree: true });
  }
  return rows;
}

async function* wanted<T>(items: AsyncIterable<T>, isWanted: (item: T) => boolean): AsyncGenerator<T, void, void> {
  for await (const item of items) if (isWanted(item)) yield item;
}

/** Hands rows out, a few together; returns whether there are more than `limit`. */
async function handOut<T, Row>(
  items: AsyncIterable<T>,
  limit: number,
  onPart: (rows: readonly Row[]) => void,
  toRow: (item: T) => Row,
): Promise<boolean> {
  let rows: Row[] = [];
  let count = 0;
  let sentAt = -Infinity;
  const send = () => {
    if (rows.length > 0) onPart(rows);
    rows = [];
    sentAt = performance.now();
  };
  for await (const item of items) {
    if (count++ === limit) {
      send();
      return true;
    }
    rows.push(toRow(item));
    if (rows.length >= MOST_ROWS || performance.now() - sentAt > INTERVAL) send();
  }
  send();
  return false;
}
