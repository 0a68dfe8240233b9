import type * as vscode from 'vscode';
import type { EngineClient } from '../worker/engineClient.ts';
import type { BackupService } from './backup/backupService.ts';
import type { CopyService } from './copies/copyService.ts';
import type { StandingModel } from './standing/standingModel.ts';
import type { TargetStore } from './targets/targetStore.ts';

/** What the features share; made once, at activation. */
export interface Cairn {
  readonly context: vscode.ExtensionContext;
  /** Starts its worker at the first call. */
  readonly engine: EngineClient;
  readonly log: vscode.LogOutputChannel;
  readonly targets: TargetStore;
  readonly backups: BackupService;
  readonly copies: CopyService;
  readonly standing: StandingModel;
  /** Fires when snapshots were made, changed or removed by this window; what others do is seen at the next look. */
  readonly snapshotsChanged: vscode.EventEmitter<void>;
  /** Fires when files of a folder of the workspace may have changed, after the engine was told which. */
  readonly filesChanged: vscode.EventEmitter<vscode.WorkspaceFolder>;
  /** Recorded in snapshots, e.g. `cairn 0.1.0`. */
  readonly programVersion: string;
}
