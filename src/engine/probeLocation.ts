import { readdirSync, statfsSync, statSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { isFileName } from '../backend/local/layout.ts';
import { toFsPath } from '../base/rawName.ts';
import { isMirrorFolder } from './mirror/verifyMirror.ts';
import { locationFolder } from './namedRepository.ts';

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
  /** No folder, but storage of another kind: not looked at. */
  | 'other-storage';

export interface ProbedLocation {
  readonly kind: ProbedKind;
  /** Absolute; absent for storage of another kind. */
  readonly folder?: string;
  /** For what is missing: whether the folder that it would be made in exists. */
  readonly parentExists?: boolean;
  /** How many snapshots a repository has. */
  readonly snapshots?: number;
  /** Bytes that this user may still fill there, or where it would be made. */
  readonly freeBytes?: number;
  /** The file system lives in memory or in a container and goes with it. Known on Linux only, else false. */
  readonly mayVanish: boolean;
}

/** statfs(2): tmpfs, ramfs, overlayfs. */
const vanishingTypes = new Set([0x01021994, 0x858458f6, 0x794c7630]);

/**
 * Says what is at a location in restic's syntax, without opening or changing anything. Reads at most the
 * lists of a few folders. Throws nothing.
 */
export function probeLocation(location: string, workingFolder: string): ProbedLocation {
  const folder = locationFolder(location, workingFolder);
  if (folder === undefined) return { kind: 'other-storage', mayVanish: false };
  return { folder, ...probeFolder(folder), ...probeFileSystem(folder) };
}

function probeFolder(folder: string): Pick<ProbedLocation, 'kind' | 'parentExists' | 'snapshots'> {
  try {
    const stats = look(folder);
    const parent = stats ?? look(dirname(folder));
    // A file where a folder is named on the way leaves no room for one.
    if (parent && !parent.isDirectory()) return { kind: 'not-a-folder' };
    if (!stats) return { kind: 'missing', parentExists: parent !== undefined };
    if (readdirSync(toFsPath(folder)).length === 0) return { kind: 'empty' };
    if (look(join(folder, 'config'))?.isFile() && countFiles(join(folder, 'keys')) > 0) {
      return { kind: 'repository', snapshots: countFiles(join(folder, 'snapshots')) };
    }
    return { kind: isMirrorFolder(folder) ? 'mirror' : 'other-files' };
  } catch {
    return { kind: 'unreadable' };
  }
}

function look(path: string): Stats | undefined {
  return statSync(toFsPath(path), { throwIfNoEntry: false });
}

/** Files named as a repository names them; none where there is no folder. */
function countFiles(folder: string): number {
  if (!look(folder)?.isDirectory()) return 0;
  return readdirSync(toFsPath(folder), 'utf8').filter(isFileName).length;
}

/** Of the folder, or of the nearest one above it that exists. */
function probeFileSystem(folder: string): Pick<ProbedLocation, 'freeBytes' | 'mayVanish'> {
  try {
    const { type, bavail, bsize } = statfsSync(toFsPath(folder));
    return { freeBytes: bavail * bsize, mayVanish: process.platform === 'linux' && vanishingTypes.has(type) };
  } catch {
    const parent = dirname(folder);
    return parent === folder ? { mayVanish: false } : probeFileSystem(parent);
  }
}
