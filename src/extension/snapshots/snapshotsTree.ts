import * as vscode from 'vscode';
import { errorCode, isCairnError } from '../../base/errors.ts';
import type { RowActor, SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { contextKeys, views } from '../contributions.ts';
import { pathOf } from '../diskPaths.ts';
import { setContext } from '../setContext.ts';
import { workspaceFolders } from '../settings.ts';
import { PasswordNeededError } from '../targets/targetStore.ts';
import type { TreeNode } from '../treeNode.ts';
import { currentClock } from './describeSnapshot.ts';
import { createDayKey, groupByDay } from './groupByDay.ts';
import { DayNode } from './nodes/dayNode.ts';
import { FolderNode } from './nodes/folderNode.ts';
import { MessageNode } from './nodes/messageNode.ts';
import { MoreNode } from './nodes/moreNode.ts';
import { OtherTargetNode } from './nodes/otherTargetNode.ts';
import { SnapshotNode } from './nodes/snapshotNode.ts';
import { repeatedMinutes } from './repeatedMinutes.ts';
import { isFiltering, type SnapshotFilter } from './snapshotFilter.ts';
import { SnapshotList } from './snapshotList.ts';
import { otherTargets, targetOf, type SnapshotScope } from './snapshotScope.ts';

/** The tree of the view Snapshots: folders (of several), days, snapshots, what is in them. */
export class SnapshotsTree implements vscode.TreeDataProvider<TreeNode>, vscode.Disposable {
  readonly #cairn: Cairn;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #failed = new vscode.EventEmitter<Error | undefined>();
  readonly #hovered = new vscode.EventEmitter<void>();
  readonly #lists = new Map<string, SnapshotList>();
  #scope: SnapshotScope = { isAll: false };
  #filter: SnapshotFilter = {};
  readonly #agents = new Map<string, RowActor>();
  /** Of the day labels that are shown. */
  #today = '';
  #loading: Promise<void> | undefined;

  readonly onDidChangeTreeData = this.#changed.event;
  /** Says why the snapshots cannot be listed; undefined when they can. */
  readonly onDidFail = this.#failed.event;

  /** Fires when the pointer rests on a row. */
  readonly onDidHover = this.#hovered.event;

  constructor(cairn: Cairn) {
    this.#cairn = cairn;
  }

  get scope(): SnapshotScope {
    return this.#scope;
  }

  get filter(): SnapshotFilter {
    return this.#filter;
  }

  /** The agents that are known by name, as far as their snapshots were listed. */
  get agents(): readonly RowActor[] {
    return [...this.#agents.values()];
  }

  /** Shows others. */
  show({ scope = this.#scope, filter = this.#filter }: { scope?: SnapshotScope; filter?: SnapshotFilter }): void {
    this.#scope = scope;
    this.#filter = filter;
    this.reset();
  }

  /** Begins anew, as after the folders of the workspace or the targets changed. */
  reset(): void {
    this.#lists.clear();
    this.#loading = undefined;
    setContext(contextKeys.snapshotsEmpty, false);
    this.#changed.fire();
  }

  /** Looks whether there are other snapshots by now, and draws the tree only if so. */
  async refresh(): Promise<void> {
    if (this.#lists.size === 0) return this.reset();
    await this.#loading;
    const lists = [...this.#lists.values()];
    const changed = await this.#guard(async () => {
      let isOther = this.#today !== createDayKey({})(new Date());
      for (const list of lists) isOther = (await list.refresh()) || isOther;
      return isOther;
    });
    this.#tellIsEmpty();
    if (changed ?? true) this.#changed.fire();
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return node.item();
  }

  /** The editor asks for it when the pointer rests on a row. */
  async resolveTreeItem(item: vscode.TreeItem, node: TreeNode): Promise<vscode.TreeItem> {
    this.#hovered.fire();
    const tooltip = await node.tooltip?.();
    if (tooltip !== undefined) item.tooltip = tooltip;
    return item;
  }

  getParent(node: TreeNode): TreeNode | undefined {
    return node.parent;
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    try {
      return [...(node ? ((await node.children?.()) ?? []) : await this.#top())];
    } catch (error) {
      if (errorCode(error) === 'aborted') return [];
      return [new MessageNode(node, error instanceof Error ? error.message : String(error))];
    }
  }

  dispose(): void {
    this.#changed.dispose();
    this.#failed.dispose();
    this.#hovered.dispose();
  }

  async #top(): Promise<readonly TreeNode[]> {
    const folders = workspaceFolders();
    this.#loading ??= Promise.resolve(
      vscode.window.withProgress({ location: { viewId: views.snapshots } }, () => this.#loadAll(folders)),
    );
    await this.#loading;
    this.#today = createDayKey({})(new Date());
    const others = this.#others(folders.length);
    if (this.#scope.isAll || folders.length < 2) {
      const [[key, list] = []] = this.#lists;
      return [...(key === undefined || !list ? [] : this.#rowsOf(key, list, undefined)), ...others];
    }
    const rows = folders.flatMap((folder) => {
      const key = pathOf(folder.uri);
      const list = this.#lists.get(key);
      return list ? [new FolderNode(folder, async (parent) => this.#rowsOf(key, list, parent))] : [];
    });
    return [...rows, ...others];
  }

  /** What may be in other repositories, too: as after another one was made the default. */
  #others(folders: number): TreeNode[] {
    if (this.#scope.isAll || isFiltering(this.#filter) || folders === 0) return [];
    const others = otherTargets(this.#cairn, this.#scope);
    if (others.length === 0) return [];
    const { name } = targetOf(this.#cairn, this.#scope);
    const lists = [...this.#lists.values()];
    // Where the list could not be read, the view says why and what to do, which it does only while it has no rows.
    if (lists.length === 0) return [];
    const none = vscode.l10n.t('{0} has no snapshot of this workspace yet.', name);
    return [
      ...(lists.every(({ total }) => total === 0) ? [new MessageNode(undefined, none)] : []),
      ...others.map((target) => new OtherTargetNode(target)),
    ];
  }

  async #loadAll(folders: readonly vscode.WorkspaceFolder[]): Promise<void> {
    const isAll = this.#scope.isAll || folders.length === 0;
    const keys = isAll ? [''] : folders.map(({ uri }) => pathOf(uri));
    await this.#guard(async () => {
      for (const key of keys) {
        const list = this.#createList(isAll ? undefined : key);
        await list.refresh();
        this.#lists.set(key, list);
      }
    });
    this.#tellIsEmpty();
    if (!isAll && !isFiltering(this.#filter) && this.#scope.target === undefined) this.#tellHasSnapshots();
  }

  #createList(folder: string | undefined): SnapshotList {
    const { engine, targets } = this.#cairn;
    const target = targetOf(this.#cairn, this.#scope);
    const filter = this.#filter;
    return new SnapshotList(async (limit) => {
      const params = { limit, ...filter, ...(folder !== undefined && { folder }) };
      try {
        return await targets.useUnasked(target, (repository) =>
          engine.call('listSnapshots', { repository, ...params }),
        );
      } catch (error) {
        // Before the first backup, the default repository is not there.
        const isNothingYet = target.location === undefined && errorCode(error) === 'repository-not-found';
        if (isNothingYet) return { rows: [], total: 0 };
        throw error;
      }
    });
  }

  #rowsOf(key: string, list: SnapshotList, parent: TreeNode | undefined): TreeNode[] {
    const target = targetOf(this.#cairn, this.#scope);
    const showWhose = key === '';
    const days = groupByDay(list.rows, currentClock());
    const names = lastingNames(list.rows);
    const repeated = repeatedMinutes(list.rows);
    for (const { actor } of list.rows) if (actor?.kind === 'agent' && actor.name) this.#agents.set(actor.name, actor);
    const createChild = (row: SnapshotRow, day: DayNode) =>
      new SnapshotNode(
        this.#cairn,
        { target, row },
        {
          parent: day,
          name: names.get(row)!,
          showWhose,
          seconds: repeated.has(row),
        },
      );
    const nodes: TreeNode[] = days.map(
      (day, at) =>
        new DayNode({
          day,
          parent,
          list: key,
          isOpen: at === 0,
          isWhole: at < days.length - 1 || !list.hasMore,
          createChild,
        }),
    );
    if (!list.hasMore) return nodes;
    const open = () => this.#more(key);
    return [...nodes, new MoreNode({ parent, id: `more ${key}`, remaining: list.total - list.rows.length, open })];
  }

  /** By its key: the list may have been replaced since its last row was drawn. */
  async #more(key: string): Promise<void> {
    await this.#loading;
    await vscode.window.withProgress({ location: { viewId: views.snapshots } }, async () =>
      this.#lists.get(key)?.more(),
    );
    this.#changed.fire();
  }

  /** Not as long as there are rows to come. */
  #tellIsEmpty(): void {
    setContext(
      contextKeys.snapshotsEmpty,
      [...this.#lists.values()].every(({ total }) => total === 0),
    );
  }

  #tellHasSnapshots(): void {
    const has = [...this.#lists.values()].some(({ total }) => total > 0);
    setContext(contextKeys.hasSnapshots, has);
  }

  /** What cannot be listed is said in the view. */
  async #guard<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      const result = await work();
      this.#failed.fire(undefined);
      return result;
    } catch (error) {
      // Rows that cannot be opened any more would stand in the place of the button.
      if (error instanceof PasswordNeededError) this.#lists.clear();
      this.#failed.fire(error instanceof Error ? error : new Error(String(error)));
      if (!isCairnError(error)) this.#cairn.log.error(error as Error);
      return undefined;
    }
  }
}

/** A label gives a snapshot another id, but its row is to stay as open as it was. No name is given twice. */
function lastingNames(rows: readonly SnapshotRow[]): Map<SnapshotRow, string> {
  const taken = new Set(rows.map(({ id }) => id));
  const names = new Map<SnapshotRow, string>();
  for (const row of rows) {
    const { id, original } = row;
    const isFree = original !== undefined && !taken.has(original);
    names.set(row, isFree ? original : id);
    if (isFree) taken.add(original);
  }
  return names;
}
