import type { DiskPath } from '../base/pathKinds.ts';
import { joinName, parentFolder } from '../disk/paths.ts';
import { socketFolder } from '../disk/privateSockets.ts';
import { agentsFolder, sourcesFolder } from './agents/noteFolders.ts';
import { defaultRepositoryPaths } from './defaultRepository.ts';
import { guardFolders } from './guard/guardPlace.ts';
import { usualLedger } from './standing/ledger.ts';

/** Where Cairn keeps what is its own, beside the default repository. */
export function dataFolder(): DiskPath {
  return parentFolder(defaultRepositoryPaths().repository);
}

/** Where windows, and what agents start, say what they are at. */
export function locksFolder(data = dataFolder()): DiskPath {
  return joinName(data, 'locks');
}

/**
 * Folders that are never part of a backup: what each backup itself changes, the repository at hand, and what guards it.
 * @param guards the usual folder of guards.
 */
export function ownFolders(guards: DiskPath, repository: DiskPath | undefined): DiskPath[] {
  return [
    locksFolder(),
    sourcesFolder(dataFolder()),
    agentsFolder(dataFolder()),
    socketFolder(dataFolder()),
    usualLedger().folder,
    ...(repository === undefined ? [] : [repository]),
    ...guardFolders(guards, repository),
  ];
}
