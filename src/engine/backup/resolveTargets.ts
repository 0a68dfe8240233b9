import type { DiskPath } from '../../base/pathKinds.ts';
import { systemCode } from '../../base/systemCode.ts';
import { displayPath } from '../../base/rawName.ts';
import type { BackupProblem } from './findings.ts';
import { lstat } from '../../disk/stats.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { resolvePath } from '../../disk/paths.ts';

export interface ResolvedTarget {
  readonly written: string;
  /** Absolute and cleaned: what the snapshot's `paths` holds. */
  readonly absolute: DiskPath;
}

/** Splits targets into those that exist and those that do not; the latter are reported, as restic does. */
export function resolveTargets(
  targets: readonly string[],
  workingFolder: DiskPath,
): { targets: ResolvedTarget[]; missing: BackupProblem[] } {
  const missing: BackupProblem[] = [];
  const found: ResolvedTarget[] = [];
  for (const written of targets) {
    if (written === '') {
      // Most likely an unset variable; taken as a path it would be the working folder.
      missing.push({ path: written, code: 'ENOENT', message: 'an empty path names nothing to back up' });
      continue;
    }
    const absolute = resolvePath(written, workingFolder);
    try {
      lstat(toFsPath(absolute));
      found.push({ written, absolute });
    } catch (error) {
      const code = systemCode(error) ?? 'EIO';
      const what = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
      missing.push({ path: written, code, message: `${displayPath(written)} ${what}` });
    }
  }
  return { targets: found, missing };
}
