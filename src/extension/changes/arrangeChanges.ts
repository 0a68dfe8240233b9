import type { DiskPath, PathBelow } from '../../base/pathKinds.ts';
import { compareRaw } from '../../base/rawName.ts';
import type { ChangeRow } from '../../worker/engineProtocol/snapshots.ts';
import { joinPath, namesBelow, parentFolder } from '../diskPaths.ts';

/** A changed file, or a folder with such files in it, as a tree of folders has them. */
export type ChangeEntry =
  | { readonly kind: 'file'; readonly change: ChangeRow }
  | {
      readonly kind: 'folder';
      /** Absolute. */
      readonly path: DiskPath;
      /** From the folder above it; several names, if it is the only thing in the others. */
      readonly name: PathBelow;
      readonly entries: readonly ChangeEntry[];
    };

interface Folder {
  readonly path: DiskPath;
  readonly folders: Map<string, Folder>;
  readonly files: ChangeRow[];
}

/** Changes below a folder as a tree: folders first, by name. A folder with nothing but one folder in it is one row. */
export function arrangeChanges(changes: readonly ChangeRow[], root: DiskPath): ChangeEntry[] {
  const top = createFolder(root);
  for (const change of changes) {
    let folder = top;
    for (const name of namesBelow(root, parentFolder(change.path))) {
      const inner = folder.folders.get(name) ?? createFolder(joinPath(folder.path, name));
      folder.folders.set(name, inner);
      folder = inner;
    }
    folder.files.push(change);
  }
  return entriesOf(top);
}

/** All changes in an entry. */
export function changesIn(entry: ChangeEntry): ChangeRow[] {
  return entry.kind === 'file' ? [entry.change] : entry.entries.flatMap(changesIn);
}

function createFolder(path: DiskPath): Folder {
  return { path, folders: new Map(), files: [] };
}

function entriesOf({ folders, files }: Folder): ChangeEntry[] {
  const inner = [...folders].sort(([a], [b]) => compareRaw(a, b)).map(([name, folder]) => joinLonely(name, folder));
  const sorted = files.toSorted((a, b) => compareRaw(a.path, b.path));
  return [...inner, ...sorted.map((change): ChangeEntry => ({ kind: 'file', change }))];
}

function joinLonely(name: string, folder: Folder): ChangeEntry {
  const [only, ...more] = folder.folders;
  if (only && more.length === 0 && folder.files.length === 0) return joinLonely(`${name}/${only[0]}`, only[1]);
  return { kind: 'folder', path: folder.path, name, entries: entriesOf(folder) };
}
