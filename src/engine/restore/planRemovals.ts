import { splitPlace, type FolderPlace } from '../../disk/enteredFolders.ts';
import type { ListedEntry } from '../../disk/folders.ts';
import { joinPath, pathInside } from '../../disk/paths.ts';
import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { PlanDraft } from './planDraft.ts';
import type { PlannedRemoval } from './restorePlan.ts';
import { lstat, lstatExactIfThere, statExactIfThere, type ExactStats, type Stats } from '../../disk/stats.ts';
import type { Location } from '../../base/location.ts';
import { toFsPath } from '../../disk/fsPath.ts';

/** What `delete` must leave alone; `path` is absolute, in the destination. */
export type IsIgnored = (path: string, isFolder: boolean) => boolean;

/** A removal before its folder has a place in the plan. */
export type DraftRemoval = Omit<PlannedRemoval, 'folder'>;

/** What must never be removed, whatever the rules say. */
export interface RemovalRules {
  readonly isIgnored: IsIgnored;
  readonly repository: RepositoryFolder;
}

/** The folder of the repository itself, by device and inode; undefined if it is no folder of this machine. */
export type RepositoryFolder = Pick<ExactStats, 'dev' | 'ino'> | undefined;

/** The folder of a repository at a location. */
export function findRepositoryFolder({ folder }: Location): RepositoryFolder {
  const stats = folder === undefined ? undefined : statExactIfThere(toFsPath(folder));
  // Some network drives of Windows number nothing.
  return stats?.isDirectory() && stats.ino !== 0n ? { dev: stats.dev, ino: stats.ino } : undefined;
}

/**
 * True if a folder is that of the repository: a restore neither writes there nor deletes. `lookExactly` is asked
 * only where it may be so: numbers of files on Windows are too large for those of JavaScript.
 */
export function isRepository(
  { ino }: Pick<Stats, 'ino'>,
  repository: RepositoryFolder,
  lookExactly: () => Pick<ExactStats, 'dev' | 'ino'> | undefined,
): boolean {
  if (repository === undefined || Number(repository.ino) !== ino) return false;
  const exact = lookExactly();
  return exact?.dev === repository.dev && exact.ino === repository.ino;
}

/** Throws `refused` for a destination at or in the folder of the repository, which it would destroy. */
export function refuseInRepository(destination: DiskPath, { folder }: Location): void {
  if (folder === undefined || pathInside(folder, destination) === undefined) return;
  throw new CairnError(
    'refused',
    `${displayPath(destination)} lies in the repository itself. Choose another destination.`,
  );
}

interface OpenFolder {
  /** Below the starting folder. */
  readonly path: string;
  readonly entries: readonly ListedEntry[];
  next: number;
  isEmptied: boolean;
}

/**
 * Lists what goes when an entry of a folder goes, with all that is in it, without following links: contents
 * first. What is ignored, another file system, and the repository stay, and so do the folders above them;
 * `kept` counts them.
 */
export async function listRemovals(
  draft: PlanDraft,
  rules: RemovalRules,
  place: FolderPlace,
  entry: ListedEntry,
): Promise<{ removals: DraftRemoval[]; kept: number }> {
  const removals: DraftRemoval[] = [];
  let kept = 0;
  const device = lstat(draft.reach.enter(place).at('.')).dev;
  const open: OpenFolder[] = [{ path: '', entries: [entry], next: 0, isEmptied: true }];
  for (let folder = open.at(-1); folder; folder = open.at(-1)) {
    const found = folder.entries[folder.next++];
    if (!found) {
      open.pop();
      const parent = open.at(-1);
      if (!parent) break;
      if (folder.isEmptied) removals.push({ path: folder.path, isFolder: true, size: 0 });
      else parent.isEmptied = false;
      continue;
    }
    const path = folder.path === '' ? found.name : `${folder.path}/${found.name}`;
    const inside = examine(draft, rules, place, path, found.isFolder, device);
    if (inside === undefined) {
      folder.isEmptied = false;
      kept++;
    } else if (found.isFolder) {
      open.push({ path, entries: inside.entries, next: 0, isEmptied: true });
    } else {
      const { size, mtimeMs } = inside.stats;
      removals.push({ path, isFolder: false, size, seen: { size, mtimeMs } });
    }
    await draft.breathe(0);
  }
  return { removals, kept };
}

/** Undefined if the entry must stay. */
function examine(
  draft: PlanDraft,
  rules: RemovalRules,
  place: FolderPlace,
  path: string,
  isFolder: boolean,
  device: number,
): { entries: readonly ListedEntry[]; stats: Stats } | undefined {
  const shown = joinPath(joinPath(place.root, place.path), path);
  if (rules.isIgnored(shown, isFolder)) return undefined;
  try {
    const { folder, name } = splitPlace(place, path);
    const target = draft.reach.enter(folder).at(name);
    const stats = lstat(target);
    if (!isFolder) return { entries: [], stats };
    if (stats.dev !== device || isRepository(stats, rules.repository, () => lstatExactIfThere(target)))
      return undefined;
    const below = place.path === '' ? path : `${place.path}/${path}`;
    return { entries: draft.list({ root: place.root, path: below }), stats };
  } catch (error) {
    draft.failWith(shown, error);
    return undefined;
  }
}
