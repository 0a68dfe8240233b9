import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { workspaceFolders } from '../settings.ts';
import { mirrorFolder } from '../upkeep/mirrorFolder.ts';
import { withProgress } from '../withProgress.ts';
import type { Target } from './targetStore.ts';

/** Backs up all folders of the workspace to a target of any kind, because a person says so. */
export async function backUpTo(cairn: Cairn, target: Target): Promise<void> {
  if (target.kind !== 'repository') {
    for (const folder of workspaceFolders()) {
      await mirrorFolder(cairn, folder.uri, { ...copyPlace(target, folder.name), isTarget: true });
    }
    return;
  }
  const title = vscode.l10n.t('Backing up to {0}', target.name);
  await cairn.targets.use(target, () =>
    withProgress({ location: vscode.ProgressLocation.Notification, title }, async (options) => {
      for (const folder of workspaceFolders()) {
        await cairn.backups.backUp({ folder, trigger: 'manual', scan: 'full', target }, options);
      }
    }),
  );
}

/** Where a plain folder target keeps the copy of a workspace folder: below it, so that several go there. */
export function copyPlace(
  { kind, location, keep }: Target,
  folderName: string,
): { readonly destination: string; readonly dated?: { readonly keep?: number } } {
  const destination = join(location!.replace(/^local:/, ''), folderName);
  if (kind !== 'dated') return { destination };
  return { destination, dated: keep === undefined ? {} : { keep } };
}
