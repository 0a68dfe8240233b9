import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import type { ChangeList, SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { sourceOf, workspaceFolders } from '../settings.ts';
import { baselineAt, type ChosenBaseline } from './baseline.ts';
import { PasswordNeededError, type Target } from '../targets/targetStore.ts';

/** What differs in one workspace folder between its newest snapshot, or another that was chosen, and the disk. */
export interface FolderChanges {
  readonly folder: vscode.WorkspaceFolder;
  readonly target: Target;
  /** Absent if nothing was backed up yet. */
  readonly snapshot?: SnapshotRow;
  /** There is no snapshot such as was chosen, so it is the newest. */
  readonly isBaselineMissing: boolean;
  /** It is not on the disk any more: all that the snapshot has is missing. */
  readonly isGone: boolean;
  readonly list: ChangeList;
}

type Scan = 'full' | 'journal';

/** Changes come in bursts; so many milliseconds after the last of them they are looked at. */
const QUIET = 500;

/** As many changes are listed at first; more on demand. */
const FIRST_LIMIT = 1_000;

/** Knows what differs, and looks again when told to; while nobody watches, only before they do. */
export class ChangesModel implements vscode.Disposable {
  readonly #cairn: Pick<Cairn, 'engine' | 'targets' | 'log'>;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #known = new Map<string, FolderChanges>();
  /** What is to be looked at again, by folder. */
  readonly #due = new Map<string, Scan>();
  readonly #aborting = new AbortController();
  #limit = FIRST_LIMIT;
  #baseline: ChosenBaseline;
  #isWatched = false;
  #running: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #problem: Error | undefined;

  /** Fires when something else is known. */
  readonly onDidChange = this.#changed.event;

  constructor(cairn: Pick<Cairn, 'engine' | 'targets' | 'log'>, baseline: ChosenBaseline) {
    this.#cairn = cairn;
    this.#baseline = baseline;
    this.#noteAll('full');
  }

  /** What is known, in the order of the workspace. */
  get folders(): FolderChanges[] {
    return workspaceFolders().flatMap(({ uri }) => this.#known.get(uri.toString()) ?? []);
  }

  /** Whether what is known is still so, as far as anybody said. */
  get isFresh(): boolean {
    return this.#due.size === 0;
  }

  /** Since when changes are told. */
  get baseline(): ChosenBaseline {
    return this.#baseline;
  }

  /** Tells them since another moment. */
  async showSince(baseline: ChosenBaseline): Promise<void> {
    this.#baseline = baseline;
    await this.refresh();
  }

  /** Why something could not be compared. */
  get problem(): Error | undefined {
    return this.#problem;
  }

  /** Whether somebody looks at the changes. What was put off is then done at once. */
  watch(isWatched: boolean): void {
    this.#isWatched = isWatched;
    if (isWatched) void this.update();
  }

  /** Files of a folder, or of any, may have changed, or its snapshots have. */
  note(folder?: vscode.WorkspaceFolder): void {
    if (folder) this.#noteOne(folder.uri.toString(), 'journal');
    else this.#noteAll('journal');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#isWatched && void this.update(), QUIET);
  }

  /** Looks at everything again. */
  async refresh(): Promise<void> {
    this.#noteAll('full');
    await this.update();
  }

  /** Lists more of what was not listed. */
  async more(): Promise<void> {
    this.#limit *= 10;
    await this.refresh();
  }

  /** Forgets all, as after other folders were opened, or targets were changed. */
  reset(): void {
    this.#known.clear();
    this.#noteAll('full');
    if (this.#isWatched) void this.update();
  }

  /** Brings what is known up to date. Never throws: see `problem`. */
  async update(): Promise<void> {
    clearTimeout(this.#timer);
    this.#running ??= this.#work().finally(() => (this.#running = undefined));
    await this.#running;
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#aborting.abort();
    this.#changed.dispose();
  }

  #noteAll(scan: Scan): void {
    for (const { uri } of workspaceFolders()) this.#noteOne(uri.toString(), scan);
  }

  #noteOne(key: string, scan: Scan): void {
    if (this.#due.get(key) !== 'full') this.#due.set(key, scan);
  }

  async #work(): Promise<void> {
    this.#problem = undefined;
    const failed = new Map<string, Scan>();
    for (let due = this.#nextDue(); due; due = this.#nextDue()) {
      const [folder, scan] = due;
      try {
        this.#known.set(folder.uri.toString(), await this.#compare(folder, scan));
      } catch (error) {
        if (this.#aborting.signal.aborted) return;
        this.#cairn.log.warn(`The changes of ${folder.name} are not known.`, error);
        this.#problem = error instanceof Error ? error : new Error(String(error));
        // Rows that cannot be opened any more would stand in the place of the button.
        if (error instanceof PasswordNeededError) this.#known.delete(folder.uri.toString());
        failed.set(folder.uri.toString(), scan);
      }
    }
    for (const [key, scan] of failed) this.#noteOne(key, scan);
    this.#changed.fire();
  }

  #nextDue(): [vscode.WorkspaceFolder, Scan] | undefined {
    const [first] = this.#due;
    if (!first) return undefined;
    const [key, scan] = first;
    this.#due.delete(key);
    const folder = workspaceFolders().find(({ uri }) => uri.toString() === key);
    return folder ? [folder, scan] : this.#nextDue();
  }

  async #compare(folder: vscode.WorkspaceFolder, scan: Scan): Promise<FolderChanges> {
    const { engine, targets } = this.#cairn;
    const target = targets.primary();
    const source = sourceOf(folder.uri, targets.folders());
    const params = { source, scan, limit: this.#limit, baseline: baselineAt(this.#baseline, new Date()) };
    try {
      const { signal } = this.#aborting;
      const {
        snapshot,
        isFolderGone = false,
        isBaselineMissing = false,
        ...list
      } = await targets.useUnasked(target, (repository) =>
        engine.call('workspaceChanges', { repository, ...params }, { signal }),
      );
      return { folder, target, list, isGone: isFolderGone, isBaselineMissing, ...(snapshot && { snapshot }) };
    } catch (error) {
      // The first backup makes the default repository.
      const isNothingYet = target.location === undefined && errorCode(error) === 'repository-not-found';
      if (isNothingYet) return { folder, target, list: nothing, isGone: false, isBaselineMissing: false };
      throw error;
    }
  }
}

const nothing: ChangeList = {
  changes: [],
  counts: { added: 0, modified: 0, removed: 0 },
  gitFiles: 0,
  truncated: false,
  problems: [],
};
