import { Journal, type Change, type Changes, isInside, lastName } from '../../engine/index.ts';

/** A state of a folder that is known in full: what a snapshot says, by these rules. */
export interface KnownState {
  readonly snapshot: string;
  /** Rules by which it was looked at, as text to be compared. */
  readonly rules: string;
}

/** Beyond so many differences a look at everything costs less than to remember them. */
const MOST_KNOWN = 20_000;
/** They decide about other files than themselves. */
const ruleFiles = new Set(['.gitignore', '.cairnignore', 'CACHEDIR.TAG']);

/**
 * What is known of a folder between looks at all of it, for one repository: what may have changed since
 * the last snapshot, for the next backup; and what was found to differ from it, for those who ask what
 * changed. Lost with the worker; then everything is looked at.
 */
export class FolderJournal {
  readonly #folder: string;
  #base: KnownState | undefined;
  #newestSeen: string | undefined;
  readonly #sinceBase: Journal;
  #compared: KnownState | undefined;
  #sinceCompared: Journal;
  readonly #differences = new Map<string, Change>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = folder;
    this.#sinceBase = new Journal(folder);
    this.#sinceCompared = new Journal(folder);
  }

  /** The snapshot that is complete but for what was noted since; absent if that is not known. */
  get base(): KnownState | undefined {
    return this.#base;
  }

  /** The newest snapshot when the base was settled, which is another one if that one did not fit. */
  get newestSeen(): string | undefined {
    return this.#newestSeen;
  }

  /** Whether it is known what may have changed since the base. */
  get isNarrow(): boolean {
    return this.#sinceBase.isNarrow;
  }

  /** Whether nothing was found to differ from that state, nor noted since it was compared. */
  isKnownEqual({ snapshot, rules }: KnownState): boolean {
    const isCompared = this.#compared?.snapshot === snapshot && this.#compared.rules === rules;
    return isCompared && this.#differences.size === 0 && this.#sinceCompared.isEmpty;
  }

  /** Notes paths that may have changed; absent: anything may have. */
  note(paths: readonly string[] | undefined): void {
    for (const journal of [this.#sinceBase, this.#sinceCompared]) {
      if (paths) for (const path of paths) journal.add(path);
      else journal.addAnything();
    }
  }

  /** Hands out what a backup has to look at. */
  takeForBackup(): Changes {
    return this.#sinceBase.take();
  }

  /** Takes back what a backup took that failed. */
  giveBack(changes: Changes): void {
    this.#sinceBase.giveBack(changes);
  }

  /** Another process made a newer snapshot: what was noted may differ from that one just as well. */
  moveTo(state: KnownState): void {
    this.#begin(state, state.snapshot);
  }

  /** A snapshot has another id now and is otherwise as it was, as after its label was changed. */
  replaceSnapshot(before: string, after: string): void {
    const moved = (state: KnownState | undefined) =>
      state?.snapshot === before ? { ...state, snapshot: after } : state;
    this.#base = moved(this.#base);
    this.#compared = moved(this.#compared);
    if (this.#newestSeen === before) this.#newestSeen = after;
  }

  /** A backup is done: but for what came in since it took the changes, the disk is as the snapshot says. */
  settle(state: KnownState, newest = state.snapshot): void {
    this.#begin(state, newest);
  }

  /**
   * What differs from a snapshot. `compare` looks at paths, or at everything; here it is asked for no
   * more than what may have changed since it was last asked, if `quick`.
   */
  differences<P>(
    state: KnownState,
    quick: boolean,
    compare: (paths: readonly string[] | undefined, found: (change: Change) => void) => Promise<P>,
  ): Promise<{ readonly changes: readonly Change[]; readonly problems: P | undefined }> {
    return this.#inTurn(async () => {
      const isKnown = this.#compared?.snapshot === state.snapshot && this.#compared.rules === state.rules;
      const noted = this.#sinceCompared.take();
      const paths = quick && isKnown && noted !== 'anything' && !noted.some(isRuleFile) ? noted : undefined;
      const found: Change[] = [];
      const before = this.#compared;
      try {
        const problems = paths?.length === 0 ? undefined : await compare(paths, (change) => found.push(change));
        // A backup that ended meanwhile knows more.
        const isCurrent = this.#compared === before;
        if (isCurrent) this.#remember(state, paths, found);
        return { changes: isCurrent && paths ? this.#list() : found, problems };
      } catch (error) {
        this.#sinceCompared.giveBack(noted);
        throw error;
      }
    });
  }

  #begin(state: KnownState, newest: string): void {
    this.#base = state;
    this.#newestSeen = newest;
    this.#compared = state;
    this.#differences.clear();
    const changes = this.#sinceBase.take();
    this.#sinceBase.giveBack(changes);
    this.#sinceCompared = new Journal(this.#folder);
    this.#sinceCompared.giveBack(changes);
  }

  #remember(state: KnownState, paths: readonly string[] | undefined, found: readonly Change[]): void {
    if (!paths) this.#differences.clear();
    for (const path of paths ?? []) {
      for (const known of this.#differences.keys()) {
        if (isInside(known, path)) this.#differences.delete(known);
      }
    }
    for (const change of found) this.#differences.set(change.path, change);
    this.#compared = this.#differences.size > MOST_KNOWN ? undefined : state;
  }

  #list(): Change[] {
    return [...this.#differences.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run);
    this.#turn = result.catch(() => {});
    return result;
  }
}

function isRuleFile(path: string): boolean {
  return ruleFiles.has(lastName(path));
}
