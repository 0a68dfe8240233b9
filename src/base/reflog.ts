/** What git says in its reflogs: pure, and content with whatever lines come. */

/** A git commit that was made. */
export interface Commit {
  /** Short. */
  readonly id: string;
  readonly subject: string;
}

/** Something that git did to the files of a work tree, or to what a branch stands for. */
export interface GitOperation {
  /** The command: `reset`. */
  readonly name: string;
  /** E.g. `git reset to HEAD~3`. */
  readonly words: string;
}

/** One movement of HEAD. */
interface ReflogEntry {
  readonly before: string;
  readonly after: string;
  /** Seconds since 1970, as the committer says. */
  readonly time: number;
  /** What git did, and the subject of the commit if it made one. */
  readonly message: string;
}

const SHORT_ID = 7;
/** More operations at once than these are not told one by one. */
const MOST_TOLD = 3;
/** What git calls a commit that a person made: not those of merges that need nobody, of rebases or pulls. */
const commitPattern = /^(?:commit(?: \((?:amend|initial|merge|cherry-pick)\))?|cherry-pick|revert): (.*)$/;

/**
 * The commit at which HEAD is, if lines of a reflog say that it was made there. What was checked out,
 * reset, pulled, merged or rebased since makes it no longer the state of the files.
 * @param lines those that were added to `logs/HEAD` since the last look.
 * @param notBefore seconds since 1970: what was committed earlier is no news.
 */
export function findCommit(lines: string, notBefore = -Infinity): Commit | undefined {
  const entries = parseLines(lines);
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

/**
 * What git did, where that was more than to commit: all of it in one, named after the last. Undefined if nothing was done.
 * @param lines those that were added to `logs/HEAD` since the last look.
 * @param stash those that were added to `logs/refs/stash` meanwhile.
 * @param notBefore seconds since 1970: what was done earlier is no news.
 */
export function findOperation(lines: string, stash = '', notBefore = -Infinity): GitOperation | undefined {
  const isNews = ({ time }: ReflogEntry) => time >= notBefore;
  const stashed = parseLines(stash).filter(isNews);
  const done: GitOperation[] = [];
  for (const entry of parseLines(lines).filter(isNews)) {
    const isReset = entry.message === 'reset: moving to HEAD';
    // What is stashed leaves the work tree by a reset, and what is in a new one comes by it.
    if (isReset && done.at(-1)?.name === 'worktree') continue;
    const operation = isReset && stashed.length > 0 ? describeStash(stashed.shift()!) : describeEntry(entry);
    const last = done.at(-1);
    // A rebase writes a line for each commit.
    if (operation && !(last?.name === operation.name && operation.words === `git ${operation.name}`)) {
      if (!done.some(({ words }) => words === operation.words)) done.push(operation);
    }
  }
  const name = done.at(-1)?.name;
  if (name === undefined) return undefined;
  const told = done.slice(0, MOST_TOLD).map(({ words }) => words);
  return { name, words: [...told, ...(done.length > MOST_TOLD ? ['…'] : [])].join(', ') };
}

function describeStash({ message }: ReflogEntry): GitOperation {
  const words = /^On [^:]*: (.*)$/.exec(message)?.[1];
  return { name: 'stash', words: words === undefined ? 'git stash' : `git stash of ${words}` };
}

function describeEntry({ before, after, message }: ReflogEntry): GitOperation | undefined {
  const [, command = '', how = '', rest = ''] = /^([a-z][a-z-]*)([^:]*)(?:: (.*))?$/.exec(message) ?? [];
  const name = command === 'initial' ? 'pull' : command;
  const target = /^(?:moving (?:from .* )?to|checkout) (.+)$/.exec(rest)?.[1];
  switch (name) {
    case '':
      return /^0+$/.test(before) ? { name: 'worktree', words: 'git worktree add' } : undefined;
    case 'commit':
      return undefined;
    case 'reset':
      return { name, words: target === undefined ? 'git reset' : `git reset to ${shorten(target)}` };
    case 'checkout':
      // A new branch, with all that is not committed.
      if (before === after && !/^moving from (.*) to \1$/.test(rest)) return undefined;
      return { name, words: target === undefined ? 'git checkout' : `git checkout of ${shorten(target)}` };
    case 'merge':
      return { name, words: `git merge of ${shorten(how.trim())}` };
    case 'rebase':
      if (how.includes('(abort)')) return { name, words: 'git rebase --abort' };
      return { name, words: target === undefined ? 'git rebase' : `git rebase onto ${shorten(target)}` };
    default:
      return { name, words: `git ${name}` };
  }
}

function shorten(name: string): string {
  return name.replace(/\b[0-9a-f]{40,64}\b/g, (id) => id.slice(0, SHORT_ID)).replace(/^refs\/heads\//, '');
}

function parseLines(lines: string): ReflogEntry[] {
  return lines.split('\n').flatMap((line) => parseLine(line) ?? []);
}

/** `<before> <after> <name> <mail> <seconds> <zone>\t<message>` */
function parseLine(line: string): ReflogEntry | undefined {
  const [, before, after, seconds, message = ''] =
    /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) [^\t]*> (\d+) [-+]\d+(?:\t(.*))?$/.exec(line) ?? [];
  return before === undefined || after === undefined ? undefined : { before, after, time: Number(seconds), message };
}
