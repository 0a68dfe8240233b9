/** Where notes of agents and of sources lie, in the user's data folder. */
import type { DiskPath } from '../../base/pathKinds.ts';
import { listNames } from '../../disk/folders.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { joinName } from '../../disk/paths.ts';

const noteName = /^[0-9a-f]{64}\.json$/;

export function agentsFolder(dataFolder: DiskPath): DiskPath {
  return joinName(dataFolder, 'agents');
}

export function sourcesFolder(dataFolder: DiskPath): DiskPath {
  return joinName(dataFolder, 'sources');
}

/** The names of the notes in a folder, each the hash of what it is about. None where nothing can be listed. */
export function noteNames(folder: DiskPath): string[] {
  try {
    return listNames(toFsPath(folder)).filter((name) => noteName.test(name));
  } catch {
    return [];
  }
}
