import { isGitData } from '../../base/gitData.ts';
import type { Repository, Session, StoredSnapshot } from '../../engine/index.ts';
import { changesBetween } from './changesBetween.ts';

/** So many letters of paths are remembered for a repository at most: 32 MB. */
const MOST_LETTERS = 16_000_000;

/** A snapshot, and the one before it of the same workspace, if there is one. */
interface SnapshotPair {
  readonly before: StoredSnapshot | undefined;
  readonly after: StoredSnapshot;
}

/** The paths that snapshots changed, in lower case, one a line. */
interface Remembered {
  readonly lines: Map<string, string>;
  letters: number;
}

const remembered = new WeakMap<Repository, Remembered>();

/**
 * Whether a snapshot added, modified or deleted a file with `words` (in lower case) in its path from the folder. What
 * is git's own does not count, unless it is asked for.
 */
export async function changesFileNamed(
  session: Session,
  { before, after }: SnapshotPair,
  words: string,
  signal: AbortSignal,
): Promise<boolean> {
  const known = remembered.get(session.repository) ?? { lines: new Map<string, string>(), letters: 0 };
  remembered.set(session.repository, known);
  const key = `${before?.id ?? ''} ${after.id}`;
  let lines = known.lines.get(key);
  if (lines === undefined) {
    lines = await changedLines(session, { before, after }, signal);
    known.letters += lines.length;
    if (known.letters > MOST_LETTERS) {
      known.lines.clear();
      known.letters = lines.length;
    }
    known.lines.set(key, lines);
  }
  if (!lines.includes(words)) return false;
  return lines.split('\n').some((line) => line.includes(words) && (words.includes('.git') || !isGitData(line)));
}

async function changedLines(session: Session, { before, after }: SnapshotPair, signal: AbortSignal): Promise<string> {
  const lines: string[] = [];
  await changesBetween(
    session,
    before,
    after,
    (change, place = (same) => same) => {
      if ((change.after ?? change.before)!.type !== 'dir') lines.push(wayOf(after, place(change.path)));
    },
    signal,
  );
  return lines.join('\n').toLowerCase();
}

/** From the folder, with slashes: where that lies is not what a person looks for. */
function wayOf({ snapshot }: StoredSnapshot, path: string): string {
  const root = snapshot.paths.find((target) => path.startsWith(target)) ?? '';
  return path.slice(root.length).replaceAll('\\', '/');
}
