import * as vscode from 'vscode';
import { errorCode } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { ChangeHints } from '../../triggers/changeHints.ts';
import { RunSchedule, type Moment, type Run, type Wish } from '../../triggers/runSchedule.ts';
import { fullWish, requestOf } from '../../triggers/wishes.ts';
import type { BackupRequest } from '../../worker/engineProtocol/backup.ts';
import type { Cairn } from '../cairn.ts';
import { contextKeys } from '../contributions.ts';
import { isInside, pathOf } from '../diskPaths.ts';
import { setContext } from '../setContext.ts';
import { workspaceFolders } from '../settings.ts';
import { ChangeOrigins, type NotedPaths } from './changeOrigins.ts';

/** In the state of the workspace. */
const PAUSED = 'paused';
/** In the state of the workspace: what is known of the folders that were backed up, by their addresses. */
const PROTECTED = 'protectedFolders';

type Actor = NonNullable<BackupRequest['actor']>;

interface Protected {
  /** Id of the primary target then. */
  readonly target: string;
  /** When the folder was last found to be backed up, in milliseconds since 1970. */
  readonly lastGood: number;
}

/**
 * The automatic snapshots of the folders of this window. They begin for a folder with its first snapshot
 * in the primary target, which a person makes or has made always; and they can be paused.
 */
export class AutomaticBackups implements vscode.Disposable {
  readonly #cairn: Cairn;
  readonly #schedules = new Map<string, RunSchedule>();
  readonly #hints: ChangeHints<vscode.WorkspaceFolder>;
  readonly #origins = new ChangeOrigins<string>(readTime);
  readonly #listener: vscode.Disposable;
  readonly #dirty = new Set<string>();
  readonly #began = performance.now();
  #isLookedUp = false;
  /** Addresses of folders that the primary target has no snapshot of, as far as is known. */
  readonly #unprotected = new Set<string>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #lookedUp = new vscode.EventEmitter<void>();
  /** When each folder was last looked at in full, in milliseconds of `performance.now()`. */
  readonly #fullScans = new Map<string, number>();

  /** Fires when they are paused or resumed, or begin for a folder. */
  readonly onDidChange = this.#changed.event;
  /** Fires when the primary target was asked which folders it has snapshots of. */
  readonly onDidLookUp = this.#lookedUp.event;

