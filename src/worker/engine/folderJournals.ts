import type { RepositoryRef } from '../engineProtocol/refs.ts';
import { placeKey } from '../../base/samePlace.ts';
import { FolderJournal } from './folderJournal.ts';

/** The journals of all folders, each for every repository that was asked for it. */
export class FolderJournals {
  readonly #folders = new Map<string, Map<string, FolderJournal>>();

  of(folder: string, { location }: RepositoryRef): FolderJournal {
    let journals = this.#folders.get(placeKey(folder));
    if (!journals) this.#folders.set(placeKey(folder), (journals = new Map<string, FolderJournal>()));
    let journal = journals.get(location ?? '');
    if (!journal) journals.set(location ?? '', (journal = new FolderJournal(folder)));
    return journal;
  }

  /** A snapshot of a repository has another id now; see {@link FolderJournal.replaceSnapshot}. */
  replaceSnapshot({ location }: RepositoryRef, before: string, after: string): void {
    for (const journals of this.#folders.values()) journals.get(location ?? '')?.replaceSnapshot(before, after);
  }

  /** Notes paths below a folder that may have changed; absent: anything may have. */
  note(folder: string, paths: readonly string[] | undefined): void {
    for (const journal of this.#folders.get(placeKey(folder))?.values() ?? []) journal.note(paths);
  }
}
