import { lstatSync } from 'node:fs';
import { resolve } from 'node:path';
import { systemCode } from '../../base/errors.ts';
import { displayPath, toFsPath } from '../../base/rawName.ts';
import type { BackupProblem } from './backupOptions.ts';

export interface ResolvedTarget {
  readonly written: string;
  /** Absolute and cleaned: what the snapshot's `paths` holds. */
  readonly absolute: string;
}

/** Splits targets into those that exist and those that do not; the latter are reported, as restic does. */
export function resolveTargets(
  targets: readonly string[],
  workingFolder: string,
): { targets: ResolvedTarget[]; missing: BackupProblem[] } {
  const missing: BackupProblem[] = [];
  const found: ResolvedTarget[] = [];
  for (const written of targets) {
    if (written === '') {
      // Most likely an unset variable; taken as a path it would be the working folder.
      missing.push({ path: written, code: 'ENOENT', message: 'an empty path names nothing to back up' });
      continue;
    }
    const absolute = resolve(workingFolder, written);
    try {
      lstatSync(toFsPath(absolute));
      found.push({ written, absolute });
    } catch (error) {
      const code = systemCode(error) ?? 'EIO';
      const what = code === 'ENOENT' ? 'does not exist' : `cannot be read (${code})`;
      missing.push({ path: written, code, message: `${displayPath(written)} ${what}` });
    }
  }
  return { targets: found, missing };
}
