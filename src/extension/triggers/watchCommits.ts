import { open } from 'node:fs/promises';
import * as vscode from 'vscode';
import { systemCode } from '../../base/systemCode.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { Cairn } from '../cairn.ts';
import { placeKey } from '../../base/samePlace.ts';
import { isInside, joinPath, parentFolder, pathOf, wayBelow } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';
import { findGitFolder, findGitFolderAbove, isCommitOf } from './gitFolder.ts';
import { findCommit } from './reflog.ts';
import type { Commit } from './runSchedule.ts';

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

type CommitListener = (folder: vscode.WorkspaceFolder, commit: Commit) => void;

/**
 * Tells of git commits, however they were made: whatever moves HEAD writes a line to its reflog, which is
 * looked at when the git extension says that HEAD moved, when the editor says that the reflog changed, and
 * now and then. The first hears of repositories outside of the workspace, the others work without git's extension.
 */
export function watchCommits(cairn: Pick<Cairn, 'log'>, listener: CommitListener): vscode.Disposable {
  const watch = new CommitWatch(cairn, listener);
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
  /** Looks come one after the other. */
  turn: Promise<void>;
}

class CommitWatch implements vscode.Disposable {
  readonly #cairn: Pick<Cairn, 'log'>;
  readonly #listener: CommitListener;
  /** By the key of the place of the git folder. */
  readonly #followed = new Map<string, Followed>();
  readonly #disposables: vscode.Disposable[] = [];

  constructor(cairn: Pick<Cairn, 'log'>, listener: CommitListener) {
    this.#cairn = cairn;
    this.#listener = listener;
  }

  async start(): Promise<void> {
    // The editor's own watcher covers what is in the workspace, nested repositories too.
    const inside = vscode.workspace.createFileSystemWatcher('**/.git/logs/HEAD');
    const onEvent = (uri: vscode.Uri) => {
      const gitFolder = parentFolder(parentFolder(pathOf(uri)));
      void this.#look(gitFolder, parentFolder(gitFolder));
    };
    const folders = vscode.workspace.onDidChangeWorkspaceFolders(() => void this.#followFolders());
    this.#disposables.push(inside, inside.onDidChange(onEvent), inside.onDidCreate(onEvent), folders);
    const polling = setInterval(() => {
      for (const { gitFolder, root } of this.#followed.values()) void this.#look(gitFolder, root);
    }, POLL);
    this.#disposables.push({ dispose: () => clearInterval(polling) });
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
      if (found) await this.#follow(found.gitFolder, found.root);
    }
  }

  async #follow(gitFolder: DiskPath, root: DiskPath): Promise<void> {
    const key = placeKey(gitFolder);
    if (this.#followed.has(key)) return;
    const file = reflogOf(gitFolder);
    this.#followed.set(key, { gitFolder, root, offset: await sizeOf(file), turn: Promise.resolve() });
    if (workspaceFolders().some(({ uri }) => isInside(file, pathOf(uri)))) return;
    const outside = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.file(parentFolder(file)), 'HEAD'),
    );
    const look = () => void this.#look(gitFolder, root);
    this.#disposables.push(outside, outside.onDidChange(look), outside.onDidCreate(look));
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
    if (!followed) this.#followed.set(key, (followed = { gitFolder, root, offset: 0, turn: Promise.resolve() }));
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
      if (!commit) return;
      for (const folder of workspaceFolders()) {
        const path = pathOf(folder.uri);
        const within = wayBelow(path, followed.root);
        if (isCommitOf(path, followed.root)) this.#listener(folder, { ...commit, ...(within && { within }) });
      }
    } catch (error) {
      // Without a commit, there is none yet.
      if (systemCode(error) !== 'ENOENT') this.#cairn.log.debug(`${file} cannot be read: ${String(error)}`);
    }
  }
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
