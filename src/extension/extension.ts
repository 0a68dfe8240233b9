/** The entry point of the extension. `activate` only wires the features, each in a folder of its own, to the editor. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import * as vscode from 'vscode';
import { EngineClient } from '../worker/engineClient.ts';
import { registerBackupCommands } from './backup/backupCommands.ts';
import { BackupService } from './backup/backupService.ts';
import { registerMaintenance } from './backup/maintenance.ts';
import { warnOfGonePacks } from './backup/warnOfGonePacks.ts';
import type { Cairn } from './cairn.ts';
import { CopyService } from './copies/copyService.ts';
import { registerCopies } from './copies/registerCopies.ts';
import { registerChangesView } from './changes/changesView.ts';
import { registerCompareCommands } from './changes/compareCommands.ts';
import { commands } from './contributions.ts';
import { registerSnapshotFileSystem } from './documents/snapshotFileSystem.ts';
import { registerDeletedView } from './deleted/deletedView.ts';
import { registerFileHistoryView } from './history/fileHistoryView.ts';
import { registerOpenNode } from './openNode.ts';
import type { Later, LoadLater } from './later.ts';
import type * as LaterModule from './later.ts';
import { registerProtection } from './protect/registerProtection.ts';
import { registerCommand } from './registerCommand.ts';
import { registerSearchView } from './search/searchView.ts';
import { registerSnapshotCommands } from './snapshots/snapshotCommands.ts';
import { registerSnapshotsView } from './snapshots/snapshotsView.ts';
import { AutomaticBackups } from './triggers/automaticBackups.ts';
import { registerTriggers } from './triggers/registerTriggers.ts';
import { registerRestoreCommands } from './restore/restoreCommands.ts';
import { StandingModel } from './standing/standingModel.ts';
import { registerStatus } from './status/registerStatus.ts';
import { registerTargetCommands } from './targets/targetCommands.ts';
import { TargetStore } from './targets/targetStore.ts';
import { registerTargetsView } from './targets/targetsView.ts';
import { registerTasks } from './tasks/taskProvider.ts';
import { registerUpkeepCommands } from './upkeep/upkeepCommands.ts';

/** At most so many codec threads work for an editor: the person works there, too. */
const MAX_CODEC_THREADS = 4;

/** What ends in order when the editor does. */
let running: { readonly copies: CopyService; readonly engines: readonly EngineClient[] } | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel('Cairn', { log: true });
  const { version } = context.extension.packageJSON as { version: string };
  const programVersion = `cairn ${version}`;
  const { engine, copier } = createEngines(log, programVersion);
  const targets = new TargetStore(context, engine);
  const backups = new BackupService({ engine, log, targets, programVersion });
  const copies = new CopyService({ context, engine, copier, log, targets, backups });
  running = { copies, engines: [engine, copier] };
  const standing = new StandingModel({ engine, log, targets, backups });
  const snapshotsChanged = new vscode.EventEmitter<void>();
  const filesChanged = new vscode.EventEmitter<vscode.WorkspaceFolder>();
  const cairn: Cairn = {
    ...{ context, engine, log, targets, backups, copies, standing },
    ...{ snapshotsChanged, filesChanged, programVersion },
  };
  const automatic = new AutomaticBackups(cairn);
  const later = laterLoader(cairn);
  context.subscriptions.push(
    log,
    targets,
    backups,
    copies,
    standing,
    snapshotsChanged,
    filesChanged,
    automatic,
    backups.onDidFinish(({ report }) => {
      if (report.snapshot) snapshotsChanged.fire();
    }),
    registerCommand(cairn, commands.showLog, () => log.show()),
    registerBackupCommands(cairn, automatic),
    registerTriggers(cairn, automatic),
    registerProtection(cairn, automatic),
    registerStatus(cairn, automatic),
    registerMaintenance(cairn),
    warnOfGonePacks(cairn),
    registerSnapshotFileSystem(cairn),
    registerChangesView(cairn, later),
    registerCompareCommands(cairn),
    registerOpenNode(cairn),
    registerSnapshotsView(cairn, later),
    registerSnapshotCommands(cairn),
    registerRestoreCommands(cairn, later),
    registerDeletedView(cairn, later),
    registerSearchView(cairn, later),
    registerFileHistoryView(cairn),
    registerTargetCommands(cairn, automatic, later),
    registerTargetsView(cairn),
    registerCopies(cairn, later),
    registerUpkeepCommands(cairn, later),
    registerTasks(cairn, later),
  );
}

/** Neither has a thread before it has work. What copies to other places holds up no save. */
function createEngines(log: vscode.LogOutputChannel, programVersion: string) {
  const endedThreads: number[] = [];
  const create = (codecThreads: number, listenAs?: string) =>
    new EngineClient({
      threadFile: join(__dirname, 'engine.js'),
      codecFile: join(__dirname, 'codec.js'),
      codecThreads,
      endedThreads,
      ...(listenAs !== undefined && { listenAs }),
      onCrash: (cause) => log.error('The backup engine stopped unexpectedly.', cause),
    });
  const half = Math.floor(availableParallelism() / 2);
  return { engine: create(Math.min(MAX_CODEC_THREADS, Math.max(1, half)), programVersion), copier: create(1) };
}

/** By a way that the bundler does not see, since it is a bundle of its own. */
function laterLoader(cairn: Cairn): LoadLater {
  let later: Later | undefined;
  return () => {
    return (later ??= (createRequire(__filename)(join(__dirname, 'later.js')) as typeof LaterModule).createLater(
      cairn,
    ));
  };
}

/** Gives locks back. Whatever happens, the repository is whole: nothing depends on this being called. */
export async function deactivate(): Promise<void> {
  running?.copies.dispose();
  await Promise.all(running?.engines.map((engine) => engine.close()) ?? []);
}
