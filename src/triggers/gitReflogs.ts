import { open, stat } from 'node:fs/promises';
import { systemCode } from '../base/systemCode.ts';
import type { DiskPath } from '../base/pathKinds.ts';
import { findCommit, findOperation, type GitOperation } from '../base/reflog.ts';
import { placeKey } from '../base/samePlace.ts';
import { joinPath, lastName, wayBelow } from '../disk/paths.ts';
import { findGitFolderAbove, findWorkTree, isCommitOf, listWorktrees, sharedGitFolder } from './gitFolder.ts';
import type { Commit } from './runSchedule.ts';

/** In a reflog that is new, or was written anew, older commits are no news. Seconds. */
const RECENT = 300;
/** Events may be switched off for `.git`, or not come at all. Milliseconds. */
const POLL = 10_000;
/** More than this was not appended by one command. Bytes. */
const MOST_NEWS = 256 * 1024;

/** What git did: a commit that is the state of the files now, or else whatever else it did to them. */
export type GitNews = { readonly commit: Commit } | { readonly operation: GitOperation };

/** What {@link GitReflogs} is used with. */
export interface GitReflogsOptions {
  /** Those that are watched, as they are now. */
  readonly folders: () => readonly DiskPath[];
  readonly onNews: (folder: DiskPath, news: GitNews) => void;
  /** Hears of reflogs that cannot be read. */
  readonly onTrouble: (message: string) => void;
  /** Called once for each reflog that is followed: calls `look` when the file may have changed. */
  readonly watchFile: (file: DiskPath, look: () => Promise<void>) => void;
}

/** A reflog that is followed. */
interface Followed {
  readonly gitFolder: DiskPath;
  /** The top of the work tree. */
  readonly root: DiskPath;
  /** Up to where it was read, in bytes. */
  offset: number;
  /** The same of the reflog of the stash, which all worktrees share. */
  stashOffset: number;
  /** Looks come one after the other. */
  turn: Promise<void>;
}

/**
 * Tells what git does, whoever has it do that: whatever moves HEAD writes a line to its reflog, which is looked at when
 * somebody says that it may have changed, and now and then.
 */
export class GitReflogs {
  readonly #options: GitReflogsOptions;
  /** By the key of the place of the git folder. */
  readonly #followed = new Map<string, Followed>();
  readonly #polling = setInterval(() => void this.#lookAtAll(), POLL);

  constructor(options: GitReflogsOptions) {
    this.#options = options;
  }

