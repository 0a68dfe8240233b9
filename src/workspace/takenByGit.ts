import type { DiskPath } from '../base/pathKinds.ts';
import { lookAtPlace } from '../disk/plainFile.ts';
import { foldsCaseAt } from '../disk/foldsCase.ts';
import { isInside, joinPath, parentFolder, withSlashes } from '../disk/paths.ts';
import { lowerAscii, toByteString } from './byteString.ts';
import { findLogs, findTracked, openGitRepository } from './gitRepository.ts';

/** Git writes its logs after it changed files, and clocks of disks are coarse. Nanoseconds. */
const LEEWAY = 2_000_000_000n;

/** A git work tree in which files are gone. */
interface WorkTree {
  readonly top: DiskPath;
  /** Whether HEAD, or the stash, moved. */
  readonly hasMoved: boolean;
  readonly isTracked: (path: DiskPath) => boolean;
}

/**
 * How many of these files, which are gone, git took away since a time: it did something there, and does not expect them any
 * more. What somebody else deleted it still lists; and where it did nothing, it took nothing.
 * @param sources work trees that begin above them count, too.
 * @param since nanoseconds since 1970.
 */
export function countTakenByGit(paths: readonly DiskPath[], sources: readonly DiskPath[], since: bigint): number {
  const known = new Map<DiskPath, WorkTree | undefined>();
  const workTreeOf = (folder: DiskPath): WorkTree | undefined => {
    if (known.has(folder)) return known.get(folder);
    const above = parentFolder(folder);
    const found = openWorkTree(folder, since) ?? (above === folder ? undefined : workTreeOf(above));
    known.set(folder, found);
    return found;
  };
  return paths.filter((path) => {
    if (!sources.some((source) => isInside(path, source))) return false;
    const tree = workTreeOf(parentFolder(path));
    return tree?.hasMoved === true && !tree.isTracked(path);
  }).length;
}

function openWorkTree(top: DiskPath, since: bigint): WorkTree | undefined {
  if (!lookAtPlace(joinPath(top, '.git'))) return undefined;
  const ignoreCase = foldsCaseAt(top);
  const git = openGitRepository(top, ignoreCase);
  if (!git) return undefined;
  const hasMoved = findLogs(top).some((log) => {
    const stats = lookAtPlace(log);
    return stats !== undefined && BigInt(Math.round(stats.mtimeMs)) * 1_000_000n + LEEWAY >= since;
  });
  const tracked = hasMoved ? git.trackedPaths() : undefined;
  const isTracked = (path: DiskPath) => {
    const below = toByteString(withSlashes(path.slice(top.length)).replace(/^\/+/, ''));
    // Where nobody can tell, nothing speaks for git.
    return !tracked || findTracked(tracked, ignoreCase ? lowerAscii(below) : below) === 'self';
  };
  return { top, hasMoved, isTracked };
}
