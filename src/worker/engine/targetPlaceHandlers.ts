import { storageAt } from '../../base/storageAccess.ts';
import {
  defaultRepositoryPaths,
  listFolderCopies,
  listRcloneRemotes,
  listSshHosts,
  locationOnPage,
  locationFolder,
  probeLocation,
  probeStorage,
  recoveryKit,
  recoveryNeeds,
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
export const targetPlaceHandlers: Handlers<'probeLocation' | 'storageNames' | 'saveRecoveryKit' | 'folderTargetInfo'> =
  {
    async probeLocation(_engine, { location, access, folders }, { signal }) {
      const folder = locationFolder(location, resolvePath('/'));
      if (folder === undefined)
        return { ...(await probeStorage(storageAt(location, access), signal)), onSameDisk: false };
      const probed = probeLocation(folder);
      const insideOf = folders.find((other) => isInside(folder, other));
      const disk = diskOf(folder);
      const report = {
        ...probed,
        ...(probed.kind === 'other-files' && holdsMirrors(folder) && { kind: 'mirror' as const }),
        ...(insideOf !== undefined && { insideOf }),
      };
      return { ...report, onSameDisk: disk !== undefined && folders.some((other) => diskOf(other) === disk) };
    },

    async storageNames(_engine, { of, access }, { signal }) {
      return of === 'ssh' ? listSshHosts(access) : listRcloneRemotes(access, signal);
    },

    async saveRecoveryKit(engine, { repository: ref, file }) {
      const { config } = await engine.open(ref);
      const kit = recoveryKit({
        location: repositoryFolder(ref) ?? locationOnPage(ref.location!),
        ...(ref.location !== undefined && { needs: recoveryNeeds(storageAt(ref.location, ref.access)) }),
        repositoryId: config.id,
        password: {
          text: readRefPassword(ref),
          ...((ref.location === undefined || ref.password?.from === 'default') && {
            file: defaultRepositoryPaths().passwordFile,
          }),
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