  dispose(): void {
    clearInterval(this.#polling);
  }

  /** Follows the repositories of the folders. A folder may be a work tree, lie inside one, or have its `.git` folder elsewhere. */
  async followFolders(): Promise<void> {
    for (const folder of this.#options.folders()) {
      const found = await findGitFolderAbove(folder);
      if (!found) continue;
      await this.follow(found.gitFolder, found.root);
      for (const gitFolder of await listWorktrees(sharedGitFolder(found.gitFolder))) {
        const root = await findWorkTree(gitFolder);
        if (root !== undefined) await this.follow(gitFolder, root);
      }
    }
  }

  /** Follows a work tree from now on. */
  async follow(gitFolder: DiskPath, root: DiskPath): Promise<void> {
    const key = placeKey(gitFolder);
    if (this.#followed.has(key)) return;
    const file = reflogOf(gitFolder);
    const offset = await sizeOf(file);
    const stashOffset = await sizeOf(stashLogOf(gitFolder));
    this.#followed.set(key, { gitFolder, root, offset, stashOffset, turn: Promise.resolve() });
    this.#options.watchFile(file, () => this.look(gitFolder, root));
  }

  /** Reads what was appended to a reflog. One that was not followed yet is new: all of it is news. */
  look(gitFolder: DiskPath, root: DiskPath): Promise<void> {
    const key = placeKey(gitFolder);
    let followed = this.#followed.get(key);
    if (!followed) {
      followed = { gitFolder, root, offset: 0, stashOffset: 0, turn: Promise.resolve() };
      this.#followed.set(key, followed);
      this.#options.watchFile(reflogOf(gitFolder), () => this.look(gitFolder, root));
    }
    const { turn } = followed;
    return (followed.turn = turn.then(() => this.#read(reflogOf(gitFolder), followed)));
  }

  /** Reads what was appended to the reflog in a git folder. */
  async lookInto(gitFolder: DiskPath): Promise<void> {
    const root = await findWorkTree(gitFolder);
    if (root !== undefined) await this.look(gitFolder, root);
  }

  /** Follows worktrees that are new, and tells of those that are gone. @param shared the git folder of the repository. */
  async lookForWorktrees(shared: DiskPath): Promise<void> {
    const there = await listWorktrees(shared);
    for (const gitFolder of there) if (!this.#followed.has(placeKey(gitFolder))) await this.lookInto(gitFolder);
    const keys = new Set(there.map((gitFolder) => placeKey(gitFolder)));
    for (const [key, { gitFolder, root }] of this.#followed) {
      if (gitFolder === sharedGitFolder(gitFolder) || sharedGitFolder(gitFolder) !== shared || keys.has(key)) continue;
      this.#followed.delete(key);
      this.#tell(root, { operation: { name: 'worktree', words: `git worktree remove of ${lastName(root)}` } });
    }
  }

  async #lookAtAll(): Promise<void> {
    const followed = [...this.#followed.values()];
    for (const { gitFolder, root } of followed) await this.look(gitFolder, root);
    for (const shared of new Set(followed.map(({ gitFolder }) => sharedGitFolder(gitFolder))))
      await this.lookForWorktrees(shared);
  }

  #tell(root: DiskPath, news: GitNews): void {
    for (const folder of this.#options.folders()) {
      if (!isCommitOf(folder, root)) continue;
      const within = wayBelow(folder, root);
      this.#options.onNews(folder, 'commit' in news && within ? { commit: { ...news.commit, within } } : news);
    }
  }

  async #read(file: DiskPath, followed: Followed): Promise<void> {
    try {
      const news = await readFrom(file, followed.offset);
      followed.offset = news.size;
      if (news.text === '') return;
      const notBefore = news.isAppended ? undefined : Date.now() / 1000 - RECENT;
      const commit = findCommit(news.text, notBefore);
      const stash = commit ? '' : await this.#readStash(followed);
      const operation = commit ? undefined : findOperation(news.text, stash, notBefore);
      const what = commit ? { commit } : operation && { operation };
      if (what) this.#tell(followed.root, what);
    } catch (error) {
      // Without a commit, there is none yet.
      if (systemCode(error) !== 'ENOENT') this.#options.onTrouble(`${file} cannot be read: ${String(error)}`);
    }
  }

  /** Where something was popped, the file is shorter, and nothing in it is news. */
  async #readStash(followed: Followed): Promise<string> {
    const file = stashLogOf(followed.gitFolder);
    try {
      const { text, size } = await readFrom(file, followed.stashOffset);
      const isShorter = size < followed.stashOffset;
      followed.stashOffset = size;
      return isShorter ? '' : text;
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      followed.stashOffset = 0;
      return '';
    }
  }
}

function stashLogOf(gitFolder: DiskPath): DiskPath {
  return joinPath(sharedGitFolder(gitFolder), 'logs/refs/stash');
}

function reflogOf(gitFolder: DiskPath): DiskPath {
  return joinPath(gitFolder, 'logs/HEAD');
}

async function sizeOf(file: DiskPath): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

/** What a file has from an offset on; all of it, if it was written anew. */
async function readFrom(
  file: DiskPath,
  offset: number,
): Promise<{ readonly text: string; readonly size: number; readonly isAppended: boolean }> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const isAppended = offset > 0 && size >= offset;
    const from = Math.max(isAppended ? offset : 0, size - MOST_NEWS);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - from), 0, size - from, from);
    return { text: buffer.toString('utf8', 0, bytesRead), size: from + bytesRead, isAppended };
  } finally {
    await handle.close();
  }
}
