import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import type { DeletedRow } from '../../worker/engineProtocol/past.ts';
import type { Cairn } from '../cairn.ts';
import { arrangeChanges, changesIn, type ChangeEntry } from '../changes/arrangeChanges.ts';
import { contextKeys, views } from '../contributions.ts';
import { lastName, pathOf, wayBelow } from '../diskPaths.ts';
import { setContext } from '../setContext.ts';
import { workspaceFolders } from '../settings.ts';
import { MoreNode } from '../snapshots/nodes/moreNode.ts';
import type { Target } from '../targets/targetStore.ts';
import { tellInView } from '../targets/tellInView.ts';
import type { TreeNode } from '../treeNode.ts';
import { DeletedFileNode, DeletedFolderNode, DeletedWorktreeNode } from './deletedNodes.ts';
import type { DeletedPlace } from './deletedPlace.ts';

/** So many files are listed at first, of each folder of the workspace; more on demand. */
const FIRST_LIMIT = 2_000;
/** Changes come in bursts; so many milliseconds after the last it is looked again. */
const QUIET = 1_000;
/** So often rows are drawn while they are found. Milliseconds. */
const DRAW_INTERVAL = 300;

/** A work tree that is gone comes back as a folder of its own. */
function asFolder(path: DiskPath): vscode.WorkspaceFolder {
  return { uri: vscode.Uri.file(path), name: lastName(path), index: -1 };
}

interface FolderRows {
  readonly folder: vscode.WorkspaceFolder;
  readonly target: Target;
  readonly rows: readonly DeletedRow[];
  readonly truncated: boolean;
}

/** The rows of the view Deleted. Looks only while it is seen. */
export class DeletedTree implements vscode.Disposable {
  readonly #cairn: Cairn;
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #draw: () => void;
  #known: readonly FolderRows[] = [];
  #problems: readonly string[] = [];
  #filter = '';
  #asTree: boolean;
  #limit = FIRST_LIMIT;
  #isDue = true;
  #isRead = false;
  #timer: NodeJS.Timeout | undefined;
  #loading: AbortController | undefined;

  constructor(cairn: Cairn, view: vscode.TreeView<TreeNode>, options: { asTree: boolean; draw: () => void }) {
    this.#cairn = cairn;
    this.#view = view;
    this.#asTree = options.asTree;
    this.#draw = options.draw;
  }

  get filter(): string {
    return this.#filter;
  }