  constructor(cairn: Cairn) {
    this.#cairn = cairn;
    this.#hints = new ChangeHints((folder, paths) => this.#tell(folder, paths));
    const started = cairn.backups.onDidStart(({ folder }) => this.#dirty.delete(folder.uri.toString()));
    const finished = cairn.backups.onDidFinish(({ order, target, report }) => {
      if (report.scan === 'full') this.#fullScans.set(order.folder.uri.toString(), performance.now());
      if (target.id === cairn.targets.primary().id) this.#protect(order.folder, Date.now());
    });
    const failed = cairn.backups.onDidFail(({ order }) => this.#dirty.add(order.folder.uri.toString()));
    this.#listener = vscode.Disposable.from(started, finished, failed);
    this.#setContext();
  }

  get isPaused(): boolean {
    return this.#cairn.context.workspaceState.get(PAUSED, false);
  }

  /** Whether the folder has a snapshot in the primary target. */
  isProtected(folder: vscode.WorkspaceFolder): boolean {
    return this.#protected(folder)?.target === this.#cairn.targets.primary().id;
  }

  /** Whether it is known which folders have snapshots, as far as that can be known. */
  get isLookedUp(): boolean {
    return this.#isLookedUp || workspaceFolders().every((folder) => this.isProtected(folder));
  }

  /** Those of which the primary target is known to have no snapshot; a target that is away says nothing. */
  get unprotected(): vscode.WorkspaceFolder[] {
    return workspaceFolders().filter((folder) => this.#unprotected.has(folder.uri.toString()));
  }

  /** When the folder was last found to be backed up to the primary target, in milliseconds since 1970. */
  lastGood(folder: vscode.WorkspaceFolder): number | undefined {
    return this.isProtected(folder) ? this.#protected(folder)?.lastGood : undefined;
  }

  /** Whether files were noted since the last backup of the folder. */
  hasChanges(folder: vscode.WorkspaceFolder): boolean {
    return this.#dirty.has(folder.uri.toString());
  }

  /** Milliseconds since the folder was last looked at in full by this window, or since that began. */
  sinceFullScan(folder: vscode.WorkspaceFolder): number {
    return performance.now() - (this.#fullScans.get(folder.uri.toString()) ?? this.#began);
  }

  /** Whether a snapshot is wanted or under way. */
  isBusy(folder: vscode.WorkspaceFolder): boolean {
    return this.#schedules.get(folder.uri.toString())?.isBusy ?? false;
  }

  /** Notes a file that may have changed, and whether it was the editor that saved it. */
  note(folder: vscode.WorkspaceFolder, path: DiskPath, isSave = false): void {
    if (!this.isProtected(folder)) return;
    const key = folder.uri.toString();
    this.#dirty.add(key);
    if (isSave) this.#origins.noteSave(key, path);
    else this.#origins.noteChange(key, path);
    this.#hints.add(folder, path);
  }

  /** Asks for a snapshot; nothing comes of it before the first one, and while paused. */
  want(folder: vscode.WorkspaceFolder, wish: Wish): void {
    if (!this.isPaused && this.isProtected(folder)) this.#schedule(folder).want(wish);
  }

  /** Makes the first snapshot of a folder, and the repository if need be, though nobody asked just now. */
  begin(folder: vscode.WorkspaceFolder): void {
    if (!this.isPaused) this.#schedule(folder).want(fullWish('first'));
  }

  /** Has all that shows how folders stand look again. */
  tellChange(): void {
    this.#changed.fire();
  }

  /** Makes now the snapshot that is wanted, if one is, and waits for it, but no longer than so many milliseconds. */
  async finish(folder: vscode.WorkspaceFolder, longestWait: number): Promise<void> {
    if (this.isPaused || !this.isProtected(folder) || !(this.hasChanges(folder) || this.isBusy(folder))) return;
    const schedule = this.#schedule(folder);
    const done = schedule.finish();
    schedule.want({ reason: 'save', quiet: 0, longest: 0 });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, longestWait)));
    await Promise.race([done, late]);
    clearTimeout(timer);
  }

  /** Tries at once what failed before. */
  retry(): void {
    for (const schedule of this.#schedules.values()) schedule.hurry();
  }

  async setPaused(isPaused: boolean): Promise<void> {
    await this.#cairn.context.workspaceState.update(PAUSED, isPaused);
    if (isPaused) for (const schedule of this.#schedules.values()) schedule.clear();
    // What was noted meanwhile is kept in the worker, but not what happened without an event.
    else for (const folder of workspaceFolders()) this.want(folder, fullWish('resume'));
    this.#cairn.log.info(isPaused ? 'Automatic snapshots are paused.' : 'Automatic snapshots are resumed.');
    this.#setContext();
    this.#changed.fire();
  }

  /** Asks the primary target which folders it has snapshots of. Opens it, so not while the editor starts. */
  async lookUp(): Promise<void> {
    const { targets, engine, log } = this.#cairn;
    const unknown = workspaceFolders().filter((folder) => !this.isProtected(folder));
    this.#unprotected.clear();
    for (const folder of unknown) {
      try {
        const repository = await targets.repositoryRef(targets.primary(), { ask: false });
        const { rows } = await engine.call('listSnapshots', { repository, folder: pathOf(folder.uri), limit: 1 });
        if (rows[0]) this.#protect(folder, Date.parse(rows[0].time));
        else this.#unprotected.add(folder.uri.toString());
      } catch (error) {
        // Without the default repository nothing was backed up yet; any other may just be away.
        if (errorCode(error) !== 'repository-not-found') log.info((error as Error).message);
        else if (targets.primary().location === undefined) this.#unprotected.add(folder.uri.toString());
      }
    }
    this.#isLookedUp = true;
    this.#changed.fire();
    this.#lookedUp.fire();
  }

  dispose(): void {
    for (const schedule of this.#schedules.values()) schedule.clear();
    this.#listener.dispose();
    this.#changed.dispose();
    this.#lookedUp.dispose();
  }

  #schedule(folder: vscode.WorkspaceFolder): RunSchedule {
    const key = folder.uri.toString();
    let schedule = this.#schedules.get(key);
    if (!schedule) this.#schedules.set(key, (schedule = new RunSchedule((run) => this.#run(folder, run))));
    return schedule;
  }

  async #run(folder: vscode.WorkspaceFolder, run: Run): Promise<void> {
    if (this.isPaused || !workspaceFolders().some(({ uri }) => uri.toString() === folder.uri.toString())) return;
    await this.#hints.flush();
    const key = folder.uri.toString();
    const noted = this.#origins.take(key);
    try {
      await this.#cairn.backups.backUp({ folder, ...requestOf(run, await this.#actorOf(noted, run.moment)) });
    } catch (error) {
      this.#origins.giveBack(key, noted);
      // The person did not want it; everything else is tried again.
      if (errorCode(error) !== 'aborted') throw error;
    }
  }

  /** What the editor did itself is its own only if nobody did anything beside it. */
  async #actorOf(noted: NotedPaths, moment: Moment | undefined): Promise<Actor> {
    if (moment?.actor.kind === 'git') return moment.actor;
    const rest = new Set([...noted].filter((path) => !moment?.paths.some((own) => isInside(path, own))));
    const isEditors = (moment && rest.size === 0) || (await this.#origins.areSaves(rest));
    return isEditors ? (moment?.actor ?? { kind: 'editor' }) : { kind: 'unknown' };
  }

  async #tell(folder: vscode.WorkspaceFolder, paths: readonly DiskPath[] | undefined): Promise<void> {
    try {
      await this.#cairn.engine.call('noteChanges', { folder: pathOf(folder.uri), ...(paths && { paths }) });
      this.#cairn.filesChanged.fire(folder);
    } catch (error) {
      // A worker that dies forgets its journal, too; the next look is a full one.
      this.#cairn.log.debug((error as Error).message);
    }
  }

  #protected(folder: vscode.WorkspaceFolder): Protected | undefined {
    return this.#allProtected()[folder.uri.toString()];
  }

  #allProtected(): Readonly<Record<string, Protected>> {
    return this.#cairn.context.workspaceState.get(PROTECTED, {});
  }

  #protect(folder: vscode.WorkspaceFolder, lastGood: number): void {
    const known = { target: this.#cairn.targets.primary().id, lastGood };
    this.#unprotected.delete(folder.uri.toString());
    void this.#cairn.context.workspaceState.update(PROTECTED, {
      ...this.#allProtected(),
      [folder.uri.toString()]: known,
    });
    this.#changed.fire();
  }

  #setContext(): void {
    setContext(contextKeys.paused, this.isPaused);
  }
}

async function readTime(path: DiskPath): Promise<number> {
  return (await vscode.workspace.fs.stat(vscode.Uri.file(path))).mtime;
}
