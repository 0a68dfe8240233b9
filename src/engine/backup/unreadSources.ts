import { CairnError } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { displayPath } from '../../base/rawName.ts';
import { isInside } from '../../disk/paths.ts';
import type { BackupProblem } from './findings.ts';
import { isSamePlace } from '../../base/samePlace.ts';

/**
 * Sources of which nothing was stored so far. A backup that leaves one so, since it could not be read, would
 * look like a success and hold nothing: it is a failure.
 */
export class UnreadSources {
  readonly #sources: readonly DiskPath[];
  /** Emptied by the first entries: from then on, noting costs nothing. */
  readonly #unread: Set<DiskPath>;

  /** `isPartial`: what is not looked at is taken over, so only a source that cannot be looked at itself is unread. */
  constructor(sources: readonly DiskPath[], isPartial: boolean) {
    this.#sources = sources;
    this.#unread = new Set(isPartial ? [] : sources);
  }

  /** Those of which nothing is stored; none, if not everything was looked at. */
  get empty(): readonly DiskPath[] {
    return [...this.#unread];
  }

  /** Notes that something other than a folder is stored. */
  noteStored(path: DiskPath): void {
    for (const source of this.#unread) if (isInside(path, source)) this.#unread.delete(source);
  }

  /** Throws `source-unreadable` for the first source that could not be read at its top, or nothing of it. */
  requireNone(problems: readonly BackupProblem[]): void {
    // A file that was written to while it was read is stored.
    const lost = problems.filter(({ code }) => code !== 'TORN');
    for (const source of this.#sources) {
      const problem =
        lost.find(({ path }) => isSamePlace(path, source)) ??
        (this.#unread.has(source) ? lost.find(({ path }) => isInside(path, source)) : undefined);
      if (problem) throw unreadable(source, problem);
    }
  }
}

const reasons: ReadonlyMap<string, string> = new Map([
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['ENDLESS', 'it delivers far more than its size says, perhaps without end'],
]);

function unreadable(source: DiskPath, { path, code }: BackupProblem): CairnError {
  const shown = displayPath(source);
  const reason = reasons.get(code) ?? code;
  return new CairnError(
    'source-unreadable',
    `${shown} is not backed up, and no snapshot was made: nothing of it could be read (${displayPath(path)}: ${reason}). Mend that and back up again.`,
    { details: { source: shown, reason: code } },
  );
}
