import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import { DeletionBursts } from '../../triggers/deletionBursts.ts';
import type { GitNews } from '../../triggers/gitReflogs.ts';
import {
  deletionWish,
  excludedNamesOf,
  fullWish,
  gitWish,
  isIntervalOver,
  isPassedOver,
  outsideWish,
} from '../../triggers/wishes.ts';
import { pathOf } from '../diskPaths.ts';
import { registerCommand } from '../registerCommand.ts';
import { readSetting, workspaceFolders } from '../settings.ts';
import type { AutomaticBackups } from './automaticBackups.ts';
import { watchEditorMoments } from './editorMoments.ts';
import { watchGit } from './watchGit.ts';

/** After the start, the editor and its other extensions have so long for themselves. Milliseconds. */
const LOOK_UP_AFTER = 3_000;
const START_QUIET = 7_000;
const TICK = 30_000;

/** Has snapshots made when files are saved or changed, at commits, by the clock, and after the start. */
export function registerTriggers(cairn: Cairn, automatic: AutomaticBackups): vscode.Disposable {
  const onSave = ({ uri }: { readonly uri: vscode.Uri }) => {
    const folder = folderOf(uri);
    if (!folder) return;
    automatic.note(folder, pathOf(uri), true);
    if (readSetting<boolean>('automatic.onSave', uri)) automatic.want(folder, saveWish());
  };
  const onGit = (folder: vscode.WorkspaceFolder, news: GitNews) => {
    const isCommit = 'commit' in news;
    if (!readSetting<boolean>(isCommit ? 'automatic.onCommit' : 'automatic.outsideChanges', folder.uri)) return;
    cairn.log.debug(`${isCommit ? `Commit ${news.commit.id}` : news.operation.words} in ${folder.name}.`);
    automatic.want(folder, gitWish(news));
  };
  const start = setTimeout(() => void automatic.lookUp().then(() => wantAtStart(automatic)), LOOK_UP_AFTER);
  const ticking = setInterval(() => wantByClock(automatic), TICK);
  return vscode.Disposable.from(
    { dispose: () => (clearTimeout(start), clearInterval(ticking)) },
    vscode.workspace.onDidSaveTextDocument(onSave),
    vscode.workspace.onDidSaveNotebookDocument(onSave),
    watchOutsideChanges(automatic),
    watchGit(cairn, onGit),
    watchEditorMoments(cairn, automatic),
    cairn.targets.onDidChange(() => void automatic.lookUp()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => void automatic.lookUp()),
    registerCommand(cairn, commands.pauseAutomaticSnapshots, () => automatic.setPaused(true)),
    registerCommand(cairn, commands.resumeAutomaticSnapshots, () => automatic.setPaused(false)),
  );
}

/** A save tells of itself; what else changes files is heard of by the watcher that the editor has anyway. */
function watchOutsideChanges(automatic: AutomaticBackups): vscode.Disposable {
  const watcher = vscode.workspace.createFileSystemWatcher('**');
  // There may be thousands of events at once, and reading a setting takes its time.
  const settings = new Map<vscode.WorkspaceFolder, OutsideSettings>();
  const deletions = new DeletionBursts<vscode.WorkspaceFolder>();
  const settingsOf = (folder: vscode.WorkspaceFolder) => {
    let known = settings.get(folder);
    if (!known) settings.set(folder, (known = readOutsideSettings(folder)));
    return known;
  };
  const onEvent = (uri: vscode.Uri, isDeletion = false) => {
    const folder = folderOf(uri);
    if (!folder) return;
    const { isOn, delay, excludedNames } = settingsOf(folder);
    if (isPassedOver(uri.path.slice(folder.uri.path.length).split('/'), excludedNames)) return;
    automatic.note(folder, pathOf(uri));
    if (!isOn) return;
    automatic.want(folder, outsideWish(delay));
    if (isDeletion && deletions.isMuch(folder, pathOf(uri))) automatic.want(folder, deletionWish());
  };
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange((uri) => onEvent(uri)),
    watcher.onDidCreate((uri) => onEvent(uri)),
    watcher.onDidDelete((uri) => onEvent(uri, true)),
    vscode.workspace.onDidChangeConfiguration(() => settings.clear()),
    vscode.workspace.onDidChangeWorkspaceFolders(() => settings.clear()),
  );
}

interface OutsideSettings {
  /** Whether such changes make snapshots. */
  readonly isOn: boolean;
  /** While they go on, snapshots are no farther apart. Milliseconds. */
  readonly delay: number;
  /** Of files and folders that are left out wherever they are. */
  readonly excludedNames: ReadonlySet<string>;
}

function readOutsideSettings({ uri }: vscode.WorkspaceFolder): OutsideSettings {
  const exclude = Object.entries(readSetting<Record<string, unknown>>('exclude', uri));
  return {
    isOn: readSetting('automatic.outsideChanges', uri),
    delay: readSetting<number>('automatic.outsideDelay') * 1000,
    excludedNames: excludedNamesOf(exclude.flatMap(([glob, isOn]) => (isOn === true ? [glob] : []))),
  };
}

function saveWish() {
  const quiet = readSetting<number>('automatic.quietTime') * 1000;
  return { reason: 'save', quiet, longest: readSetting<number>('automatic.longestDelay') * 1000 } as const;
}

function wantAtStart(automatic: AutomaticBackups): void {
  if (!readSetting<boolean>('automatic.onStartup')) return;
  for (const folder of workspaceFolders()) automatic.want(folder, fullWish('start', START_QUIET));
}

/** Looks at the time since the last full scan, whatever had that made, and however long the machine slept. */
function wantByClock(automatic: AutomaticBackups): void {
  const minutes = readSetting<number>('automatic.interval');
  for (const folder of workspaceFolders()) {
    if (!isIntervalOver(automatic.sinceFullScan(folder), minutes) || automatic.isBusy(folder)) continue;
    automatic.want(folder, fullWish('interval'));
  }
}

function folderOf(uri: vscode.Uri): vscode.WorkspaceFolder | undefined {
  return uri.scheme === 'file' ? vscode.workspace.getWorkspaceFolder(uri) : undefined;
}
