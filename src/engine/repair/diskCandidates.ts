import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { createIgnoreState } from '../../workspace/ignoreRules.ts';
import { listFolder } from '../../workspace/listFolder.ts';
import type { AffectedPath } from '../verify/findings.ts';
import { lstatIfThere, exists } from '../../disk/stats.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { treeNamesOf } from '../../disk/treePaths.ts';
import { joinPath, resolvePath } from '../../disk/paths.ts';

/**
 * Where on the disk a path of a snapshot may be. How many leading names of a backed-up path stand in the
 * tree depends on how it was asked for (format notes 6.1), so each way that fits is a candidate; files that
 * are not there are left out.
 */
export function diskCandidates(affected: readonly AffectedPath[], snapshots: readonly StoredSnapshot[]): string[] {
  const byId = new Map(snapshots.map((stored) => [stored.id, stored]));
  const candidates = new Set<string>();
  for (const { path, snapshots: ids } of affected) {
    const names = treeNamesOf(path, false);
    const targets = new Set(ids.flatMap((id) => byId.get(id)?.snapshot.paths ?? []));
    for (const target of targets) for (const candidate of placesBelow(target, names)) candidates.add(candidate);
  }
  return [...candidates].filter((candidate) => exists(toFsPath(candidate)));
}

function placesBelow(target: string, names: readonly string[]): string[] {
  const ofTarget = treeNamesOf(target);
  const places: string[] = [];
  for (let shared = 0; shared <= ofTarget.length; shared++) {
    const isEnd = ofTarget.slice(ofTarget.length - shared).every((name, at) => name === names[at]);
    if (isEnd) places.push(joinPath(target, names.slice(shared).join('/')));
  }
  return places;
}

/** All files at and below these paths, whatever rules would leave out. Links are not followed. */
export function* filesBelow(paths: readonly string[]): Generator<string> {
  const pending = paths.map((path) => resolvePath(path));
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const stats = lstatIfThere(toFsPath(path));
    if (stats?.isFile()) yield path;
    if (!stats?.isDirectory()) continue;
    for (const entry of listFolder(path, createIgnoreState(path, path, {})).entries) {
      if (entry.kind === 'file') yield entry.path;
      else if (entry.kind === 'dir') pending.push(entry.path);
    }
  }
}
