import { statSync, watch, type FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errorCode } from '../../base/errors.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { createIgnoredPaths, toFsPath, TreeWatch, wayBelow, type IgnoreOptions } from '../../engine/index.ts';
import { ChangeHints } from '../../triggers/changeHints.ts';
import { DeletionBursts } from '../../triggers/deletionBursts.ts';
import { GitReflogs } from '../../triggers/gitReflogs.ts';
import { RunSchedule, type Run, type Wish } from '../../triggers/runSchedule.ts';
import {
  deletionWish,
  fullWish,
  gitWish,
  isIntervalOver,
  isPassedOver,
  outsideWish,
  requestOf,
  type RequestOfRun,
} from '../../triggers/wishes.ts';
import type { BackupReport } from '../../worker/engineProtocol/backup.ts';

/** When snapshots are made, as the settings `cairn.automatic.…` of the editor say it. */
export interface WatchSettings {
  readonly outsideChanges: boolean;
  /** Milliseconds. */
  readonly outsideDelay: number;
  readonly onCommit: boolean;
  /** Minutes; 0 for never. */
  readonly interval: number;
}

/** What a {@link WatchedFolder} has done by others. */
export interface WatchWork {
  /** Tells the engine what may have changed; absent: anything may have. */
  readonly note: (folder: DiskPath, paths: readonly DiskPath[] | undefined) => Promise<void>;
  readonly backUp: (folder: DiskPath, request: RequestOfRun) => Promise<BackupReport>;
  /** Hears of what a person should know. */
  readonly onTrouble: (message: string) => void;
}

/** They decide about other files than themselves. */
const ruleFiles = new Set(['.gitignore', '.cairnignore', 'CACHEDIR.TAG']);
const TICK = 5_000;

/** Has snapshots of one folder made when something in it changes, at commits and by the clock, until it is closed. */
export class WatchedFolder {
  readonly #folder: DiskPath;
  readonly #rules: IgnoreOptions;
  readonly #settings: WatchSettings;
  readonly #work: WatchWork;
  readonly #schedule = new RunSchedule((run) => this.#run(run));
  readonly #hints: ChangeHints<DiskPath>;
  readonly #deletions = new DeletionBursts<DiskPath>();
  readonly #reflogs: GitReflogs;
  readonly #files: FSWatcher[] = [];
  readonly #ticking = setInterval(() => this.#tick(), TICK);
  #tree: TreeWatch | undefined;
  /** Which folder it was that is watched: another may come in its place. */
  #identity: string | undefined;
  #isIgnored: (path: DiskPath, isFolder: boolean) => boolean = () => false;
  #isClosed = false;
  #lastFullScan = performance.now();

  constructor(folder: DiskPath, rules: IgnoreOptions, settings: WatchSettings, work: WatchWork) {
    this.#folder = folder;
    this.#rules = rules;
    this.#settings = settings;
    this.#work = work;
    this.#hints = new ChangeHints((place, paths) => work.note(place, paths));
    this.#reflogs = new GitReflogs({
      folders: () => [folder],
      onNews: (_folder, news) => {
        if ('commit' in news ? settings.onCommit : settings.outsideChanges) this.#want(gitWish(news));
      },
      onTrouble: work.onTrouble,
      watchFile: (file, look) => this.#watchFile(file, look),
    });
  }

  /** Begins to watch, and then looks at everything. Throws the system's error if the folder cannot be watched. */
  async start(reason: 'start' | 'first'): Promise<void> {
    this.#open();
    await this.#reflogs.followFolders();
    this.#want(fullWish(reason));
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#ticking);
    this.#schedule.clear();
    this.#reflogs.dispose();
    this.#tree?.close();
    for (const file of this.#files) file.close();
  }

  #want(wish: Wish): void {
    if (!this.#isClosed) this.#schedule.want(wish);
  }

  #open(): void {
    this.#isIgnored = createIgnoredPaths([this.#folder], this.#rules);
    this.#identity = identityOf(this.#folder);
    this.#tree = new TreeWatch(this.#folder, {
      isLeftOut: (folder) => this.#isLeftOut(folder),
      onChange: (path, isGone) => this.#onChange(path, isGone),
      onTrouble: this.#work.onTrouble,
    });
  }

  #isLeftOut(folder: DiskPath): boolean {
    if (basename(folder) !== '.git') return this.#isIgnored(folder, true);
    void this.#reflogs.follow(folder, dirname(folder));
    return true;
  }

  #onChange(path: DiskPath, isGone: boolean): void {
    const names = (wayBelow(this.#folder, path) ?? '').split('/');
    const name = names.at(-1)!;
    if (name === '.git' && !isGone) void this.#reflogs.lookInto(path);
    if (isPassedOver(names, new Set())) return;
    if (ruleFiles.has(name)) {
      this.#isIgnored = createIgnoredPaths([this.#folder], this.#rules);
      this.#tree?.refresh();
    }
    if (names[0] !== '' && this.#isIgnored(path, false)) return;
    this.#hints.add(this.#folder, path);
    if (!this.#settings.outsideChanges) return;
    this.#want(outsideWish(this.#settings.outsideDelay));
    if (isGone && this.#deletions.isMuch(this.#folder, path)) this.#want(deletionWish());
  }

  /** For what is in `.git`, which is not watched. Where that fails, it is looked at now and then. */
  #watchFile(file: DiskPath, look: () => Promise<void>): void {
    try {
      const watcher = watch(toFsPath(dirname(file)), (_kind, name) => {
        if (name === basename(file)) void look();
      });
      watcher.on('error', () => watcher.close());
      this.#files.push(watcher);
    } catch {
      // There is no reflog yet.
    }
  }

  async #run(run: Run): Promise<void> {
    if (!this.#tree) return;
    await this.#hints.flush();
    try {
      const report = await this.#work.backUp(this.#folder, requestOf(run, { kind: 'unknown' }));
      if (report.scan === 'full') this.#lastFullScan = performance.now();
    } catch (error) {
      if (this.#isClosed || errorCode(error) === 'aborted') return;
      // A folder that is away is looked at in full when it is back.
      if (identityOf(this.#folder) === undefined) return;
      this.#work.onTrouble((error as Error).message);
      throw error;
    }
  }

  /** Looks whether the folder is still there, and at the time, however long the machine slept. */
  #tick(): void {
    const identity = identityOf(this.#folder);
    if (identity !== this.#identity) this.#settle(identity);
    const since = performance.now() - this.#lastFullScan;
    if (this.#tree && isIntervalOver(since, this.#settings.interval) && !this.#schedule.isBusy)
      this.#want(fullWish('interval'));
  }

  /** The folder is gone, or back, or another one. */
  #settle(identity: string | undefined): void {
    this.#tree?.close();
    this.#tree = undefined;
    this.#identity = identity;
    if (identity === undefined) {
      this.#work.onTrouble(`${this.#folder} is not there any more. When it is back, it is watched again.`);
      return;
    }
    try {
      this.#open();
      void this.#reflogs.followFolders();
      this.#want(fullWish('resume'));
    } catch (error) {
      this.#identity = undefined;
      this.#work.onTrouble(`${this.#folder} cannot be watched: ${(error as Error).message}.`);
    }
  }
}

function identityOf(folder: DiskPath): string | undefined {
  try {
    const { dev, ino } = statSync(toFsPath(folder), { bigint: true });
    return `${dev} ${ino}`;
  } catch {
    return undefined;
  }
}
