import { dirname } from 'node:path';
import {
  currentOwner,
  defaultRepositoryPaths,
  identifyWorkspace,
  parseSnapshotTags,
  type StoredSnapshot,
  type WorkspaceIdentity,
} from '../../engine/index.ts';

/** Who a workspace folder is, wherever it was before. */
export function workspaceOf(folder: string): Promise<WorkspaceIdentity> {
  return identifyWorkspace(folder, dirname(defaultRepositoryPaths().repository));
}

/** Whether a snapshot is one of this workspace: made as such, or by another program of the same folder here. */
export function isOfWorkspace({ snapshot }: StoredSnapshot, folder: string, identity: WorkspaceIdentity): boolean {
  const { workspace } = parseSnapshotTags(snapshot.tags ?? []);
  if (workspace !== undefined) return workspace === identity.id;
  return snapshot.hostname === currentOwner().hostname && snapshot.paths.includes(folder);
}
