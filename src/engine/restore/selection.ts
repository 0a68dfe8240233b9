import { Minimatch } from 'minimatch';
import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { createNodeFinder, followNames, type PlaceInSnapshot } from '../snapshotPath.ts';
import type { TreeReader } from '../walkTree.ts';
import { namesOfTreePath, treePathOf } from '../../base/treePath.ts';
import { treeNamesOf } from '../../disk/treePaths.ts';
import { isWindows } from '../../disk/system.ts';

/** How much of a folder is restored: everything in it, perhaps something deeper down, or nothing. */
export type Selected = 'all' | 'some' | 'none';

export interface SelectionOptions {
  /**
   * Paths and globs, from the root of the restored tree on. One that names an entry of the tree means it and
   * all below it, whatever characters it has; else it is a glob in minimatch's syntax: without a slash it is
   * compared with names at any depth. A folder that matches is taken with all that is in it.
   */
  readonly include?: readonly string[];
  /**
   * Paths as above, and never globs. That the snapshot does not have one is no error: then it means what the
   * destination has there.
   */
  readonly paths?: readonly string[];
  /** Globs as above; what matches is left out, and everything below it. */
  readonly exclude?: readonly string[];
}

interface Pattern {
  readonly source: string;
  readonly matches: (path: string, name: string) => boolean;
  /** True if something below this folder could match. */
  readonly mayMatchBelow: (path: string) => boolean;
  readonly foldersOnly: boolean;
  used: boolean;
}

/** Decides what is restored. */
export class Selection {
  readonly #include: readonly Pattern[];
  readonly #exclude: readonly Pattern[];

  constructor(include: readonly Pattern[], exclude: readonly Pattern[]) {
    this.#include = include;
    this.#exclude = exclude;
  }

  /** That of the root of the tree. */
  get root(): Selected {
    return this.#include.length === 0 ? 'all' : 'some';
  }

  /**
   * What the entry `name` at `path` is, in a folder of which `folder` is selected. `isExtra`: the snapshot does
   * not have it, so it does not count as found.
   */
  select(folder: Selected, path: string, name: string, isFolder: boolean, isExtra = false): Selected {
    if (folder === 'none') return 'none';
    const matches = (pattern: Pattern) => (isFolder || !pattern.foldersOnly) && pattern.matches(path, name);
    if (this.#exclude.some(matches)) return 'none';
    if (folder === 'all') return 'all';
    let found = false;
    // Each pattern is asked, so that one that matches nothing at all can be told.
    for (const pattern of this.#include) {
      if (!matches(pattern)) continue;
      pattern.used ||= !isExtra;
      found = true;
    }
    if (found) return 'all';
    return isFolder && this.#include.some((pattern) => pattern.mayMatchBelow(path)) ? 'some' : 'none';
  }

  /** Throws `path-not-in-snapshot` if something was asked for that the snapshot does not have. */
  checkAllFound(): void {
    const missing = this.#include.filter((pattern) => !pattern.used).map((pattern) => displayPath(pattern.source));
    if (missing.length === 0) return;
    throw new CairnError(
      'path-not-in-snapshot',
      `The snapshot has nothing that matches ${missing.map((source) => `"${source}"`).join(', ')}. "cairn ls" shows what it has.`,
      { details: { missing } },
    );
  }
}

/** Prepares a selection for a tree. Throws `usage` for a pattern that minimatch refuses. */
export async function createSelection(
  reader: TreeReader,
  place: PlaceInSnapshot,
  options: SelectionOptions,
): Promise<Selection> {
  const include: Pattern[] = [];
  const find = createNodeFinder(reader);
  const placeNames = namesOfTreePath(place.path);
  for (const source of options.include ?? []) {
    const names = treeNamesOf(source, isWindows);
    // Everything: as if nothing had been asked for.
    if (names.length === 0) return new Selection([], (options.exclude ?? []).map(globPattern));
    const found = await followNames(find, place.stored, [...placeNames, ...names]);
    include.push(found ? pathPattern(source, treePathOf(names)) : globPattern(source));
  }
  for (const source of options.paths ?? [])
    include.push({ ...pathPattern(source, treePathOf(treeNamesOf(source, isWindows))), used: true });
  return new Selection(include, (options.exclude ?? []).map(globPattern));
}

function pathPattern(source: string, wanted: string): Pattern {
  return {
    source,
    matches: (path) => path === wanted,
    mayMatchBelow: (path) => wanted.startsWith(`${path}/`),
    foldersOnly: false,
    used: false,
  };
}

function globPattern(source: string): Pattern {
  const foldersOnly = source.length > 1 && source.endsWith('/');
  const text = source.replace(/^(\.\/+)+/, '').replace(/(?<=.)\/+$/, '');
  const base = { source, foldersOnly, used: false };
  const options = { dot: true, nonegate: true, nocomment: true, windowsPathsNoEscape: isWindows };
  try {
    if (!text.includes('/')) {
      const matcher = new Minimatch(text, options);
      return { ...base, matches: (_, name) => matcher.match(name), mayMatchBelow: () => true };
    }
    const matcher = new Minimatch(text.startsWith('/') ? text : `/${text}`, options);
    return { ...base, matches: (path) => matcher.match(path), mayMatchBelow: (path) => matcher.match(path, true) };
  } catch (cause) {
    const message = `The pattern "${displayPath(source.slice(0, 100))}" cannot be used: ${(cause as Error).message}. Change it.`;
    throw new CairnError('usage', message, { cause });
  }
}
