import { displayLocation, parseLocation } from '../../base/location.ts';
import {
  defaultRepositoryPaths,
  listFolderCopies,
  probeLocation,
  recoveryKit,
  saveRecoveryKit,
  resolvePath,
  isInside,
  parentFolder,
  usualShell,
  diskNumber,
} from '../../engine/index.ts';
import type { Handlers } from './handler.ts';
import { readRefPassword, repositoryFolder } from './openRepositoryRef.ts';
import type { DiskPath } from '../../base/pathKinds.ts';

/** Commands on the places of targets: before they become targets, and for the day when all else is gone. */
export const targetPlaceHandlers: Handlers<'probeLocation' | 'saveRecoveryKit' | 'folderTargetInfo'> = {
  probeLocation(_engine, { location, folders }) {
    const probed = probeLocation(location, resolvePath('/'));
    const { folder } = probed;
    if (folder === undefined) return { ...probed, onSameDisk: false };
    const insideOf = folders.find((other) => isInside(folder, other));
    const disk = diskOf(folder);
    const report = {
      ...probed,
      ...(probed.kind === 'other-files' && holdsMirrors(folder) && { kind: 'mirror' as const }),
      ...(insideOf !== undefined && { insideOf }),
    };
    return { ...report, onSameDisk: disk !== undefined && folders.some((other) => diskOf(other) === disk) };
  },

  async saveRecoveryKit(engine, { repository: ref, file }) {
    const { config } = await engine.open(ref);
    const kit = recoveryKit({
      location: repositoryFolder(ref) ?? displayLocation(parseLocation(ref.location!)),
      repositoryId: config.id,
      password: {
        text: readRefPassword(ref),
        ...(ref.location === undefined && { file: defaultRepositoryPaths().passwordFile }),
        ...(ref.password?.from === 'file' && { file: ref.password.path }),
        ...(ref.password?.from === 'command' && { command: ref.password.command }),
      },
      date: new Date().toISOString().slice(0, 10),
      shell: usualShell,
    });
    saveRecoveryKit(file, kit);
  },

  folderTargetInfo(_engine, { folder }) {
    const copies = listFolderCopies(folder);
    const newest = copies.reduce<(typeof copies)[number] | undefined>(
      (best, copy) => (best && Date.parse(best.created) > Date.parse(copy.created) ? best : copy),
      undefined,
    );
    return {
      folder,
      copies: copies.length,
      isCutOff: newest?.isComplete === false,
      ...(newest && { newest: newest.created }),
    };
  },
};

function holdsMirrors(folder: string): boolean {
  try {
    return listFolderCopies(folder).length > 0;
  } catch {
    return false;
  }
}

/** The number of the device of a path, or of the nearest folder above it that exists. */
function diskOf(path: DiskPath): bigint | undefined {
  try {
    return diskNumber(path);
  } catch {
    const parent = parentFolder(path);
    return parent === path ? undefined : diskOf(parent);
  }
}
