import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  currentOwner,
  defaultRepositoryPaths,
  identifyWorkspace,
  parseSnapshotTags,
  withLockFile,
  type LockFileOptions,
  type StoredSnapshot,
  type WorkspaceIdentity,
} from '../../engine/index.ts';

/** Who a workspace folder is, wherever it was before. */
export function workspaceOf(folder: string): Promise<WorkspaceIdentity> {
  return identifyWorkspace(folder, dataFolder());
}

/**
 * Runs work on a workspace while no other window does. Throws `locked` if another one takes longer than
 * the longest wait.
 */
export function withWorkspaceLock<T>(
  { id }: WorkspaceIdentity,
  options: LockFileOptions,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(locksFolder(), { recursive: true, mode: 0o700 });
  return withLockFile(join(locksFolder(), `workspace-${id}`), work, options);
}

/** Where windows say what they are at; no part of any backup. */
export function locksFolder(): string {
  return join(dataFolder(), 'locks');
}

/** Where Cairn keeps what is its own, beside the default repository. */
function dataFolder(): string {
  return dirname(defaultRepositoryPaths().repository);
}

/** Whether a snapshot is one of this workspace: made as such, or by another program of the same folder here. */
export function isOfWorkspace({ snapshot }: StoredSnapshot, folder: string, identity: WorkspaceIdentity): boolean {
  const { workspace } = parseSnapshotTags(snapshot.tags ?? []);
  if (workspace !== undefined) return workspace === identity.id;
  return snapshot.hostname === currentOwner().hostname && snapshot.paths.includes(folder);
}
