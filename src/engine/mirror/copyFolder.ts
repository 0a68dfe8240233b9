import type { DiskPath } from '../../base/pathKinds.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { lstatIfThere } from '../../disk/stats.ts';
import { describeSource, isSameSource } from './copySource.ts';
import { sortCopies } from './datedCopies.ts';
import { readManifestHeader } from './manifestFile.ts';

/**
 * Where the copy of `source` goes if nobody has said: to `wanted`, unless that is the copy of another folder,
 * as of another project of that name; then to `wanted-2` and so on, the one that is its own already, or the first
 * that is not there yet. Absolute. Throws the system's error if the source cannot be looked at.
 */
export function chooseCopyFolder(source: DiskPath, wanted: DiskPath): DiskPath {
  const present = describeSource(source);
  for (let number = 1; ; number++) {
    const folder = number === 1 ? wanted : `${wanted}-${number}`;
    if (!lstatIfThere(toFsPath(folder))) return folder;
    const header = readManifestHeader(folder);
    const { own, unfinished, stranger } = sortCopies(folder, present);
    const isStrange = header ? !isSameSource(header, present) : stranger !== undefined;
    const isOwn = header ? !isStrange : own.length + unfinished.length > 0;
    // What a person has made by hand is theirs to decide about, but only under the name that was wanted.
    if (!isStrange && (isOwn || number === 1)) return folder;
  }
}