  /** Words that a path must have, in letters of either case. */
  set filter(text: string) {
    this.#filter = text.trim();
    setContext(contextKeys.deletedFiltered, this.#filter !== '');
    // What is not listed may pass the filter, too.
    if (this.#known.some(({ truncated }) => truncated)) this.note(true);
    this.#show();
  }

  set asTree(asTree: boolean) {
    this.#asTree = asTree;
    this.#draw();
  }

  /** Files or snapshots may have changed. */
  note(isUrgent = false): void {
    this.#isDue = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.lookIfSeen(), isUrgent ? DRAW_INTERVAL : QUIET);
  }

  /** Forgets all, as after targets were changed. */
  reset(): void {
    this.#loading?.abort();
    this.#known = [];
    this.#isDue = true;
    this.#isRead = false;
    this.#show();
    void this.lookIfSeen();
  }

  async lookIfSeen(): Promise<void> {
    if (this.#view.visible && this.#isDue) await this.look();
  }

  /** Looks again. Never throws: what went wrong stands in the view. */
  async look(): Promise<void> {
    this.#loading?.abort();
    const loading = (this.#loading = new AbortController());
    this.#isDue = false;
    try {
      await vscode.window.withProgress({ location: { viewId: views.deleted } }, () => this.#load(loading.signal));
    } catch (error) {
      if (loading.signal.aborted || errorCode(error) === 'aborted') return;
      this.#isDue = true;
      this.#known = [];
      this.#cairn.log.warn('What was deleted is not known.', error);
      this.#show(error instanceof Error ? error : new Error(String(error)));
    }
  }

  rows(): TreeNode[] {
    const shown = this.#known
      .map((of) => ({ of, places: this.#placesOf(of) }))
      .filter(({ places }) => places.length > 0);
    const rows =
      this.#known.length < 2
        ? shown.flatMap(({ of, places }) => this.#nodesOf(of, places, undefined))
        : shown.map(
            ({ of, places }) =>
              new DeletedFolderNode({
                parent: undefined,
                deleted: places,
                path: pathOf(of.folder.uri),
                name: of.folder.name,
                children: (parent) => this.#nodesOf(of, places, parent),
              }),
          );
    if (!this.#known.some(({ truncated }) => truncated)) return rows;
    const more = new MoreNode({ parent: undefined, id: 'more deleted', open: () => this.#more() });
    return [...rows, more];
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#loading?.abort();
  }

  #more(): Promise<void> {
    this.#limit *= 10;
    return this.look();
  }

  async #load(signal: AbortSignal): Promise<void> {
    const { engine, targets } = this.#cairn;
    const target = targets.primary();
    const isFirst = this.#known.length === 0;
    const known: FolderRows[] = [];
    const problems: string[] = [];
    for (const folder of workspaceFolders()) {
      const rows: DeletedRow[] = [];
      let drawnAt = 0;
      const onPart = (part: readonly DeletedRow[]) => {
        rows.push(...part);
        // Where rows are seen, they are changed when all is known.
        if (signal.aborted || !isFirst || performance.now() - drawnAt < DRAW_INTERVAL) return;
        drawnAt = performance.now();
        this.#known = [...known, { folder, target, rows: [...rows], truncated: false }];
        this.#show();
      };
      const params = { folder: pathOf(folder.uri), limit: this.#limit, text: this.#filter };
      const result = await targets
        .useUnasked(target, (repository) => engine.call('deletedFiles', { repository, ...params }, { signal, onPart }))
        .catch((error: unknown) => {
          // The first backup makes the default repository.
          const isNothingYet = target.location === undefined && errorCode(error) === 'repository-not-found';
          if (isNothingYet) return { truncated: false, problems: [] };
          throw error;
        });
      known.push({ folder, target, rows, truncated: result.truncated });
      problems.push(...result.problems);
    }
    if (signal.aborted) return;
    this.#known = known;
    this.#problems = problems;
    this.#isRead = true;
    this.#show();
  }

  #show(problem?: Error): void {
    const all = this.#known.reduce((sum, { rows }) => sum + rows.length, 0);
    const shown = this.#known.reduce((sum, of) => sum + this.#placesOf(of).length, 0);
    const number = (value: number) => value.toLocaleString(vscode.env.language);
    this.#view.description =
      this.#filter !== '' ? vscode.l10n.t('{0} with "{1}"', number(shown), this.#filter) : all === 0 ? '' : number(all);
    setContext(contextKeys.deletedRead, this.#isRead || problem !== undefined);
    const [first] = this.#problems;
    const unread = first && vscode.l10n.t('{0} folders could not be compared. {1}', this.#problems.length, first);
    tellInView(this.#view, contextKeys.deletedNeedsPassword, problem ?? unread ?? this.#tellIfNone(all, shown));
    this.#draw();
  }

  #tellIfNone(all: number, shown: number): string | undefined {
    if (shown > 0 || !this.#isRead || this.#known.length === 0) return undefined;
    if (all > 0 || this.#filter !== '') return vscode.l10n.t('No deleted file passes the filter.');
    return vscode.l10n.t('No snapshot has a file that is not there any more.');
  }

  #placesOf({ folder, target, rows }: FolderRows): DeletedPlace[] {
    const words = this.#filter.toLowerCase().split(/\s+/);
    const root = pathOf(folder.uri);
    const passes = ({ path }: DeletedRow) => {
      const way = (wayBelow(root, path) ?? path).toLowerCase();
      return words.every((word) => way.includes(word));
    };
    return rows
      .filter(passes)
      .map((file) => ({ folder: file.isWorktree ? asFolder(file.path) : folder, target, file }));
  }

  #nodesOf({ folder }: FolderRows, places: readonly DeletedPlace[], parent: TreeNode | undefined): TreeNode[] {
    const worktrees = places.filter(({ file }) => file.isWorktree);
    const files = places.filter(({ file }) => !file.isWorktree);
    const gone = worktrees.map((place) => new DeletedWorktreeNode(parent, place));
    if (!this.#asTree)
      return [...gone, ...files.map((place) => new DeletedFileNode(this.#cairn, parent, place, false))];
    const placed = files.map((place) => ({ path: place.file.path, place }));
    return [...gone, ...this.#nodesIn(arrangeChanges(placed, pathOf(folder.uri)), parent)];
  }

  #nodesIn(entries: readonly ChangeEntry<{ path: string; place: DeletedPlace }>[], parent?: TreeNode): TreeNode[] {
    return entries.map((entry) => {
      if (entry.kind === 'file') return new DeletedFileNode(this.#cairn, parent, entry.change.place, true);
      const { path, name, entries: inner } = entry;
      const deleted = changesIn(entry).map(({ place }) => place);
      const children = (node: TreeNode) => this.#nodesIn(inner, node);
      return new DeletedFolderNode({ parent, deleted, path, name, children });
    });
  }
}
