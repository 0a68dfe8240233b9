import type { DiskPath, PathBelow } from '../../base/pathKinds.ts';
import { compareRaw } from '../../base/rawName.ts';
import { joinPath, namesBelow, parentFolder } from '../diskPaths.ts';

/** A changed file, or a folder with such files in it, as a tree of folders has them. */
export type ChangeEntry<Change extends Placed> =
  | { readonly kind: 'file'; readonly change: Change }
  | {
      readonly kind: 'folder';
      /** Absolute. */
      readonly path: DiskPath;
      /** From the folder above it; several names, if it is the only thing in the others. */
      readonly name: PathBelow;
      readonly entries: readonly ChangeEntry<Change>[];
    };

/** What stands somewhere on the disk. */
interface Placed {
  readonly path: DiskPath;
}

interface Folder<Change> {
  readonly path: DiskPath;
  readonly folders: Map<string, Folder<Change>>;
  readonly files: Change[];
}

/** Changes below a folder as a tree: folders first, by name. A folder with nothing but one folder in it is one row. */
export function arrangeChanges<Change extends Placed>(
  changes: readonly Change[],
  root: DiskPath,
): ChangeEntry<Change>[] {
  const top = createFolder<Change>(root);
  for (const change of changes) {
    let folder = top;
    for (const name of namesBelow(root, parentFolder(change.path))) {
      const inner = folder.folders.get(name) ?? createFolder<Change>(joinPath(folder.path, name));
      folder.folders.set(name, inner);
      folder = inner;
    }
    folder.files.push(change);
  }
  return entriesOf(top);
}

/** All changes in an entry. */
export function changesIn<Change extends Placed>(entry: ChangeEntry<Change>): Change[] {
  return entry.kind === 'file' ? [entry.change] : entry.entries.flatMap((inner) => changesIn(inner));
}

function createFolder<Change>(path: DiskPath): Folder<Change> {
  return { path, folders: new Map(), files: [] };
}

function entriesOf<Change extends Placed>({ folders, files }: Folder<Change>): ChangeEntry<Change>[] {
  const inner = [...folders].sort(([a], [b]) => compareRaw(a, b)).map(([name, folder]) => joinLonely(name, folder));
  const sorted = files.toSorted((a, b) => compareRaw(a.path, b.path));
  return [...inner, ...sorted.map((change): ChangeEntry<Change> => ({ kind: 'file', change }))];
}

function joinLonely<Change extends Placed>(name: string, folder: Folder<Change>): ChangeEntry<Change> {
  const [only, ...more] = folder.folders;
  if (only && more.length === 0 && folder.files.length === 0) return joinLonely(`${name}/${only[0]}`, only[1]);
  return { kind: 'folder', path: folder.path, name, entries: entriesOf(folder) };
}
