import * as vscode from 'vscode';
import { countFiles } from '../counts.ts';
import { systemClock } from '../../base/clock.ts';
import { CairnError, errorCode, isCairnError } from '../../base/errors.ts';
import type { ProgressEvent } from '../../base/progress.ts';
import type { EngineClient } from '../../worker/engineClient.ts';
import type { CallOptions, EngineCommandName, EngineCommands } from '../../worker/engineProtocol.ts';
import type { ReplicateReport } from '../../worker/engineProtocol/copies.ts';
import type { BackupService } from '../backup/backupService.ts';
import { readSetting, SECTION } from '../settings.ts';
import type { Target, TargetStore } from '../targets/targetStore.ts';
import {
  afterFailure,
  afterGoodRun,
  afterLook,
  readCopyRecord,
  saveCopyRecord,
  type CopyRecord,
} from './copyRecord.ts';
import { CopySchedule, type RunOutcome } from './copySchedule.ts';
import { requireSource } from './requireSource.ts';

export interface CopyParts {
  readonly context: Pick<vscode.ExtensionContext, 'globalState'>;
  /** For what is quick. */
  readonly engine: EngineClient;
  /** In a thread of its own, so that no save waits for what copying does there. */
  readonly copier: EngineClient;
  readonly log: vscode.LogOutputChannel;
  readonly targets: TargetStore;
  readonly backups: BackupService;
}

export interface CopyOptions extends CallOptions {
  /** A person wants it, and may be asked for a password. */
  readonly ask?: boolean;
  /** Make the replica even where one was known that is gone. */
  readonly init?: boolean;
}

/** A run that is under way in this window. */
interface Run {
  readonly target: Target;
  readonly controller: AbortController;
  readonly listeners: Set<(event: ProgressEvent) => void>;
  readonly report: Promise<ReplicateReport>;
  progress: ProgressEvent | undefined;
}

/** The editor and its other extensions have so long for themselves after the start. Milliseconds. */
const START_AFTER = 20_000;
/** What other programs back up is noticed within this. Milliseconds. */
const LOOK_EVERY = 300_000;
/** The thread for copies ends when nothing was copied for so long. Milliseconds. */
const IDLE = 10_000;
/** Progress is drawn anew at most every so many milliseconds. */
const SHOWN_EVERY = 500;
const MINUTE = 60_000;
/** Time alone mends these. */
const passing: ReadonlySet<string> = new Set(['target-unavailable', 'repository-not-found', 'locked', 'lock-lost']);

/** Has replicas follow the repositories of the settings, one at a time, and remembers how far each of them is. */
export class CopyService implements vscode.Disposable {
  readonly #parts: CopyParts;
  readonly #schedules = new Map<string, CopySchedule>();
  readonly #changed = new vscode.EventEmitter<Target>();
  readonly #listeners: vscode.Disposable;
  #line: Promise<unknown> = Promise.resolve();
  #run: Run | undefined;
  #calls = 0;
  #isDisposed = false;
  #ending: ReturnType<typeof setTimeout> | undefined;

  /** Fires when there is something new to say of a replica. */
  readonly onDidChange = this.#changed.event;

