import {
  compareNodes,
  createNodeFinder,
  diffSnapshots,
  joinPath,
  locateTargets,
  type Change,
  type PlaceInSnapshot,
  type Session,
  type StoredSnapshot,
} from '../../engine/index.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { wayInTree } from '../../base/treePath.ts';

/** Hears of a change; `place` turns its path into one on the disk. */
export type ChangeSink = (change: Change, place?: (path: string) => DiskPath) => void;

/**
 * What differs between two snapshots of one workspace, in each of the folders that the later one is of; without an
 * earlier one, all is added. Returns what could not be compared.
 */
export async function changesBetween(
  session: Session,
  before: StoredSnapshot | undefined,
  after: StoredSnapshot,
  onChange: ChangeSink,
  signal: AbortSignal,
) {
  const finder = createNodeFinder(session.reader);
  const later = await locateTargets(finder, after);
  const earlier = before ? await locateTargets(finder, before) : [];
  const problems = [];
  for (const { path, place } of later) {
    // Of a workspace that was moved, the folder has another path.
    const other = earlier.find((each) => each.path === path) ?? (later.length === 1 ? earlier[0] : undefined);
    problems.push(...(await compareTargets(session, [other?.place, place], path, onChange, signal)));
  }
  return problems;
}

async function compareTargets(
  session: Session,
  [before, after]: readonly [PlaceInSnapshot | undefined, PlaceInSnapshot],
  path: DiskPath,
  onChange: ChangeSink,
  signal: AbortSignal,
) {
  if (after.tree === undefined || (before && before.tree === undefined)) {
    const change = before?.node ? compareNodes(before.node, after.node!, false) : { kind: 'added' as const };
    if (change) onChange({ path, after: after.node!, ...change });
    return [];
  }
  const { problems } = await diffSnapshots(session, before?.tree, after.tree, {
    path: after.path,
    signal,
    onChange: (change) => onChange(change, (inTree) => joinPath(path, wayInTree(after.path, inTree) ?? '')),
  });
  return problems;
}
