import { joinName, splitPath, topFolder } from '../disk/paths.ts';

/** A folder on the way to noted paths: its entries by name. A noted path has none. */
type Branch = Map<string, Branch>;

/**
 * A set of absolute paths at or below each of which anything may have changed. A path below another
 * that is noted adds nothing. Costs follow the depth of a path, not the size of the set.
 */
export class ChangedPaths {
  readonly #roots: Branch = new Map();
  #size = 0;

  constructor(paths: Iterable<string> = []) {
    for (const path of paths) this.add(path);
  }

  /** How many paths are noted, without those that lie below others. */
  get size(): number {
    return this.#size;
  }

  /** Notes a path. It is cleaned: absolute, without `.`, `..` and a separator at the end. */
  add(path: string): void {
    const names = splitPath(path);
    let branch = this.#roots;
    for (const [at, name] of names.entries()) {
      const next = branch.get(name);
      if (next?.size === 0) return;
      if (next && at === names.length - 1) this.#size -= countNoted(next);
      if (next && at < names.length - 1) {
        branch = next;
        continue;
      }
      const added: Branch = new Map();
      branch.set(name, added);
      branch = added;
    }
    this.#size++;
  }

  /**
   * What may have changed in a folder: `all` if it or a folder above it is noted, else the names of those
   * of its entries that are noted or lead to what is.
   */
  namesIn(folder: string): 'all' | readonly string[] {
    let branch = this.#roots;
    for (const name of splitPath(folder)) {
      const next = branch.get(name);
      if (!next) return [];
      if (next.size === 0) return 'all';
      branch = next;
    }
    return [...branch.keys()];
  }

  /** True if something may have changed at, below or above the path. */
  touches(path: string): boolean {
    return this.namesIn(path).length > 0;
  }

  /** The noted paths. */
  list(): string[] {
    const paths: string[] = [];
    const visit = (branch: Branch, path: string) => {
      for (const [name, next] of branch) {
        const below = joinName(path, name);
        if (next.size === 0) paths.push(below);
        else visit(next, below);
      }
    };
    for (const [root, branch] of this.#roots) {
      if (branch.size === 0) paths.push(topFolder(root));
      else visit(branch, topFolder(root));
    }
    return paths;
  }
}

function countNoted(branch: Branch): number {
  if (branch.size === 0) return 1;
  let count = 0;
  for (const next of branch.values()) count += countNoted(next);
  return count;
}
