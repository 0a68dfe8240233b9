import type { Commit } from './runSchedule.ts';

/** One movement of HEAD. */
interface ReflogEntry {
  readonly after: string;
  /** Seconds since 1970, as the committer says. */
  readonly time: number;
  /** What git did, and the subject of the commit if it made one. */
  readonly message: string;
}

const SHORT_ID = 7;
/** What git calls a commit that a person made: not those of merges that need nobody, of rebases or pulls. */
const commitPattern = /^(?:commit(?: \((?:amend|initial|merge|cherry-pick)\))?|cherry-pick|revert): (.*)$/;

/**
 * The commit at which HEAD is, if lines of a reflog say that it was made there. What was checked out,
 * reset, pulled, merged or rebased since makes it no longer the state of the files.
 * @param lines those that were added to `logs/HEAD` since the last look.
 * @param notBefore seconds since 1970: what was committed earlier is no news.
 */
export function findCommit(lines: string, notBefore = -Infinity): Commit | undefined {
  const entries = lines.split('\n').flatMap((line) => parseLine(line) ?? []);
  const head = entries.at(-1)?.after;
  for (const { after, time, message } of entries.reverse()) {
    if (after !== head || time < notBefore) return undefined;
    const subject = commitPattern.exec(message)?.[1];
    if (subject !== undefined) return { id: after.slice(0, SHORT_ID), subject };
    // A branch made, or switched to, at the same commit changes no file.
    if (!message.startsWith('checkout: ')) return undefined;
  }
  return undefined;
}

/** `<before> <after> <name> <mail> <seconds> <zone>\t<message>` */
function parseLine(line: string): ReflogEntry | undefined {
  const [, after, seconds, message = ''] =
    /^[0-9a-f]{40,64} ([0-9a-f]{40,64}) [^\t]*> (\d+) [-+]\d+(?:\t(.*))?$/.exec(line) ?? [];
  return after === undefined ? undefined : { after, time: Number(seconds), message };
}
