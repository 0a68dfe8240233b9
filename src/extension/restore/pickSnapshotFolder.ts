import * as vscode from 'vscode';
import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import type { Cairn } from '../cairn.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import { joinPath, parentFolder, pathOf, wayBelow } from '../diskPaths.ts';
import { pathInSnapshot } from '../documents/comparison.ts';
import type { Target } from '../targets/targetStore.ts';
import type { RestorePart } from './restoreOrder.ts';

/** Lets a person choose a folder among those that a snapshot has, also one that is gone from the disk. As it is today. */
export async function pickSnapshotFolder(
  { engine, targets }: Cairn,
  { folder, snapshot }: Omit<RestorePart, 'paths'>,
  target: Target,
): Promise<DiskPath | undefined> {
  const root = pathOf(folder.uri);
  const repository = await targets.repositoryRef(target);
  for (let at = root; ;) {
    const path = pathInSnapshot(at, root, snapshot);
    const entries = await engine.call('listFolder', { repository, snapshot: snapshot.id, path });
    const below = entries.filter(({ type }) => type === 'dir').map(({ name }) => name);
    const items = [
      ...(isSamePlace(at, root)
        ? []
        : [{ label: vscode.l10n.t('Restore This Folder'), iconPath: icon('check'), restore: true }]),
      ...(isSamePlace(at, root) ? [] : [{ label: '..', iconPath: icon('arrow-up'), to: parentFolder(at) }]),
      ...below.sort().map((name) => ({
        label: displayPath(name),
        iconPath: icon('folder'),
        to: joinPath(at, name),
      })),
    ] as (vscode.QuickPickItem & { readonly restore?: boolean; readonly to?: DiskPath })[];
    const shown = displayPath(wayBelow(root, at) || folder.name);
    const title = vscode.l10n.t('Which Folder to Restore: {0}', shown);
    const placeHolder = vscode.l10n.t('Open a folder, then restore it');
    const item = await vscode.window.showQuickPick(items, { title, placeHolder });
    if (!item) return undefined;
    if (item.restore) return at;
    at = item.to ?? at;
  }
}

function icon(id: string): vscode.ThemeIcon {
  return new vscode.ThemeIcon(id);
}
