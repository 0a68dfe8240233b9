import * as vscode from 'vscode';
import { CairnError } from '../../base/errors.ts';
import type { Cairn } from '../cairn.ts';
import { pathOf } from '../diskPaths.ts';
import { pathOnDisk } from '../documents/comparison.ts';
import { workspaceFolders } from '../settings.ts';
import type { SnapshotPlace } from '../snapshots/snapshotPlace.ts';
import type { RestorePart } from './restoreOrder.ts';

/** Where in the workspace places of one snapshot belong today. Throws `refused` if the snapshot is of another workspace, or they are of several. */
export async function partOf(
  { engine, targets }: Cairn,
  places: readonly [SnapshotPlace, ...SnapshotPlace[]],
): Promise<RestorePart> {
  const [{ target, row }] = places;
  if (places.some((place) => place.row.id !== row.id)) {
    throw new CairnError('refused', vscode.l10n.t('Choose files and folders of one snapshot at a time.'));
  }
  const repository = await targets.repositoryRef(target);
  for (const folder of workspaceFolders()) {
    const root = pathOf(folder.uri);
    const query = { repository, folder: root, text: row.id, limit: 1 };
    const { total } = await engine.call('listSnapshots', query);
    if (total === 0) continue;
    const ofSnapshot = places.filter(({ path }) => path);
    return { folder, snapshot: row, paths: ofSnapshot.map(({ path }) => pathOnDisk(path!, root, row)) };
  }
  const text = vscode.l10n.t(
    'This snapshot is of another workspace: {0}. Open that folder to restore it there.',
    row.paths.join(', '),
  );
  throw new CairnError('refused', text);
}
