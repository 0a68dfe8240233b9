import * as vscode from 'vscode';
import type { DiskPath } from '../../base/pathKinds.ts';
import { findGitFolder } from '../../triggers/gitFolder.ts';
import { GitReflogs, type GitNews } from '../../triggers/gitReflogs.ts';
import type { Cairn } from '../cairn.ts';
import { isInside, lastName, parentFolder, pathOf } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';

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

type GitListener = (folder: vscode.WorkspaceFolder, news: GitNews) => void;

/**
 * Tells what git does, whoever has it do that. Reflogs are looked at when the git extension says that HEAD moved, and when
 * the editor says that one changed. The first hears of repositories outside of the workspace, the other works without git's
 * extension.
 */
export function watchGit(cairn: Pick<Cairn, 'log'>, listener: GitListener): vscode.Disposable {
  const watch = new GitWatch(cairn, listener);
  void watch.start();
  return watch;
}

class GitWatch implements vscode.Disposable {
  readonly #cairn: Pick<Cairn, 'log'>;
  readonly #reflogs: GitReflogs;
  readonly #disposables: vscode.Disposable[] = [];

  constructor(cairn: Pick<Cairn, 'log'>, listener: GitListener) {
    this.#cairn = cairn;
    this.#reflogs = new GitReflogs({
      folders: () => workspaceFolders().map(({ uri }) => pathOf(uri)),
      onNews: (path, news) => {
        const folder = workspaceFolders().find(({ uri }) => pathOf(uri) === path);
        if (folder) listener(folder, news);
      },
      onTrouble: (message) => cairn.log.debug(message),
      watchFile: (file, look) => {
        // The editor's own watcher covers what is in the workspace.
        if (workspaceFolders().some(({ uri }) => isInside(file, pathOf(uri)))) return;
        this.#watch(new vscode.RelativePattern(vscode.Uri.file(parentFolder(file)), lastName(file)), look);
      },
    });
    this.#disposables.push(this.#reflogs);
  }

  async start(): Promise<void> {
    // The editor's own watcher covers what is in the workspace, nested repositories too.
    const onReflog = (uri: vscode.Uri) => this.#reflogs.lookInto(parentFolder(parentFolder(pathOf(uri))));
    // Of a folder that comes or goes there is one event, whatever is in it.
    const onWorktrees = (uri: vscode.Uri) => {
      const folder = pathOf(uri);
      const worktrees: DiskPath = lastName(folder) === 'worktrees' ? folder : parentFolder(folder);
      return this.#reflogs.lookForWorktrees(parentFolder(worktrees));
    };
    this.#watch('**/.git/logs/HEAD', onReflog);
    this.#watch('**/.git/worktrees/*/logs/HEAD', onReflog);
    this.#watch('**/.git/worktrees', onWorktrees);
    this.#watch('**/.git/worktrees/*', onWorktrees);
    this.#disposables.push(vscode.workspace.onDidChangeWorkspaceFolders(() => void this.#reflogs.followFolders()));
    await this.#reflogs.followFolders();
    await this.#followGitExtension();
  }

  dispose(): void {
    vscode.Disposable.from(...this.#disposables).dispose();
  }

  #watch(pattern: vscode.GlobPattern, look: (uri: vscode.Uri) => Promise<void>): void {
    const watcher = vscode.workspace.createFileSystemWatcher(pattern);
    const listen = (uri: vscode.Uri) => void look(uri);
    const listeners = [watcher.onDidChange(listen), watcher.onDidCreate(listen), watcher.onDidDelete(listen)];
    this.#disposables.push(watcher, ...listeners);
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
    await this.#reflogs.follow(gitFolder, root);
    let head = state.HEAD?.commit;
    const onChange = state.onDidChange(() => {
      if (state.HEAD?.commit === head) return;
      head = state.HEAD?.commit;
      void this.#reflogs.look(gitFolder, root);
    });
    this.#disposables.push(onChange);
  }
}
