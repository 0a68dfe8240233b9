import * as vscode from 'vscode';
import { CairnError } from '../../base/errors.ts';
import type { ProgressEvent } from '../../base/progress.ts';
import type { CallOptions } from '../../worker/engineProtocol.ts';
import type { BackupReport, BackupRequest } from '../../worker/engineProtocol/backup.ts';
import type { Trigger } from '../../worker/engineProtocol/snapshots.ts';
import { contextKeys } from '../contributions.ts';
import { setContext } from '../setContext.ts';
import { readSetting, sourceOf } from '../settings.ts';
import type { EngineClient } from '../../worker/engineClient.ts';
import type { Target, TargetStore } from '../targets/targetStore.ts';

/** What is to be backed up, and why. */
export interface BackupOrder {
  readonly folder: vscode.WorkspaceFolder;
  readonly trigger: Trigger;
  readonly scan: 'full' | 'journal';
  /** The primary one, unless stated. */
  readonly target?: Target;
  readonly label?: string;
  /** Short id of a git commit. */
  readonly commit?: string;
  /** As in {@link BackupRequest}. */
  readonly commitIn?: string;
  readonly actor?: BackupRequest['actor'];
  readonly evenIfUnchanged?: boolean;
  /** Make the default repository if it is not there, as what a person asks for does anyway. */
  readonly mayCreate?: boolean;
}

/** A backup that is done. */
export interface FinishedBackup {
  readonly order: BackupOrder;
  readonly target: Target;
  readonly report: BackupReport;
}

/** A backup that failed. */
export interface FailedBackup {
  readonly order: BackupOrder;
  readonly target: Target;
  readonly error: unknown;
}

/** What backups are made with. */
interface BackupParts {
  readonly engine: EngineClient;
  readonly log: vscode.LogOutputChannel;
  readonly targets: TargetStore;
  /** Recorded in snapshots. */
  readonly programVersion: string;
}

/** Nobody is asked anything for the sake of these. */
const automaticTriggers: ReadonlySet<Trigger> = new Set(['save', 'outside', 'commit', 'schedule']);
/** Menus do not flicker for automatic backups that are over sooner. Milliseconds. */
const SHOWN_AFTER = 500;

/** Runs backups, one at a time in this window, and tells everybody what became of them. */
export class BackupService implements vscode.Disposable {
  readonly #cairn: BackupParts;
  readonly #started = new vscode.EventEmitter<BackupOrder>();
  readonly #progressed = new vscode.EventEmitter<ProgressEvent>();
  readonly #finished = new vscode.EventEmitter<FinishedBackup>();
  readonly #failed = new vscode.EventEmitter<FailedBackup>();
  #line: Promise<unknown> = Promise.resolve();
  #current: AbortController | undefined;

  readonly onDidStart = this.#started.event;
  readonly onDidProgress = this.#progressed.event;
  readonly onDidFinish = this.#finished.event;
  /** Also for what was cancelled: its error has the code `aborted`. */
  readonly onDidFail = this.#failed.event;

  constructor(cairn: BackupParts) {
    this.#cairn = cairn;
  }

  get isRunning(): boolean {
    return this.#current !== undefined;
  }

  /** Backs up after whatever is under way. Throws what the engine fails with. */
  backUp(order: BackupOrder, options: CallOptions = {}): Promise<BackupReport> {
    const run = this.#line.then(() => this.#run(order, options));
    this.#line = run.catch(() => {});
    return run;
  }

  /** Cancels what runs. */
  cancel(): void {
    this.#current?.abort();
  }

  dispose(): void {
    this.cancel();
    for (const emitter of [this.#started, this.#progressed, this.#finished, this.#failed]) emitter.dispose();
  }

  async #run(order: BackupOrder, options: CallOptions): Promise<BackupReport> {
    const { targets, log } = this.#cairn;
    const target = order.target ?? targets.primary();
    refuseReplica(target);
    const controller = (this.#current = new AbortController());
    const cancel = () => controller.abort();
    options.signal?.addEventListener('abort', cancel);
    if (options.signal?.aborted) cancel();
    const showing = setTimeout(() => this.#setRunning(true), order.trigger === 'manual' ? 0 : SHOWN_AFTER);
    this.#started.fire(order);
    try {
      const report = await this.#call(order, target, {
        signal: controller.signal,
        onProgress: (event) => {
          this.#progressed.fire(event);
          options.onProgress?.(event);
        },
      });
      // What comes by itself and finds nothing would fill the log.
      log[report.snapshot || order.trigger === 'manual' ? 'info' : 'debug'](describe(order, target, report));
      for (const { message } of report.problems) log.warn(message);
      if (report.guardTrouble !== undefined) log.warn(report.guardTrouble);
      this.#finished.fire({ order, target, report });
      return report;
    } catch (error) {
      this.#failed.fire({ order, target, error });
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', cancel);
      this.#current = undefined;
      clearTimeout(showing);
      this.#setRunning(false);
    }
  }

  async #call(order: BackupOrder, target: Target, options: CallOptions): Promise<BackupReport> {
    const { engine, targets, programVersion } = this.#cairn;
    const { folder, trigger, scan, label, commit, commitIn, actor, evenIfUnchanged, mayCreate } = order;
    const params = {
      repository: await targets.repositoryRef(target, { ask: !automaticTriggers.has(trigger) }),
      source: sourceOf(folder.uri, targets.folders()),
      trigger,
      scan,
      forceHash: readSetting<string>('changeDetection', folder.uri) === 'content',
      programVersion,
      worktrees: readSetting<boolean>('automatic.worktrees', folder.uri),
      ...(label !== undefined && { label }),
      ...(commit !== undefined && { commit }),
      ...(commitIn !== undefined && { commitIn }),
      ...(actor && { actor }),
      ...(evenIfUnchanged !== undefined && { evenIfUnchanged }),
      ...(mayCreate !== undefined && { mayCreate }),
    };
    return engine.call('backup', params, options);
  }

  #setRunning(isRunning: boolean): void {
    setContext(contextKeys.running, isRunning);
  }
}

/** A replica has what its source has: what is backed up straight to it would be removed from it. */
export function refuseReplica({ name, replicaOf }: Target): void {
  if (replicaOf === undefined) return;
  const message = vscode.l10n.t('{0} is a replica: only the repository that it follows changes it.', name);
  throw new CairnError('refused', message);
}

function describe({ folder, trigger }: BackupOrder, target: Target, report: BackupReport): string {
  const { filesNew, filesChanged, filesUnchanged, milliseconds, snapshot } = report;
  const made = snapshot ? `snapshot ${snapshot.id.slice(0, 8)}` : 'nothing changed, no snapshot';
  const counts = `${filesNew} new, ${filesChanged} changed, ${filesUnchanged} unchanged`;
  return `Backup of ${folder.name} to ${target.name} (${trigger}): ${made}; ${counts}; ${Math.round(milliseconds)} ms`;
}
