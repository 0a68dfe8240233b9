import { hostname } from 'node:os';
import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { resolveLinks } from '../../disk/paths.ts';
import { statExactIfThere } from '../../disk/stats.ts';

/** Of which folder a copy is. */
export interface CopySource {
  /** The path by which a person named it. */
  readonly source: DiskPath;
  /** The machine; absent in manifests of older versions. */
  readonly host?: string;
  /** What stays when the folder is renamed: inode and time of birth in nanoseconds; absent where there are none. */
  readonly folder?: string;
}

/** Describes a folder on this machine. Throws the system's error if it cannot be looked at. */
export function describeSource(source: DiskPath): CopySource {
  const stats = statExactIfThere(toFsPath(source));
  // Some file systems have neither, or say 0 of their top folder.
  const isKnown = stats && stats.ino > 0n && stats.birthtimeNs > 0n;
  return { source, host: hostname(), ...(isKnown && { folder: `${stats.ino}:${stats.birthtimeNs}` }) };
}

/**
 * True if a copy of `recorded` is one of `present`, a folder of this machine: the very folder, whatever its path
 * and the machine are called by now, or whatever has its path on this machine, such as a new checkout. No path
 * that stands in a manifest is looked up.
 */
export function isSameSource(recorded: CopySource, present: CopySource): boolean {
  if (recorded.folder !== undefined && recorded.folder === present.folder) return true;
  if (recorded.host !== undefined && recorded.host !== present.host) return false;
  return [present.source, resolveLinks(present.source)].some((path) => isSamePlace(path, recorded.source));
}

/** A source for people, with its machine where that is another than that of `present`. */
export function showSource({ source, host }: CopySource, present: CopySource): string {
  const isElsewhere = host !== undefined && host !== present.host;
  return displayPath(source) + (isElsewhere ? ` on ${displayPath(host)}` : '');
}
