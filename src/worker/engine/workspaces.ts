import {
  currentOwner,
  defaultRepositoryPaths,
  findWorkspace,
  identifyWorkspace,
  parseSnapshotTags,
  withLockFile,
  type FoundWorkspace,
  type LockFileOptions,
  type StoredSnapshot,
  type WorkspaceIdentity,
  joinPath,
  parentFolder,
  ensureFolder,
} from '../../engine/index.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { hasPlace } from '../../base/samePlace.ts';

/** Who a workspace folder is, wherever it was before. Throws `source-not-found` if it is gone. */
export function workspaceOf(folder: string): Promise<WorkspaceIdentity> {
  return identifyWorkspace(folder, dataFolder());
}

/** The same for those who only look: also of a folder that is gone. */
export function workspaceAt(folder: string): Promise<FoundWorkspace> {
  return findWorkspace(folder, dataFolder());
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
  return withLockFile(lockFileOf(`workspace-${id}`), work, options);
}

/** A lock file by which windows wait for each other; its folder is there. */
export function lockFileOf(name: string): DiskPath {
  return joinPath(ensureFolder(locksFolder()), name);
}

/** Where windows say what they are at; no part of any backup. */
export function locksFolder(): DiskPath {
  return joinPath(dataFolder(), 'locks');
}

/** Where Cairn keeps what is its own, beside the default repository. */
export function dataFolder(): DiskPath {
  return parentFolder(defaultRepositoryPaths().repository);
}

/** Whether a snapshot is one of this workspace: made as such, or by another program of the same folder here. */
export function isOfWorkspace(
  { snapshot }: StoredSnapshot,
  folder: string,
  { id }: Pick<FoundWorkspace, 'id'>,
): boolean {
  const { workspace } = parseSnapshotTags(snapshot.tags ?? []);
  if (workspace !== undefined && id !== undefined) return workspace === id;
  return snapshot.hostname === currentOwner().hostname && hasPlace(snapshot.paths, folder);
}
