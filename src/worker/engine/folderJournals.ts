import type { RepositoryRef } from '../engineProtocol/refs.ts';
import { placeKey } from '../../base/samePlace.ts';
import { FolderJournal } from './folderJournal.ts';

/** What a folder is compared with: its newest snapshot, or an older one, which no backup settles. */
const comparisons = ['newest', 'baseline'] as const;
type ComparedWith = (typeof comparisons)[number];

/** The journals of all folders, each for every repository that was asked for it. */
export class FolderJournals {
  readonly #folders = new Map<string, Map<string, FolderJournal>>();

  of(folder: string, repository: RepositoryRef, comparedWith: ComparedWith = 'newest'): FolderJournal {
    let journals = this.#folders.get(placeKey(folder));
    if (!journals) this.#folders.set(placeKey(folder), (journals = new Map<string, FolderJournal>()));
    const key = keyOf(repository, comparedWith);
    let journal = journals.get(key);
    if (!journal) journals.set(key, (journal = new FolderJournal(folder)));
    return journal;
  }

  /** A snapshot of a repository has another id now; see {@link FolderJournal.replaceSnapshot}. */
  replaceSnapshot(repository: RepositoryRef, before: string, after: string): void {
    for (const journals of this.#folders.values()) {
      for (const one of comparisons) journals.get(keyOf(repository, one))?.replaceSnapshot(before, after);
    }
  }

  /** Notes paths below a folder that may have changed; absent: anything may have. */
  note(folder: string, paths: readonly string[] | undefined): void {
    for (const journal of this.#folders.get(placeKey(folder))?.values() ?? []) journal.note(paths);
  }
}

function keyOf({ location = '' }: RepositoryRef, comparedWith: ComparedWith): string {
  return `${comparedWith} ${location}`;
}
