import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import { displayPath } from '../../base/rawName.ts';
import { joinPath } from '../../disk/paths.ts';
import { listDatedCopies } from './datedCopies.ts';
import { readManifestHeader } from './manifestFile.ts';
import { isMirrorFolder } from './verifyMirror.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { listEntries } from '../../disk/folders.ts';

/** A mirror or a dated copy. */
export interface FolderCopy {
  /** When the run that made it began, RFC 3339. */
  readonly created: string;
  readonly isComplete: boolean;
}

/**
 * The mirrors and folders of dated copies at a place that several folders are copied to: the place itself, or
 * the folders directly in it. Absolute. Throws `target-unavailable` if the place cannot be listed.
 */
export function listMirrorFolders(place: string): string[] {
  if (isMirrorFolder(place)) return [place];
  return listFolders(place)
    .map((name) => joinPath(place, name))
    .filter(isMirrorFolder);
}

/** All mirrors and complete dated copies there, in no special order. Throws as {@link listMirrorFolders}. */
export function listFolderCopies(place: string): FolderCopy[] {
  return listMirrorFolders(place).flatMap((folder) => {
    const header = readManifestHeader(folder);
    if (header) return [{ created: header.created, isComplete: header.isComplete }];
    return listDatedCopies(folder).map(({ created }) => ({
      created: new Date(created).toISOString(),
      isComplete: true,
    }));
  });
}

function listFolders(place: string): string[] {
  try {
    return listEntries(toFsPath(place)).flatMap(({ name, isFolder }) => (isFolder ? [name] : []));
  } catch (cause) {
    const message = `${displayPath(place)} cannot be listed (${systemCode(cause) ?? 'EIO'}). Is its disk there?`;
    throw new CairnError('target-unavailable', message, { cause });
  }
}
