import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { treePathOf } from '../../base/treePath.ts';
import { treeNamesOf } from '../../disk/treePaths.ts';
import { isWindows } from '../../disk/system.ts';
import {
  compilePatterns,
  type PatternListener,
  type PatternLists,
  type PatternScope,
} from '../../workspace/resticPatterns.ts';

/** How much of a folder is restored: everything in it, perhaps something deeper down, or nothing. */
export type Selected = 'all' | 'some' | 'none';

export interface SelectionOptions {
  /** Paths from the root of the restored tree on: each means what is there, and all below it. */
  readonly include?: readonly string[];
  /** The same, but that the snapshot does not have one is no error: then it means what the destination has there. */
  readonly paths?: readonly string[];
  /** What fits is taken, too, and everything below it; see {@link compilePatterns}. Paths begin at that root with `/`. */
  readonly includePatterns?: PatternLists;
  /** What fits is left out, and everything below it, whatever else is said. */
  readonly excludePatterns?: PatternLists;
  /** Hears of each pattern when it first fits something in the snapshot. */
  readonly onMatch?: PatternListener;
}

interface WantedPath {
  readonly source: string;
  readonly path: string;
  isFound: boolean;
}

/** What the patterns say in a folder. */
interface FolderScopes {
  /** Empty for the root. */
  readonly path: string;
  readonly include: readonly PatternScope[];
  readonly exclude: readonly PatternScope[];
}

/** Decides what is restored. The folders come in the order of a walk. */
export class Selection {
  readonly #paths: readonly WantedPath[];
  /** By path: there may be very many. */
  readonly #byPath: ReadonlyMap<string, readonly WantedPath[]>;
  /** Folders in which some of them are. */
  readonly #onTheWay = new Set<string>();
  /** The root, and folders on the way to the last one that was asked about. */
  readonly #folders: FolderScopes[];
  readonly #takesAll: boolean;
  #foundAny = false;

  constructor(paths: readonly WantedPath[] | undefined, options: SelectionOptions) {
    this.#paths = paths ?? [];
    this.#byPath = Map.groupBy(this.#paths, ({ path }) => path);
    for (const { path } of this.#paths) {
      for (const folder of foldersAbove(path)) this.#onTheWay.add(folder);
    }
    const compile = (lists: PatternLists = {}) => compilePatterns(lists, ['/'], { onMatch: options.onMatch });
    const include = paths ? compile(options.includePatterns) : [];
    this.#folders = [{ path: '', include, exclude: compile(options.excludePatterns) }];
    this.#takesAll = this.#paths.length + include.length === 0;
  }

  /** That of the root of the tree. */
  get root(): Selected {
    return this.#takesAll ? 'all' : 'some';
  }

  /**
   * What the entry `name` at `path` is, in a folder of which `folder` is selected. `isExtra`: the snapshot does
   * not have it, so it does not count as found.
   */
  select(folder: Selected, path: string, name: string, isFolder: boolean, isExtra = false): Selected {
    if (folder === 'none') return 'none';
    const scopes = this.#scopesOf(path.slice(0, -name.length - 1));
    const fits = (scope: PatternScope) => scope.find(name, !isExtra) !== undefined;
    if (scopes.exclude.some(fits)) return 'none';
    if (this.#takesAll) return 'all';
    // Each is asked, so that one that fits nothing at all can be told.
    const byPattern = scopes.include.filter(fits).length > 0;
    if (this.#isWanted(path, isExtra) || byPattern) {
      this.#foundAny ||= !isExtra;
      return 'all';
    }
    const leadsOn = () => this.#onTheWay.has(path) || scopes.include.some((scope) => scope.enter(name).mayFitBelow);
    return isFolder && leadsOn() ? 'some' : 'none';
  }

  /** Throws `path-not-in-snapshot` if a path was asked for that the snapshot does not have, or patterns that fit nothing. */
  checkAllFound(): void {
    const missing = this.#paths.filter(({ isFound }) => !isFound).map(({ source }) => displayPath(source));
    if (missing.length > 0) {
      throw new CairnError(
        'path-not-in-snapshot',
        `The snapshot has nothing at ${missing.map((source) => `"${source}"`).join(', ')}. "cairn ls" shows what it has.`,
        { details: { missing } },
      );
    }
    if (this.#takesAll || this.#foundAny || this.#paths.length > 0) return;
    throw new CairnError(
      'path-not-in-snapshot',
      'The snapshot has nothing that the patterns include. "cairn ls" shows what it has.',
    );
  }

  #isWanted(path: string, isExtra: boolean): boolean {
    const named = this.#byPath.get(path);
    for (const wanted of named ?? []) wanted.isFound ||= !isExtra;
    return named !== undefined || foldersAbove(path).some((folder) => this.#byPath.has(folder));
  }

  #scopesOf(path: string): FolderScopes {
    let folder = this.#folders.at(-1)!;
    while (path !== folder.path && !path.startsWith(`${folder.path}/`)) {
      this.#folders.pop();
      folder = this.#folders.at(-1)!;
    }
    if (path === folder.path) return folder;
    for (const name of path.slice(folder.path.length + 1).split('/')) {
      const enter = (scope: PatternScope) => scope.enter(name);
      folder = {
        path: `${folder.path}/${name}`,
        include: folder.include.map(enter),
        exclude: folder.exclude.map(enter),
      };
      this.#folders.push(folder);
    }
    return folder;
  }
}

/** E.g. `/a` and `/a/b` for `/a/b/c`. */
function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) folders.push(path.slice(0, at));
  return folders;
}

/** Prepares a selection for a tree. Throws `usage` for malformed patterns. */
export function createSelection(options: SelectionOptions): Selection {
  const wanted: WantedPath[] = [];
  for (const source of options.include ?? []) {
    const names = treeNamesOf(source, isWindows);
    // Everything: as if nothing had been asked for.
    if (names.length === 0) return new Selection(undefined, options);
    wanted.push({ source, path: treePathOf(names), isFound: false });
  }
  for (const source of options.paths ?? []) {
    wanted.push({ source, path: treePathOf(treeNamesOf(source, isWindows)), isFound: true });
  }
  return new Selection(wanted, options);
}
