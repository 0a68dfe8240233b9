import { isFileName } from '../backend/layout.ts';
import { isMirrorFolder } from './mirror/verifyMirror.ts';
import type { ErrorCode } from '../base/errors.ts';
import type { DiskPath } from '../base/pathKinds.ts';
import { statIfThere, type Stats, describeFileSystem } from '../disk/stats.ts';
import { toFsPath } from '../disk/fsPath.ts';
import { listNames } from '../disk/folders.ts';
import { parentFolder, joinName } from '../disk/paths.ts';

/** What is at a place that somebody names as a target. */
export type ProbedKind =
  /** A repository in the restic format; its version shows only when it is opened. */
  | 'repository'
  /** A mirror of ours, or dated copies. */
  | 'mirror'
  | 'empty'
  /** A folder with anything else in it. */
  | 'other-files'
  | 'missing'
  | 'not-a-folder'
  | 'unreadable'
  /** Elsewhere, and it could not be looked at: `problem` says why. */
  | 'unreachable';

export interface ProbedLocation {
  readonly kind: ProbedKind;
  /** Absolute; absent for storage elsewhere. */
  readonly folder?: string;
  /** For what is missing: whether the folder that it would be made in exists. */
  readonly parentExists?: boolean;
  /** How many snapshots a repository has. */
  readonly snapshots?: number;
  /** Bytes that this user may still fill there, or where it would be made. */
  readonly freeBytes?: number;
  /** The file system lives in memory or in a container and goes with it. Known on Linux only, else false. */
  readonly mayVanish: boolean;
  readonly problem?: StorageProblem;
}

/** Why a place elsewhere could not be looked at. */
export interface StorageProblem {
  readonly code: ErrorCode;
  /** A sentence in terms of the command line. */
  readonly message: string;
  /** As the backend names it: `host-key-unknown`, `ECONNREFUSED`, `SignatureDoesNotMatch`. */
  readonly reason?: string;
  /** Of an answer by HTTP. */
  readonly status?: number;
  /** Of a server whose key is not known, or is another one: kind and hash, as ssh prints them. */
  readonly hostKey?: string;
}

/** Says what is in a folder, without opening or changing anything. Reads at most the lists of a few folders. Throws nothing. */
export function probeLocation(folder: DiskPath): ProbedLocation {
  return { folder, ...probeFolder(folder), ...probeFileSystem(folder) };
}

function probeFolder(folder: string): Pick<ProbedLocation, 'kind' | 'parentExists' | 'snapshots'> {
  try {
    const stats = look(folder);
    const parent = stats ?? look(parentFolder(folder));
    // A file where a folder is named on the way leaves no room for one.
    if (parent && !parent.isDirectory()) return { kind: 'not-a-folder' };
    if (!stats) return { kind: 'missing', parentExists: parent !== undefined };
    if (listNames(toFsPath(folder)).length === 0) return { kind: 'empty' };
    if (look(joinName(folder, 'config'))?.isFile() && countFiles(joinName(folder, 'keys')) > 0) {
      return { kind: 'repository', snapshots: countFiles(joinName(folder, 'snapshots')) };
    }
    return { kind: isMirrorFolder(folder) ? 'mirror' : 'other-files' };
  } catch {
    return { kind: 'unreadable' };
  }
}

function look(path: string): Stats | undefined {
  return statIfThere(toFsPath(path));
}

/** Files named as a repository names them; none where there is no folder. */
function countFiles(folder: string): number {
  if (!look(folder)?.isDirectory()) return 0;
  return listNames(toFsPath(folder)).filter(isFileName).length;
}

/** Of the folder, or of the nearest one above it that exists. */
function probeFileSystem(folder: string): Pick<ProbedLocation, 'freeBytes' | 'mayVanish'> {
  try {
    return describeFileSystem(toFsPath(folder));
  } catch {
    const parent = parentFolder(folder);
    return parent === folder ? { mayVanish: false } : probeFileSystem(parent);
  }
}
