import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import type { Cairn } from '../cairn.ts';
import { views } from '../contributions.ts';
import { MoreNode } from '../snapshots/nodes/moreNode.ts';
import { repeatedMinutes } from '../snapshots/repeatedMinutes.ts';
import type { TreeNode } from '../treeNode.ts';
import { CurrentNode } from './currentNode.ts';
import { fetchHistory, type History } from './fetchHistory.ts';
import { isSameFile, type FollowedFile } from './followedFile.ts';
import { VersionNode } from './versionNode.ts';

/** How many versions are listed at first, and how many more on demand. */
const PAGE = 200;

/** The tree of the view File History: the versions of one file. */
export class FileHistoryTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #cairn: Cairn;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #told = new vscode.EventEmitter<string | Error | undefined>();
  #file: FollowedFile | undefined;
  #history: History | undefined;
  #drawn: string | undefined;
  #limit = PAGE;
  #loading: AbortController | undefined;

  readonly onDidChangeTreeData = this.#changed.event;
  /** What is to be said in place of versions, or why there are none; undefined if there are. */
  readonly onDidTell = this.#told.event;

  constructor(cairn: Cairn) {
    this.#cairn = cairn;
  }

  get file(): FollowedFile | undefined {
    return this.#file;
  }

  /** Whether it is shown that the editor has changes of the file which are not saved. */
  get isUnsaved(): boolean {
    return this.#history?.current === 'unsaved';
  }

  /** Shows the versions of another file, or looks again at those of the same. */
  async show(file: FollowedFile | undefined): Promise<void> {
    this.#loading?.abort();
    const loading = (this.#loading = new AbortController());
    if (!isSameFile(file, this.#file)) this.#clear(file);
    if (!file) return;
    try {
      const load = () => fetchHistory(this.#cairn, file, loading.signal);
      const history = await vscode.window.withProgress({ location: { viewId: views.fileHistory } }, load);
      const drawn = describe(history);
      // A row that is drawn anew under the mouse takes no click.
      if (loading.signal.aborted || drawn === this.#drawn) return;
      this.#history = history;
      this.#drawn = drawn;
      const isNone = history.versions.length === 0;
      this.#told.fire(isNone ? vscode.l10n.t('No snapshot has this file.') : undefined);
    } catch (error) {
      if (loading.signal.aborted || errorCode(error) === 'aborted') return;
      this.#history = this.#drawn = undefined;
      this.#told.fire(error instanceof Error ? error : String(error));
    }
    this.#changed.fire();
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return node.item();
  }

  getParent(): undefined {
    return undefined;
  }

  getChildren(node?: TreeNode): TreeNode[] {
    if (node || !this.#history) return [];
    const { file, target, versions, current } = this.#history;
    const repeated = repeatedMinutes(versions.map(({ snapshot }) => snapshot));
    const shown = versions.slice(0, this.#limit).map((version, at) => {
      const seconds = repeated.has(version.snapshot);
      return new VersionNode(this.#cairn, file, { target, version, before: versions[at + 1], seconds });
    });
    const remaining = versions.length - shown.length;
    return [
      ...(current && shown[0] ? [new CurrentNode(current, shown[0])] : []),
      ...shown,
      ...(remaining > 0
        ? [new MoreNode({ parent: undefined, id: 'more', remaining, open: () => this.#showMore() })]
        : []),
    ];
  }

  dispose(): void {
    this.#loading?.abort();
    this.#changed.dispose();
    this.#told.dispose();
  }

  #clear(file: FollowedFile | undefined): void {
    this.#file = file;
    this.#history = this.#drawn = undefined;
    this.#limit = PAGE;
    this.#told.fire(undefined);
    this.#changed.fire();
  }

  #showMore(): void {
    this.#limit += PAGE;
    this.#changed.fire();
  }
}

/** All that the rows depend on; their times are said in another way when the day is over. */
function describe({ target, versions, current }: History): string {
  return JSON.stringify([target, versions, current, new Date().toDateString()]);
}
