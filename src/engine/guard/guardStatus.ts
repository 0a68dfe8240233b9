import type { DiskPath } from '../../base/pathKinds.ts';
import { isOpenFolder } from '../../disk/closedFolders.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { joinName, joinPath } from '../../disk/paths.ts';
import { lstatIfThere } from '../../disk/stats.ts';
import { relativePath } from '../../backend/layout.ts';
import { readAbout, readGuardedPassword } from './aboutFile.ts';
import { isSameConfig, listGuards } from './guard.ts';
import { allFiles, FILES, guardedFolders, listBatches, placeOf } from './guardFiles.ts';

/** How a guard is, and the repository that it guards. */
export interface GuardStatus {
  /** The folder of the guard. */
  readonly guard: DiskPath;
  readonly repository: DiskPath;
  /** `gone`: there is no repository at its place; `replaced`: there is another one. */
  readonly state: 'there' | 'gone' | 'replaced';
  readonly files: number;
  readonly bytes: number;
  /** Files of the guard that are not in the repository, and that Cairn did not remove. */
  readonly lacking: number;
  /** Files of the repository that are not in the guard yet. */
  readonly unguarded: number;
  /** What was removed, and what is missing, until it is let go. */
  readonly waiting: { readonly files: number; readonly bytes: number; readonly since?: string };
  /** Folders that may be written to, as where a run was killed. */
  readonly openFolders: number;
  readonly hasPassword: boolean;
}

/** How all guards in these folders are. Throws the system's error. */
export function guardStatuses(folders: readonly DiskPath[]): GuardStatus[] {
  return folders.flatMap((folder) => listGuards(folder)).map(statusOf);
}

function statusOf(guard: DiskPath): GuardStatus {
  const { repository } = readAbout(guard)!;
  const top = joinName(guard, FILES);
  const kept = namesIn(top);
  const isThere = isSameConfig(guard, repository);
  const there = isThere ? namesIn(repository) : new Map<string, number>();
  const batches = listBatches(guard).map((batch) => ({ ...batch, files: namesIn(joinName(guard, batch.name)) }));
  const missing = batches.filter(({ kind }) => kind === 'missing').flatMap(({ files }) => [...files.keys()]);
  const waiting = batches.flatMap(({ files }) => [...files.values()]);
  const since = batches.find(({ files }) => files.size > 0)?.name.replace(/^\w+-/, '');
  return {
    guard,
    repository,
    state: isThere ? 'there' : lstatIfThere(toFsPath(joinName(repository, 'config'))) ? 'replaced' : 'gone',
    files: kept.size,
    bytes: sum(kept.values()),
    lacking: [...new Set([...kept.keys(), ...missing])].filter((name) => !there.has(name)).length,
    unguarded: [...there.keys()].filter((name) => !kept.has(name)).length,
    waiting: { files: waiting.length, bytes: sum(waiting), ...(since !== undefined && { since }) },
    openFolders: guardFoldersOf(guard).filter(isOpenFolder).length,
    hasPassword: readGuardedPassword(guard) !== undefined,
  };
}

function guardFoldersOf(guard: DiskPath): DiskPath[] {
  const tops = [FILES, ...listBatches(guard).map(({ name }) => name)].map((name) => joinName(guard, name));
  return [
    guard,
    ...tops.flatMap((top) =>
      ['', 'data', ...guardedFolders().flatMap(([, folder]) => (folder ? [folder] : []))].map((each) =>
        joinPath(top, each),
      ),
    ),
  ];
}

/** The places of the files below a top, and their sizes. */
function namesIn(top: DiskPath): Map<string, number> {
  const names = new Map<string, number>();
  for (const handle of allFiles(top)) {
    names.set(relativePath(handle), lstatIfThere(toFsPath(placeOf(top, handle)))?.size ?? 0);
  }
  return names;
}

function sum(numbers: Iterable<number>): number {
  return [...numbers].reduce((total, each) => total + each, 0);
}
