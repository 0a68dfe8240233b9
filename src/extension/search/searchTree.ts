import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import type { FoundRow } from '../../worker/engineProtocol/past.ts';
import { countFiles } from '../counts.ts';
import type { Cairn } from '../cairn.ts';
import { contextKeys, views } from '../contributions.ts';
import { pathOf } from '../diskPaths.ts';
import { setContext } from '../setContext.ts';
import { workspaceFolders } from '../settings.ts';
import { showError } from '../showError.ts';
import type { Target } from '../targets/targetStore.ts';
import type { TreeNode } from '../treeNode.ts';
import { FoundFileNode } from './foundNodes.ts';
import { askQuery, type SearchQuery } from './searchQuery.ts';

/** So many versions are listed, of each folder of the workspace. */
const MOST_VERSIONS = 2_000;
/** So often rows are drawn while they are found. Milliseconds. */
const DRAW_INTERVAL = 250;

interface FoundFile {
  readonly folder: vscode.WorkspaceFolder;
  readonly target: Target;
  readonly found: FoundRow[];
}

/** The rows of the view Search: what was found so far by the search that was asked for last. */
export class SearchTree implements vscode.Disposable {
  readonly #cairn: Cairn;
  readonly #view: vscode.TreeView<TreeNode>;
  readonly #draw: () => void;
  /** By path. */
  #files = new Map<string, FoundFile>();
  #query: SearchQuery = { text: '', isRegex: false, ignoreCase: true, globs: [] };
  #running: AbortController | undefined;
  #drawnAt = 0;

  constructor(cairn: Cairn, view: vscode.TreeView<TreeNode>, draw: () => void) {
    this.#cairn = cairn;
    this.#view = view;
    this.#draw = draw;
  }

  /** Asks what to search for, and searches. */
  async ask(): Promise<void> {
    const selected = selectedText();
    const query = await askQuery(
      selected === undefined ? this.#query : { ...this.#query, text: selected, isRegex: false },
    );
    if (!query) return;
    this.#query = query;
    setContext(contextKeys.searched, true);
    await vscode.commands.executeCommand(`${views.search}.focus`);
    await this.#search(query);
  }

  stop(): void {
    this.#running?.abort();
  }

  /** Takes the view away. */
  close(): void {
    this.stop();
    this.#files.clear();
    setContext(contextKeys.searched, false);
    this.#draw();
  }

  rows(): TreeNode[] {
    return [...this.#files.values()].map((file) => new FoundFileNode(this.#cairn, file));
  }

  dispose(): void {
    this.stop();
  }

  async #search(query: SearchQuery): Promise<void> {
    this.stop();
    const running = (this.#running = new AbortController());
    this.#files = new Map();
    this.#view.message = vscode.l10n.t('Searching…');
    setContext(contextKeys.searching, true);
    this.#show();
    try {
      const message = await vscode.window.withProgress({ location: { viewId: views.search } }, () =>
        this.#searchFolders(query, running.signal),
      );
      if (this.#running === running) this.#view.message = message;
    } catch (error) {
      if (this.#running !== running) return;
      const isStopped = errorCode(error) === 'aborted';
      const what = error instanceof Error ? error.message : String(error);
      this.#view.message = isStopped ? vscode.l10n.t('The search was stopped. There may be more.') : what;
      if (!isStopped) showError(this.#cairn, error);
    } finally {
      if (this.#running === running) {
        this.#running = undefined;
        setContext(contextKeys.searching, false);
        this.#show();
      }
    }
  }

  /** What is to be said when it is done. */
  async #searchFolders(query: SearchQuery, signal: AbortSignal): Promise<string> {
    const { engine, targets } = this.#cairn;
    const target = targets.primary();
    const { text, isRegex, ignoreCase, globs } = query;
    const problems: string[] = [];
    let isTruncated = false;
    for (const folder of workspaceFolders()) {
      const params = {
        folder: pathOf(folder.uri),
        pattern: { text, isRegex, ignoreCase },
        globs,
        limit: MOST_VERSIONS,
      };
      const onPart = (part: readonly FoundRow[]) => {
        if (signal.aborted) return;
        for (const found of part) this.#add({ folder, target, found });
        if (performance.now() - this.#drawnAt > DRAW_INTERVAL) this.#show();
      };
      const result = await targets.use(target, (repository) =>
        engine.call('searchContent', { repository, ...params }, { signal, onPart }),
      );
      problems.push(...result.problems);
      isTruncated ||= result.truncated;
    }
    if (isTruncated) return vscode.l10n.t('There is more. Search for something that is found less often.');
    if (problems.length > 0)
      return vscode.l10n.t('{0} could not be searched. {1}', countFiles(problems.length), problems[0]!);
    return this.#files.size === 0 ? vscode.l10n.t('Nothing was found.') : '';
  }

  #add({ folder, target, found }: Omit<FoundFile, 'found'> & { readonly found: FoundRow }): void {
    const file = this.#files.get(found.path);
    if (file) file.found.push(found);
    else this.#files.set(found.path, { folder, target, found: [found] });
  }

  #show(): void {
    this.#drawnAt = performance.now();
    const { text } = this.#query;
    this.#view.description = vscode.l10n.t('"{0}" in {1}', text, countFiles(this.#files.size));
    this.#draw();
  }
}

/** What is selected in the editor, if it is a part of one line. */
function selectedText(): string | undefined {
  const editor = vscode.window.activeTextEditor;
  if (!editor || editor.selection.isEmpty || !editor.selection.isSingleLine) return undefined;
  return editor.document.getText(editor.selection);
}
