import { splitPlace, type FolderPlace } from '../../disk/enteredFolders.ts';
import type { ListedEntry } from '../../disk/folders.ts';
import { joinPath } from '../../disk/paths.ts';
import type { PlanDraft } from './planDraft.ts';
import type { PlannedRemoval } from './restorePlan.ts';
import { lstat, statIfThere } from '../../disk/stats.ts';
import { toFsPath } from '../../disk/fsPath.ts';

/** What `delete` must leave alone; `path` is absolute, in the destination. */
export type IsIgnored = (path: string, isFolder: boolean) => boolean;

/** A removal before its folder has a place in the plan. */
export type DraftRemoval = Omit<PlannedRemoval, 'folder'>;

/** What must never be removed, whatever the rules say. */
export interface RemovalRules {
  readonly isIgnored: IsIgnored;
  /** The repository itself, by device and inode. */
  readonly repository: { readonly dev: number; readonly ino: number } | undefined;
}

/** The rules for a repository at `address`, if that is a folder of this machine. */
export function createRemovalRules(isIgnored: IsIgnored, address: string): RemovalRules {
  const stats = statIfThere(toFsPath(address.replace(/^local:/, '')));
  return { isIgnored, repository: stats?.isDirectory() ? { dev: stats.dev, ino: stats.ino } : undefined };
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
      removals.push({ path, isFolder: false, size: inside.size });
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
): { entries: readonly ListedEntry[]; size: number } | undefined {
  const shown = joinPath(joinPath(place.root, place.path), path);
  if (rules.isIgnored(shown, isFolder)) return undefined;
  try {
    const { folder, name } = splitPlace(place, path);
    const stats = lstat(draft.reach.enter(folder).at(name));
    if (!isFolder) return { entries: [], size: stats.size };
    const isRepository = stats.dev === rules.repository?.dev && stats.ino === rules.repository.ino;
    if (stats.dev !== device || isRepository) return undefined;
    const below = place.path === '' ? path : `${place.path}/${path}`;
    return { entries: draft.list({ root: place.root, path: below }), size: 0 };
  } catch (error) {
    draft.failWith(shown, error);
    return undefined;
  }
}
