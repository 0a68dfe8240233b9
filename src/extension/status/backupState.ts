import * as vscode from 'vscode';
import { errorCode, type ErrorCode } from '../../base/errors.ts';
import type { ProgressEvent } from '../../base/progress.ts';
import type { BackupOrder } from '../backup/backupService.ts';
import type { Cairn } from '../cairn.ts';
import { isDeclined } from '../protect/protectAnswers.ts';
import { readSetting, workspaceFolders } from '../settings.ts';
import type { Target } from '../targets/targetStore.ts';
import type { AutomaticBackups } from '../triggers/automaticBackups.ts';

/** Why backups to a target fail. */
export interface Failure {
  readonly target: Target;
  readonly code: ErrorCode;
  readonly message: string;
  readonly isAutomatic: boolean;
  /** How many failed so in a row. */
  readonly count: number;
  /** Milliseconds since 1970 of the first of them. */
  readonly since: number;
}

/** What goes on. */
interface Running {
  readonly order: BackupOrder;
  readonly progress: ProgressEvent | undefined;
}

/** How backups stand, for all that shows it. */
export class BackupState implements vscode.Disposable {
  readonly #automatic: AutomaticBackups;
  readonly #context: Cairn['context'];
  readonly #targets: Cairn['targets'];
  readonly #failures = new Map<string, Failure>();
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #failed = new vscode.EventEmitter<Failure>();
  readonly #listeners: vscode.Disposable;
  #running: Running | undefined;

  readonly onDidChange = this.#changed.event;
  readonly onDidFail = this.#failed.event;

  constructor(
    { backups, context, targets }: Pick<Cairn, 'backups' | 'context' | 'targets'>,
    automatic: AutomaticBackups,
  ) {
    this.#automatic = automatic;
    this.#context = context;
    this.#targets = targets;
    this.#listeners = vscode.Disposable.from(
      automatic.onDidChange(() => this.#changed.fire()),
      targets.onDidTouch(() => this.#changed.fire()),
      backups.onDidStart((order) => this.#setRunning({ order, progress: undefined })),
      backups.onDidProgress((progress) => {
        if (this.#running) this.#setRunning({ ...this.#running, progress });
      }),
      backups.onDidFinish(({ target }) => {
        this.#failures.delete(target.id);
        this.#setRunning(undefined);
      }),
      backups.onDidFail(({ order, target, error }) => {
        if (errorCode(error) !== 'aborted') this.#noteFailure(order, target, error);
        // Its row may say that all is well.
        targets.touch(target);
        this.#setRunning(undefined);
      }),
    );
  }

  get running(): Running | undefined {
    return this.#running;
  }

  /** Those that were not followed by a success; also that the target is away, which the next backup would find. */
  get failures(): Failure[] {
    const known = [...this.#failures.values()];
    const target = this.#targets.primary();
    const away = this.#targets.whyAway(target);
    if (!away || this.#failures.has(target.id)) return known;
    const { message } = away;
    return [...known, { target, code: errorCode(away), message, isAutomatic: true, count: 1, since: Date.now() }];
  }

  get isPaused(): boolean {
    return this.#automatic.isPaused;
  }

  /** Whether it is known that a folder was never backed up, if one seems so. */
  get isKnown(): boolean {
    return this.#automatic.isLookedUp;
  }

  /** Whether each folder that was never backed up is not to be: a person said so. */
  get isUnprotectedByChoice(): boolean {
    if (readSetting<string>('protect') === 'never') return true;
    return workspaceFolders().every(
      (folder) => this.#automatic.isProtected(folder) || isDeclined(this.#context, folder),
    );
  }

  /** When the folder that waits longest was found to be backed up, in milliseconds since 1970; undefined if one never was. */
  get lastGood(): number | undefined {
    const times = workspaceFolders().map((folder) => this.#automatic.lastGood(folder));
    return times.some((time) => time === undefined) ? undefined : Math.min(...(times as number[]));
  }

  /** Whether there are changes that no backup has for longer than the settings allow. */
  get isOverdue(): boolean {
    const longest = readSetting<number>('overdueAfter') * 3_600_000;
    return workspaceFolders().some((folder) => {
      const last = this.#automatic.lastGood(folder);
      return last !== undefined && this.#automatic.hasChanges(folder) && Date.now() - last > longest;
    });
  }

  dispose(): void {
    this.#listeners.dispose();
    this.#changed.dispose();
    this.#failed.dispose();
  }

  #noteFailure(order: BackupOrder, target: Target, error: unknown): void {
    const code = errorCode(error);
    const before = this.#failures.get(target.id);
    const failure: Failure = {
      target,
      code,
      message: (error as Error).message,
      isAutomatic: order.trigger !== 'manual',
      count: before?.code === code ? before.count + 1 : 1,
      since: before?.code === code ? before.since : Date.now(),
    };
    this.#failures.set(target.id, failure);
    this.#failed.fire(failure);
  }

  #setRunning(running: Running | undefined): void {
    this.#running = running;
    this.#changed.fire();
  }
}
