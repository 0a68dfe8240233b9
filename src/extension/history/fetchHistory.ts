import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import type { VersionRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import { pathOf } from '../diskPaths.ts';
import { sourceOf } from '../settings.ts';
import type { Target } from '../targets/targetStore.ts';
import type { CurrentState } from './currentNode.ts';
import { isDocumentOf, type FollowedFile } from './followedFile.ts';

/** What is known of a file. */
export interface History {
  readonly file: FollowedFile;
  readonly target: Target;
  /** Newest first. */
  readonly versions: readonly VersionRow[];
  /** Absent if the file is as its newest version. */
  readonly current?: CurrentState;
}

/** The versions of a file in the primary target, and whether it has changed since. */
export async function fetchHistory(cairn: Cairn, file: FollowedFile, signal: AbortSignal): Promise<History> {
  const { engine, targets } = cairn;
  const target = targets.primary();
  const { path, folder } = file;
  try {
    const versions = await targets.useUnasked(target, (repository) =>
      engine.call('fileHistory', { repository, path, folder: pathOf(folder.uri) }, { signal }),
    );
    const current = versions[0] && (await currentState(cairn, file, versions[0], signal));
    return { file, target, versions, ...(current && { current }) };
  } catch (error) {
    // Before the first backup, the default repository is not there.
    const isNothingYet = target.location === undefined && errorCode(error) === 'repository-not-found';
    if (isNothingYet) return { file, target, versions: [] };
    throw error;
  }
}

async function currentState(
  { engine, targets }: Cairn,
  file: FollowedFile,
  newest: VersionRow,
  signal: AbortSignal,
): Promise<CurrentState | undefined> {
  const { path, folder } = file;
  const document = vscode.workspace.textDocuments.find(({ uri }) => isDocumentOf(uri, file));
  if (document?.isDirty) return 'unsaved';
  // Since its workspace was moved, there has been no snapshot of it: what can be compared is elsewhere.
  if (!isSamePlace(newest.path, path)) return 'changed';
  const repository = await targets.repositoryRef(targets.primary(), { ask: false });
  const source = sourceOf(folder.uri, targets.folders());
  const params = { repository, snapshot: newest.snapshot.id, source, paths: [path], limit: 2 };
  const { changes } = await engine.call('diskChanges', params, { signal });
  const change = changes.find((row) => isSamePlace(row.path, path) && row.kind !== 'metadata');
  return change && (change.kind === 'removed' ? 'deleted' : 'changed');
}
