import { throwIfAborted } from '../base/abort.ts';
import type { IgnoreState } from './ignoreRules.ts';
import { listFolder, type Entry, type FolderListing } from './listFolder.ts';

/** A step of a walk. Every `enter` has its `leave`, after all that is in the folder. */
export type WalkStep =
  | { readonly step: 'enter'; readonly path: string; readonly entry?: Entry; readonly listing: FolderListing }
  | { readonly step: 'entry'; readonly path: string; readonly entry: Entry }
  | { readonly step: 'leave'; readonly path: string; readonly entry?: Entry };

/**
 * Walks a folder depth first, each folder in the order of its listing, so that trees can be built from
 * the bottom up: once a folder is left, all that is in it was seen. Lazy: a folder is read when the walk
 * comes to it, and only the listings of the folders on the way are held. The steps of the folder at
 * which the walk starts have no entry. A `step: 'entry'` is anything but a folder.
 * @throws CairnError `aborted` before the next folder once the signal has fired.
 */
export function* walk(path: string, state: IgnoreState, signal?: AbortSignal): Generator<WalkStep, void, void> {
  throwIfAborted(signal);
  const listing = listFolder(path, state);
  yield { step: 'enter', path, listing };
  const open: { readonly path: string; readonly entry?: Entry; readonly entries: readonly Entry[]; next: number }[] = [
    { path, entries: listing.entries, next: 0 },
  ];
  for (let folder = open.at(-1); folder; folder = open.at(-1)) {
    const entry = folder.entries[folder.next++];
    if (!entry) {
      open.pop();
      yield { step: 'leave', path: folder.path, ...(folder.entry && { entry: folder.entry }) };
    } else if (!entry.rules) {
      yield { step: 'entry', path: entry.path, entry };
    } else {
      throwIfAborted(signal);
      const below = listFolder(entry.path, entry.rules);
      open.push({ path: entry.path, entry, entries: below.entries, next: 0 });
      yield { step: 'enter', path: entry.path, entry, listing: below };
    }
  }
}
