import { CairnError } from '../base/errors.ts';
import { systemCode } from '../base/systemCode.ts';
import { displayPath } from '../base/rawName.ts';
import { entryKindOf, type EntryKind } from '../disk/entryKind.ts';
import { listNames } from '../disk/folders.ts';
import { appendToFsPath, type FsPath } from '../disk/fsPath.ts';
import {
  decide,
  enterFolder,
  givenUpFiles,
  readFolderRules,
  type FolderRules,
  type IgnoreState,
  type SkipReason,
} from './ignoreRules.ts';
import { joinName, namesBelow } from '../disk/paths.ts';
import { withReachablePath } from '../disk/reachablePath.ts';
import { lstatExact, type ExactStats } from '../disk/stats.ts';

/** Something that belongs into the backup. */
export interface Entry {
  readonly name: string;
  readonly path: string;
  readonly kind: EntryKind;
  /** Of the entry itself: links are not followed. */
  readonly stats: ExactStats;
  /** Folders only: the state with which to list it. */
  readonly rules: IgnoreState | undefined;
}

/** Something that the rules leave out. */
export interface SkippedEntry {
  readonly path: string;
  readonly isFolder: boolean;
  readonly reason: SkipReason;
  /** For a person: the pattern with its place, or what else was the reason. */
  readonly detail: string;
}

/** Something that could not be looked at. `vanished`: it was there a moment ago, or became something else. */
export interface EntryError {
  readonly path: string;
  readonly kind: 'vanished' | 'unreadable';
  readonly error: unknown;
}

export interface FolderListing {
  /** In the order of a tree's nodes: by their raw names. */
  readonly entries: readonly Entry[];
  readonly skipped: readonly SkippedEntry[];
  /** If the folder itself could not be read, its own path, and there are no entries. */
  readonly errors: readonly EntryError[];
  /** Ignore files that were given up, each told once. They are in the backup, as is what they would leave out. */
  readonly givenUp: readonly SkippedEntry[];
}

/** What became of one path. */
export type Finding =
  | { readonly found: 'entry'; readonly entry: Entry }
  | { readonly found: 'skipped'; readonly skipped: SkippedEntry }
  | { readonly found: 'error'; readonly error: EntryError };

/** The longest name on any file system, with the slash before it. */
const roomForName = 256;

/**
 * Lists a folder and decides about each entry, or each of these names, without entering any. `path` is
 * absolute and `state` was made for it. Never throws for what is wrong on the disk: that is in `errors`,
 * and the rest goes on.
 */
export function listFolder(path: string, state: IgnoreState, only?: ReadonlySet<string>): FolderListing {
  const entries: Entry[] = [];
  const skipped: SkippedEntry[] = [];
  const errors: EntryError[] = [];
  const givenUp: SkippedEntry[] = [];
  try {
    withReachablePath(
      path,
      (reachable) => {
        const names = listNames(reachable);
        const folder = readFolderRules(state, (name) => names.includes(name));
        for (const name of only ? names.filter((found) => only.has(found)) : names) {
          const finding = examine(reachable, name, folder);
          if (finding.found === 'entry') entries.push(finding.entry);
          else if (finding.found === 'skipped') skipped.push(finding.skipped);
          else errors.push(finding.error);
        }
        givenUp.push(...tellGivenUp(folder));
      },
      roomForName,
    );
  } catch (error) {
    errors.push(lostEntry(path, error));
  }
  return { entries, skipped, errors, givenUp };
}

function tellGivenUp(folder: IgnoreState): SkippedEntry[] {
  return givenUpFiles(folder).flatMap(({ path, cost }) => {
    if (cost.isTold) return [];
    cost.isTold = true;
    const detail = 'its patterns take too long to compare, so they do not count: have fewer and simpler ones';
    return [{ path, isFolder: false, reason: 'slow-patterns', detail }];
  });
}

/**
 * Decides about one path below the folder of `state`, as listing each folder on the way would. A folder on
 * the way that is left out decides about all that is in it, and is what is returned then.
 */
export function findEntry(path: string, state: IgnoreState): Finding {
  const names = namesBelow(state.path, path);
  for (let folder = state; ;) {
    const finding = findInFolder(folder, names.shift() ?? '');
    if (finding.found !== 'entry' || names.length === 0) return finding;
    if (!finding.entry.rules) {
      const error = new CairnError('source-not-found', `${displayPath(finding.entry.path)} is not a folder any more.`);
      return { found: 'error', error: { path, kind: 'vanished', error } };
    }
    folder = finding.entry.rules;
  }
}

function findInFolder(state: IgnoreState, name: string): Finding {
  try {
    const rules = readFolderRules(state);
    return withReachablePath(state.path, (reachable) => examine(reachable, name, rules), roomForName);
  } catch (error) {
    return lost(joinName(state.path, name), error);
  }
}

function examine(folder: FsPath, name: string, rules: FolderRules): Finding {
  const path = joinName(rules.path, name);
  let stats: ExactStats;
  try {
    stats = lstatExact(appendToFsPath(folder, name, '/'));
  } catch (error) {
    return lost(path, error);
  }
  const kind = entryKindOf(stats.mode);
  const isFolder = kind === 'dir';
  const decision = decide(rules, name, isFolder, kind === undefined, stats);
  if (!decision.included) {
    return { found: 'skipped', skipped: { path, isFolder, reason: decision.reason, detail: decision.detail } };
  }
  const entry: Entry = {
    name,
    path,
    kind: kind!,
    stats,
    rules: isFolder ? enterFolder(rules, name, decision, stats.dev) : undefined,
  };
  return { found: 'entry', entry };
}

function lost(path: string, error: unknown): Finding {
  return { found: 'error', error: lostEntry(path, error) };
}

function lostEntry(path: string, error: unknown): EntryError {
  const code = systemCode(error);
  // Not the disk's fault, but ours.
  if (code === undefined) throw error;
  return { path, kind: code === 'ENOENT' || code === 'ENOTDIR' ? 'vanished' : 'unreadable', error };
}
