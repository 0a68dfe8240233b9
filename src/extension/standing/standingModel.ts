import * as vscode from 'vscode';
import type { EngineClient } from '../../worker/engineClient.ts';
import type { StandingReport } from '../../worker/engineProtocol/standing.ts';
import type { BackupService } from '../backup/backupService.ts';
import { pathOf } from '../diskPaths.ts';
import { readSetting, workspaceFolders } from '../settings.ts';
import type { Target, TargetStore } from '../targets/targetStore.ts';

/** What it is made of. */
interface Parts {
  readonly engine: Pick<EngineClient, 'call'>;
  readonly log: vscode.LogOutputChannel;
  readonly targets: TargetStore;
  readonly backups: BackupService;
}

/** So long more that happens is waited for, since much comes together. Milliseconds. */
const PAUSE = 300;

/** How the copies of the workspace stand, as it was known when somebody looked last. */
export class StandingModel implements vscode.Disposable {
  readonly #parts: Parts;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listeners: vscode.Disposable;
  #report: StandingReport | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  readonly onDidChange = this.#changed.event;

  /** Looks after each backup, and after what was done with a target; else when it is asked to. */
  constructor(parts: Parts) {
    this.#parts = parts;
    const look = () => this.refresh();
    const lookIfKnown = () => {
      if (this.#report) this.refresh();
    };
    this.#listeners = vscode.Disposable.from(
      parts.backups.onDidFinish(look),
      parts.targets.onDidTouch(look),
      parts.targets.onDidChange(lookIfKnown),
      vscode.workspace.onDidChangeWorkspaceFolders(lookIfKnown),
    );
  }

  /** Absent until the first look, and where nothing of the workspace is backed up. */
  get report(): StandingReport | undefined {
    return this.#report?.folders.some(({ lastBackup }) => lastBackup !== undefined) ? this.#report : undefined;
  }

  /** What is known of a target by its last verification. */
  proofOf({ id }: Target): StandingReport['proofs'][string] | undefined {
    return this.#report?.proofs[id];
  }

  /** Looks again soon. */
  refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), PAUSE);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#listeners.dispose();
    this.#changed.dispose();
  }

  async #look(): Promise<void> {
    const { engine, log, targets } = this.#parts;
    try {
      this.#report = await engine.call('standing', {
        folders: workspaceFolders().map(({ uri }) => pathOf(uri)),
        maxAgeHours: readSetting<number>('overdueAfter'),
        targets: targets.list().map(({ id, location }) => ({ id, ...(location !== undefined && { location }) })),
      });
      if (this.#report.trouble !== undefined) log.warn(this.#report.trouble);
    } catch (error) {
      this.#report = undefined;
      log.warn('How the copies stand is not known.', error);
    }
    this.#changed.fire();
  }
}
