import type { PathBelow } from '../../base/pathKinds.ts';
import { foldName } from '../../disk/names.ts';

/**
 * The names that the entries of a plan take in one folder. Two that differ only in the case of letters, or in the
 * form of an accent, are one name for some file systems: then there is room for the first alone.
 */
export class TakenNames {
  readonly #listed = new Set<PathBelow>();
  readonly #folded = new Set<string>();

  /**
   * Takes a name; `listed` is what stands under it in the destination, if anything does. `taken`: another entry
   * takes the very same place. `uncertain`: another may, which shows when that one is there.
   */
  take(name: PathBelow, listed: PathBelow | undefined): 'free' | 'uncertain' | 'taken' {
    if (listed !== undefined && this.#listed.has(listed)) return 'taken';
    if (listed !== undefined) this.#listed.add(listed);
    const folded = foldName(name);
    if (this.#folded.has(folded)) return 'uncertain';
    this.#folded.add(folded);
    return 'free';
  }
}
