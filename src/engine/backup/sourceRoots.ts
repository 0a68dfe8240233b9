import { CairnError } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import { systemCode } from '../../base/systemCode.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { lstatExactIfThere, type ExactStats } from '../../disk/stats.ts';

/** A folder that is backed up, as it was when that began. */
interface Root {
  readonly path: DiskPath;
  readonly before: ExactStats;
}

/**
 * The folders that a person named. If one is moved or removed while it is backed up, what was not read yet seems to be
 * deleted, and a snapshot of the rest would look like any other.
 */
export class SourceRoots {
  readonly #roots: readonly Root[];

  constructor(paths: readonly DiskPath[]) {
    this.#roots = paths.flatMap((path) => {
      const before = look(path);
      return before?.isDirectory() ? [{ path, before }] : [];
    });
  }

  /** Throws `source-not-found` for the first that is not in its place any more. To be asked when all is read. */
  requireAll(): void {
    for (const { path, before } of this.#roots) {
      const now = look(path);
      if (!now?.isDirectory() || !isSame(before, now)) throw lost(path);
    }
  }
}

function look(path: DiskPath): ExactStats | undefined {
  try {
    return lstatExactIfThere(toFsPath(path));
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/**
 * File systems that note no time of birth may number their folders anew at any time. Where Node cannot ask for that time,
 * it gives that of the last change, which says nothing here.
 */
function isSame(before: ExactStats, now: ExactStats): boolean {
  if (before.birthtimeNs <= 0n || now.birthtimeNs <= 0n) return true;
  const isTold = [before, now].every(({ birthtimeNs, ctimeNs }) => birthtimeNs !== ctimeNs);
  const isBornAlike = !isTold || before.birthtimeNs === now.birthtimeNs;
  return before.dev === now.dev && before.ino === now.ino && isBornAlike;
}

function lost(path: DiskPath): CairnError {
  const shown = displayPath(path);
  return new CairnError(
    'source-not-found',
    `${shown} was moved or removed while it was backed up, so no snapshot was made: it would lack what was not read yet. Back up again when ${shown} is in its place.`,
    { details: { source: shown } },
  );
}