  constructor(parts: CopyParts) {
    this.#parts = parts;
    const { targets, backups } = parts;
    const start = setTimeout(() => void this.#look(), Math.min(START_AFTER, this.interval / 2 || START_AFTER));
    const looking = setInterval(() => void this.#look(), LOOK_EVERY);
    this.#listeners = vscode.Disposable.from(
      { dispose: () => (clearTimeout(start), clearInterval(looking), clearTimeout(this.#ending)) },
      backups.onDidFinish(({ target, report }) => {
        if (report.snapshot) for (const replica of targets.replicasOf(target)) void this.#lookAt(replica, true);
      }),
      targets.onDidChange(() => void this.#look()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration(`${SECTION}.copies`)) return;
        for (const schedule of this.#schedules.values()) schedule.wait();
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) for (const schedule of this.#schedules.values()) schedule.hurry();
      }),
    );
  }

  /** Milliseconds; 0 if replicas follow only when a person says so. */
  get interval(): number {
    return readSetting<number>('copies.interval') * MINUTE;
  }

  get replicas(): Target[] {
    return this.#parts.targets.list().filter(({ replicaOf }) => replicaOf !== undefined);
  }

  record(replica: Target): CopyRecord {
    return readCopyRecord(this.#parts.context.globalState, replica);
  }

  /** How far it is, if this window brings the replica up to date right now; without progress as long as it only looks. */
  running(replica: Target): Pick<Run, 'progress' | 'report'> | undefined {
    return this.#run?.target.id === replica.id ? this.#run : undefined;
  }

  /** Whether this window copies from a repository right now, which nobody can have for themselves then. */
  isReading(source: Target): boolean {
    return this.#run?.target.replicaOf === source.id;
  }

  /**
   * Brings a replica up to date, after whatever else is copied; if that is under way, waits for its end. Throws what it
   * fails with, which is remembered, too.
   */
  async copy(replica: Target, options: CopyOptions = {}): Promise<ReplicateReport> {
    const running = this.#run;
    if (running?.target.id === replica.id) return this.#join(running, options);
    const turn = this.#line.then(() => this.#start(replica, options));
    this.#line = turn.catch(() => {});
    return turn;
  }

  /** Ends a run that reads the repository, which somebody needs for themselves; it goes on a while later. */
  async giveWay(source: Target): Promise<void> {
    const run = this.#run;
    if (!run || ![run.target.id, run.target.replicaOf].includes(source.id)) return;
    run.controller.abort();
    await run.report.catch(() => {});
  }

  /** A call of the thread for copies. */
  async call<K extends EngineCommandName>(
    command: K,
    params: EngineCommands[K]['params'],
    options?: CallOptions,
  ): Promise<EngineCommands[K]['result']> {
    clearTimeout(this.#ending);
    this.#calls++;
    try {
      return await this.#parts.copier.call(command, params, options);
    } finally {
      // Its memory is worth more than the moment in which it starts.
      if (--this.#calls === 0 && !this.#isDisposed) this.#ending = setTimeout(() => void this.#end(), IDLE);
    }
  }

  /** Notes something about a replica. */
  async note(replica: Target, change: (record: CopyRecord) => CopyRecord): Promise<void> {
    const before = this.record(replica);
    const record = change(before);
    if (JSON.stringify(record) === JSON.stringify(before) && record.lastGood !== undefined) return;
    await saveCopyRecord(this.#parts.context.globalState, replica, record);
    this.#changed.fire(replica);
  }

  /** Looks at all replicas, as a person wants to know how they are. */
  async refresh(): Promise<void> {
    await this.#look();
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#listeners.dispose();
    for (const schedule of this.#schedules.values()) schedule.clear();
    this.#run?.controller.abort();
    this.#changed.dispose();
  }

  async #end(): Promise<void> {
    if (this.#calls === 0) await this.#parts.copier.close();
  }

  async #look(): Promise<void> {
    const ids = new Set(this.replicas.map(({ id }) => id));
    for (const [id, schedule] of this.#schedules) {
      if (ids.has(id)) continue;
      schedule.clear();
      this.#schedules.delete(id);
    }
    for (const replica of this.replicas) await this.#lookAt(replica);
  }

  /** Has copied what the replica lacks. */
  async #lookAt(replica: Target, isNew = false): Promise<void> {
    if (await this.#findLack(replica)) this.#schedule(replica).want(isNew);
  }

  /** Asks the source whether the replica lacks anything; undefined where that cannot be told. */
  async #findLack(replica: Target): Promise<boolean | undefined> {
    const { engine, targets, log } = this.#parts;
    const source = targets.sourceOf(replica);
    if (!source || this.#isDisposed) return undefined;
    try {
      const { newest } = this.record(replica);
      const repository = await targets.repositoryRef(source, { ask: false });
      const lacking = await engine.call('snapshotsAfter', {
        repository,
        ...(newest !== undefined && { after: newest }),
      });
      await this.note(replica, (record) => afterLook(record, lacking));
      return lacking.count > 0;
    } catch (error) {
      // Of the source others tell; without it there is nothing to copy.
      log.debug(`Looking for what ${replica.name} lacks: ${(error as Error).message}`);
      return undefined;
    }
  }

  #schedule(replica: Target): CopySchedule {
    const { id } = replica;
    let schedule = this.#schedules.get(id);
    if (!schedule) {
      schedule = new CopySchedule({
        run: () => this.#follow(id),
        interval: () => this.interval,
        lastGood: () => this.record(this.#parts.targets.find(id) ?? replica).lastGood,
        clock: systemClock,
      });
      this.#schedules.set(id, schedule);
    }
    return schedule;
  }

  async #follow(id: string): Promise<RunOutcome> {
    const replica = this.#parts.targets.find(id);
    // Another window may have been faster.
    if (!replica || this.#isDisposed || (await this.#findLack(replica)) === false) return 'good';
    try {
      const report = await this.copy(replica);
      return report.state === 'elsewhere' ? 'again' : 'good';
    } catch (error) {
      if (errorCode(error) === 'aborted') return 'again';
      return isPassing(error) ? 'away' : 'failed';
    }
  }

  async #join(run: Run, { signal, onProgress }: CopyOptions): Promise<ReplicateReport> {
    const cancel = () => run.controller.abort();
    if (onProgress) run.listeners.add(onProgress);
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    try {
      return await run.report;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  async #start(replica: Target, options: CopyOptions): Promise<ReplicateReport> {
    if (this.#isDisposed || options.signal?.aborted) throw new CairnError('aborted', 'The operation was cancelled.');
    const controller = new AbortController();
    const listeners = new Set<(event: ProgressEvent) => void>();
    let shownAt = 0;
    const onProgress = (progress: ProgressEvent) => {
      run.progress = progress;
      for (const listener of listeners) listener(progress);
      if (performance.now() - shownAt < SHOWN_EVERY) return;
      shownAt = performance.now();
      this.#changed.fire(replica);
    };
    const report = this.#copy(replica, { ...options, signal: controller.signal, onProgress }).finally(() => {
      this.#run = undefined;
      if (!this.#isDisposed) this.#changed.fire(replica);
    });
    const run: Run = { target: replica, controller, listeners, report, progress: undefined };
    this.#run = run;
    this.#changed.fire(replica);
    return this.#join(run, options);
  }

  async #copy(
    replica: Target,
    { ask = false, init = false, signal, onProgress }: CopyOptions,
  ): Promise<ReplicateReport> {
    const { targets, log } = this.#parts;
    const call = { ...(signal && { signal }), ...(onProgress && { onProgress }) };
    try {
      const source = requireSource(targets, replica);
      const copy = async (repository: Awaited<ReturnType<TargetStore['repositoryRef']>>) => {
        const place = await targets.repositoryRef(replica, { ask, isAwaited: false });
        return this.call('replicate', { source: repository, replica: place, init }, call);
      };
      const report = ask
        ? await targets.use(source, copy)
        : await copy(await targets.repositoryRef(source, { ask: false, isAwaited: false }));
      if (report.state === 'done') await this.#noteDone(replica, report);
      return report;
    } catch (error) {
      if (errorCode(error) === 'aborted') throw error;
      const { message } = error as Error;
      log.info(`Copying to ${replica.name} failed (${errorCode(error)}): ${message}`);
      const failure = { code: errorCode(error), message, isAway: isAway(error) };
      await this.note(replica, (record) => afterFailure(record, failure, Date.now()));
      throw error;
    }
  }

  async #noteDone(replica: Target, report: Extract<ReplicateReport, { state: 'done' }>): Promise<void> {
    const { log, targets } = this.#parts;
    const { files, bytes, removed, waiting, kept, problems, newest } = report;
    const gone = `${removed} removed, ${waiting} wait for their removal`;
    log[files + removed > 0 ? 'info' : 'debug'](`Copied to ${replica.name}: ${files} files, ${bytes} bytes; ${gone}.`);
    if (kept !== undefined) log.warn(`${replica.name}: ${kept}`);
    for (const problem of problems) log.warn(problem);
    if (problems.length > 0) throw incomplete(problems);
    await this.note(replica, (record) => afterGoodRun(record, Date.now(), newest));
    this.#schedules.get(replica.id)?.settle();
    // What came while it ran.
    void this.#lookAt(replica);
    targets.touch(replica);
  }
}

/** Whether the storage is not reachable, which ends by itself. */
function isAway(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'target-unavailable' || code === 'repository-not-found' || (isCairnError(error) && error.mayPass);
}

function isPassing(error: unknown): boolean {
  return passing.has(errorCode(error)) || isAway(error);
}

function incomplete(problems: readonly string[]): CairnError {
  const message = vscode.l10n.t(
    '{0} of the repository could not be copied. {1} See the log; Verify shows what is affected.',
    countFiles(problems.length),
    problems[0]!,
  );
  return new CairnError('repository-damaged', message);
}
