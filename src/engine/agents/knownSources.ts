/**
 * What is backed up on this machine, and by which rules: one small file for each repository and set of paths, in the
 * user's data folder. Whoever makes a snapshot that nobody named the rules for, as agents' hooks do, takes them from
 * here: with other rules it would seem that files were deleted. A source that is not known is not backed up by itself.
 */
import type { DiskPath } from '../../base/pathKinds.ts';
import { isFolder } from '../../disk/durableWrite.ts';
import { isInside, joinName, resolveLinks, resolvePath } from '../../disk/paths.ts';
import { writeQuickly } from '../../disk/quickWrite.ts';
import { readSmallFile } from '../../disk/smallFile.ts';
import { sha256Hex } from '../../repository/hash.ts';
import type { IgnoreOptions } from '../../workspace/ignoreRules.ts';
import { findLinkedWorktree, listLinkedWorktrees } from '../../workspace/gitRepository.ts';
import { createIgnoredPaths } from '../ignoredPaths.ts';
import { noteNames, sourcesFolder } from './noteFolders.ts';

/** A set of paths that goes to a repository. */
export interface KnownSource {
  /** The id in the config of the repository. */
  readonly repository: string;
  /** As they were written, which decides about the tree of a snapshot. */
  readonly targets: readonly string[];
  readonly workingFolder: DiskPath;
  /** Functions among them are not kept. */
  readonly rules: IgnoreOptions;
  /** It is a linked work tree of the git repository there, and is backed up since that is. */
  readonly worktreeOf?: DiskPath;
}

/** The absolute paths of a source. */
export function pathsOf({ targets, workingFolder }: Pick<KnownSource, 'targets' | 'workingFolder'>): DiskPath[] {
  return targets.map((target) => resolvePath(target, workingFolder));
}

/** Writes down a source that was just backed up. Throws nothing: without it, hooks make no snapshots of it. */
export function noteSource(dataFolder: DiskPath, { rules, ...source }: KnownSource): void {
  const name = `${sha256Hex(JSON.stringify([source.repository, ...pathsOf(source)]))}.json`;
  const file = joinName(sourcesFolder(dataFolder), name);
  const text = `${JSON.stringify({ version: 1, ...source, rules })}\n`;
  try {
    if (readIfThere(file) !== text) writeQuickly(file, [Buffer.from(text)]);
  } catch {
    // A full disk, or one that cannot be written to: the backup itself is done.
  }
}

/** All that is known. Files that are damaged, or of a later Cairn, are passed over. Throws nothing. */
export function readSources(dataFolder: DiskPath): KnownSource[] {
  const folder = sourcesFolder(dataFolder);
  return noteNames(folder).flatMap((name) => parseSource(readIfThere(joinName(folder, name))) ?? []);
}

/**
 * The sources that have one of these places in them, those with the longest way to it first. A linked work tree of a git
 * repository that is backed up is a source of its own, by the same rules, unless it is backed up along with another.
 */
export function sourcesOf(sources: readonly KnownSource[], places: readonly DiskPath[]): KnownSource[] {
  const worktrees = places.flatMap((place) => worktreeSource(sources, place) ?? []);
  return [...worktrees, ...sourcesAbove(sources, places)];
}

/**
 * The linked work trees of the repositories that have their tops where a source begins, wherever they lie: each is a source of
 * its own, by the same rules. Without those that are backed up along with this source, or that somebody backs up by themselves.
 */
export function worktreesOf(sources: readonly KnownSource[], source: KnownSource): KnownSource[] {
  const isOther = ({ repository, worktreeOf }: KnownSource) =>
    repository === source.repository && worktreeOf === undefined;
  const others = [source, ...sources.filter(isOther)];
  return pathsOf(source).flatMap((top) =>
    listLinkedWorktrees(top).flatMap((worktree) => worktreeSource(others, worktree) ?? []),
  );
}

function worktreeSource(sources: readonly KnownSource[], place: DiskPath): KnownSource | undefined {
  const worktree = findLinkedWorktree(resolveLinks(place));
  if (!worktree) return undefined;
  const { top, main } = worktree;
  const [of] = sourcesAbove(sources, [main]);
  const [holding] = sourcesAbove(sources, [top]);
  if (!of || (holding && !isLeftOut(holding, top))) return undefined;
  return { repository: of.repository, targets: [top], workingFolder: top, rules: of.rules, worktreeOf: main };
}

function isLeftOut(source: KnownSource, folder: DiskPath): boolean {
  const roots = pathsOf(source);
  return !roots.includes(folder) && createIgnoredPaths(roots, source.rules)(folder, true);
}

/** The linked work trees of the repository in a folder that were backed up, and are not there any more. */
export function goneWorktrees(sources: readonly KnownSource[], folder: DiskPath): DiskPath[] {
  const own = sources.filter(({ worktreeOf }) => worktreeOf !== undefined && isInside(worktreeOf, folder));
  return own.flatMap((source) => pathsOf(source)).filter((path) => !isFolder(path));
}

function sourcesAbove(sources: readonly KnownSource[], places: readonly DiskPath[]): KnownSource[] {
  const wanted = places.flatMap((place) => [place, resolveLinks(place)]);
  const depth = (source: KnownSource) => {
    const above = pathsOf(source).filter((path) => wanted.some((place) => isInside(place, path)));
    return Math.max(0, ...above.map(({ length }) => length));
  };
  return sources
    .map((source) => ({ source, depth: depth(source) }))
    .filter((found) => found.depth > 0)
    .sort((a, b) => b.depth - a.depth)
    .map(({ source }) => source);
}

function readIfThere(file: DiskPath): string | undefined {
  try {
    return readSmallFile(file).toString('utf8');
  } catch {
    return undefined;
  }
}

function parseSource(text: string | undefined): KnownSource | undefined {
  try {
    const { version, ...source } = JSON.parse(text ?? '') as KnownSource & { readonly version: number };
    const { repository, targets, workingFolder, rules } = source;
    const isSound =
      version === 1 &&
      Array.isArray(targets) &&
      [repository, workingFolder, ...(targets as unknown[])].every((value) => typeof value === 'string') &&
      typeof rules === 'object';
    return isSound ? source : undefined;
  } catch {
    return undefined;
  }
}
