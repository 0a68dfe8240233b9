import type { DiskPath } from '../../base/pathKinds.ts';
import { isWindowsPath } from '../../base/samePlace.ts';
import { backUpWorkspace } from '../backup/backupCommands.ts';
import type { Cairn } from '../cairn.ts';
import { joinPath } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';
import type { AutomaticBackups } from '../triggers/automaticBackups.ts';
import { mirrorFolder } from '../upkeep/mirrorFolder.ts';
import { copyName } from './copyName.ts';
import { folderOfTarget, type Target } from './targetStore.ts';

/** Backs up all folders of the workspace to a target of any kind, because a person says so. */
export async function backUpTo(cairn: Cairn, automatic: AutomaticBackups, target: Target): Promise<void> {
  if (target.kind !== 'repository') {
    for (const folder of workspaceFolders()) {
      await mirrorFolder(cairn, folder.uri, { ...copyPlace(target, folder.name), isTarget: true });
    }
    return;
  }
  await backUpWorkspace(cairn, automatic, target);
}

/** Where a plain folder target keeps the copy of a workspace folder: below it, so that several go there. */
export function copyPlace(
  target: Target,
  folderName: string,
): { readonly destination: DiskPath; readonly dated?: { readonly keep?: number } } {
  const { kind, keep } = target;
  const folder = folderOfTarget(target);
  const destination = joinPath(folder, copyName(folderName, isWindowsPath(folder)));
  if (kind !== 'dated') return { destination };
  return { destination, dated: keep === undefined ? {} : { keep } };
}
