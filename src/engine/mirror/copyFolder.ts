import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { lstatIfThere } from '../../disk/stats.ts';
import { describeSource, isSameSource, showSource } from './copySource.ts';
import { sortCopies } from './datedCopies.ts';
import { readManifestHeader } from './manifestFile.ts';

/** Where a copy goes. */
export interface CopyFolder {
  readonly folder: DiskPath;
  /** Why it has another name than was wanted, and what that means; absent if it has the one that was wanted. */
  readonly notice?: string;
}

/**
 * Where the copy of `source` goes if nobody has said: to `wanted`, unless that is the copy of another folder,
 * as of another project of that name; then to `wanted-2` and so on, the one that is its own already, or the first
 * that is not there yet. Absolute. Throws the system's error if the source cannot be looked at.
 */
export function chooseCopyFolder(source: DiskPath, wanted: DiskPath): CopyFolder {
  const present = describeSource(source);
  let reason: string | undefined;
  for (let number = 1; ; number++) {
    const folder = number === 1 ? wanted : `${wanted}-${number}`;
    const choice = { folder, ...(reason !== undefined && { notice: noticeOf(reason, source, folder) }) };
    if (!lstatIfThere(toFsPath(folder))) return choice;
    const header = readManifestHeader(folder);
    const { own, unfinished, stranger } = sortCopies(folder, present);
    const other = !header ? stranger : isSameSource(header, present) ? undefined : header;
    const isOwn = header ? !other : own.length + unfinished.length > 0;
    // What a person has made by hand is theirs to decide about, but only under the name that was wanted.
    if (!other && (isOwn || number === 1)) return choice;
    const is = header ? 'is the copy of' : 'holds dated copies of';
    reason ??= other && `${displayPath(folder)} ${is} ${showSource(other, present)}`;
  }
}

function noticeOf(reason: string, source: DiskPath, folder: DiskPath): string {
  return `${reason}, so ${displayPath(source)} goes to ${displayPath(folder)}. If that is the same folder, which was moved, the older copy does not follow it any more: remove the one that you do not need.`;
}
