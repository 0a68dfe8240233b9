import { open } from 'node:fs/promises';
import * as vscode from 'vscode';
import { systemCode } from '../../base/systemCode.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { findCommit, findOperation, type GitOperation } from '../../base/reflog.ts';
import type { Cairn } from '../cairn.ts';
import { placeKey } from '../../base/samePlace.ts';
import { isInside, joinPath, lastName, parentFolder, pathOf, wayBelow } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';
import type { Commit } from './runSchedule.ts';
import {
  findGitFolder,
  findGitFolderAbove,
  findWorkTree,
  isCommitOf,
  listWorktrees,
  sharedGitFolder,
} from './gitFolder.ts';

/** What we use of version 1 of the API of the git extension. */
interface GitApi {
  readonly repositories: readonly GitRepository[];
  readonly onDidOpenRepository: vscode.Event<GitRepository>;
}
interface GitRepository {
  readonly rootUri: vscode.Uri;
  readonly state: { readonly onDidChange: vscode.Event<void>; readonly HEAD: { readonly commit?: string } | undefined };
}
interface GitExtension {
  readonly enabled: boolean;
  readonly onDidChangeEnablement: vscode.Event<boolean>;
  getAPI(version: 1): GitApi;
}

/** In a reflog that is new, or was written anew, older commits are no news. Seconds. */
const RECENT = 300;
/** Events may be switched off for `.git`, or not come at all. Milliseconds. */
const POLL = 10_000;
/** More than this was not appended by one command. Bytes. */
const MOST_NEWS = 256 * 1024;

/** What git did: a commit that is the state of the files now, or else whatever else it did to them. */
export type GitNews = { readonly commit: Commit } | { readonly operation: GitOperation };

type GitListener = (folder: vscode.WorkspaceFolder, news: GitNews) => void;

/**
 * Tells what git does, whoever has it do that: whatever moves HEAD writes a line to its reflog, which is
 * looked at when the git extension says that HEAD moved, when the editor says that the reflog changed, and
 * now and then. The first hears of repositories outside of the workspace, the others work without git's extension.
 */
export function watchGit(cairn: Pick<Cairn, 'log'>, listener: GitListener): vscode.Disposable {
  const watch = new GitWatch(cairn, listener);
  void watch.start();
  return watch;
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

class GitWatch implements vscode.Disposable {
  readonly #cairn: Pick<Cairn, 'log'>;
  readonly #listener: GitListener;
  /** By the key of the place of the git folder. */
  readonly #followed = new Map<string, Followed>();
  readonly #disposables: vscode.Disposable[] = [];

  constructor(cairn: Pick<Cairn, 'log'>, listener: GitListener) {
    this.#cairn = cairn;
    this.#listener = listener;
  }

  async start(): Promise<void> {
    // The editor's own watcher covers what is in the workspace, nested repositories too.
    const onReflog = async (uri: vscode.Uri) => {
      const gitFolder = parentFolder(parentFolder(pathOf(uri)));
      const root = await findWorkTree(gitFolder);
      if (root !== undefined) await this.#look(gitFolder, root);
    };
    // Of a folder that comes or goes there is one event, whatever is in it.
    const onWorktrees = (uri: vscode.Uri) => {
      const folder = pathOf(uri);
      const worktrees = lastName(folder) === 'worktrees' ? folder : parentFolder(folder);
      return this.#lookForWorktrees(parentFolder(worktrees));
    };
    this.#watch('**/.git/logs/HEAD', onReflog);
    this.#watch('**/.git/worktrees/*/logs/HEAD', onReflog);
    this.#watch('**/.git/worktrees', onWorktrees);
    this.#watch('**/.git/worktrees/*', onWorktrees);
    const folders = vscode.workspace.onDidChangeWorkspaceFolders(() => void this.#followFolders());
    const polling = setInterval(() => void this.#lookAtAll(), POLL);
    this.#disposables.push(folders, { dispose: () => clearInterval(polling) });
    await this.#followFolders();
    await this.#followGitExtension();
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  /** A folder may be a work tree, lie inside one, or have its `.git` folder elsewhere. */
  async #followFolders(): Promise<void> {
    for (const folder of workspaceFolders()) {
      const found = await findGitFolderAbove(pathOf(folder.uri));
      if (!found) continue;
      await this.#follow(found.gitFolder, found.root);
      for (const gitFolder of await listWorktrees(sharedGitFolder(found.gitFolder))) {
        const root = await findWorkTree(gitFolder);
        if (root !== undefined) await this.#follow(gitFolder, root);
      }
    }
  }

  #watch(pattern: vscode.GlobPattern, look: (uri: vscode.Uri) => Promise<void>): void {
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const listen = (uri: vscode.Uri) => void look(uri);
    const listeners = [watcher.onDidChange(listen), watcher.onDidCreate(listen), watcher.onDidDelete(listen)];
    this.#disposables.push(watcher, ...listeners);
  }

  async #lookAtAll(): Promise<void> {
    const followed = [...this.#followed.values()];
    for (const { gitFolder, root } of followed) await this.#look(gitFolder, root);
    for (const shared of new Set(followed.map(({ gitFolder }) => sharedGitFolder(gitFolder))))
      await this.#lookForWorktrees(shared);
  }

  /** Follows worktrees that are new, and tells of those that are gone. */
  async #lookForWorktrees(shared: DiskPath): Promise<void> {
    const there = await listWorktrees(shared);
    for (const gitFolder of there) {
      const root = this.#followed.has(placeKey(gitFolder)) ? undefined : await findWorkTree(gitFolder);
      if (root !== undefined) await this.#look(gitFolder, root);
    }
    const keys = new Set(there.map((gitFolder) => placeKey(gitFolder)));
    for (const [key, { gitFolder, root }] of this.#followed) {
      if (gitFolder === sharedGitFolder(gitFolder) || sharedGitFolder(gitFolder) !== shared || keys.has(key)) continue;
      this.#followed.delete(key);
      this.#tell(root, { operation: { name: 'worktree', words: `git worktree remove of ${lastName(root)}` } });
    }
  }

  #tell(root: DiskPath, news: GitNews): void {
    for (const folder of workspaceFolders()) {
      const path = pathOf(folder.uri);
      if (!isCommitOf(path, root)) continue;
      const within = wayBelow(path, root);
      this.#listener(folder, 'commit' in news && within ? { commit: { ...news.commit, within } } : news);
    }
  }

  async #follow(gitFolder: DiskPath, root: DiskPath): Promise<void> {
    const key = placeKey(gitFolder);
    if (this.#followed.has(key)) return;
    const file = reflogOf(gitFolder);
    const offset = await sizeOf(file);
    const stashOffset = await sizeOf(stashLogOf(gitFolder));
    this.#followed.set(key, { gitFolder, root, offset, stashOffset, turn: Promise.resolve() });
    if (workspaceFolders().some(({ uri }) => isInside(file, pathOf(uri)))) return;
    const outside = new vscode.RelativePattern(vscode.Uri.file(parentFolder(file)), 'HEAD');
    this.#watch(outside, () => this.#look(gitFolder, root));
  }

  async #followGitExtension(): Promise<void> {
    const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
    if (!extension) return;
    try {
      const git = await extension.activate();
      const begin = () => {
        const api = git.getAPI(1);
        for (const repository of api.repositories) void this.#followRepository(repository);
        this.#disposables.push(api.onDidOpenRepository((repository) => void this.#followRepository(repository)));
      };
      if (git.enabled) begin();
      this.#disposables.push(git.onDidChangeEnablement((isEnabled) => isEnabled && begin()));
    } catch (error) {
      this.#cairn.log.debug(`The git extension cannot be used: ${String(error)}`);
    }
  }

  async #followRepository({ rootUri, state }: GitRepository): Promise<void> {
    const root = pathOf(rootUri);
    const gitFolder = await findGitFolder(root);
    if (gitFolder === undefined) return;
    await this.#follow(gitFolder, root);
    let head = state.HEAD?.commit;
    const onChange = state.onDidChange(() => {
      if (state.HEAD?.commit === head) return;
      head = state.HEAD?.commit;
      void this.#look(gitFolder, root);
    });
    this.#disposables.push(onChange);
  }

  /** Reads what was appended to a reflog. One that was not followed yet is new: all of it is news. */
  #look(gitFolder: DiskPath, root: DiskPath): Promise<void> {
    const key = placeKey(gitFolder);
    let followed = this.#followed.get(key);
    if (!followed) {
      followed = { gitFolder, root, offset: 0, stashOffset: 0, turn: Promise.resolve() };
      this.#followed.set(key, followed);
    }
    const { turn } = followed;
    return (followed.turn = turn.then(() => this.#read(reflogOf(gitFolder), followed)));
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
      if (systemCode(error) !== 'ENOENT') this.#cairn.log.debug(`${file} cannot be read: ${String(error)}`);
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
  return vscode.workspace.fs.stat(vscode.Uri.file(file)).then(
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
