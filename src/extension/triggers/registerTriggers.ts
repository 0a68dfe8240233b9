import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands } from '../contributions.ts';
import type { GitOperation } from '../../base/reflog.ts';
import { pathOf } from '../diskPaths.ts';
import { registerCommand } from '../registerCommand.ts';
import { readSetting, workspaceFolders } from '../settings.ts';
import type { AutomaticBackups } from './automaticBackups.ts';
import { DeletionBursts } from './deletionBursts.ts';
import { watchEditorMoments } from './editorMoments.ts';
import type { Moment } from './runSchedule.ts';
import { watchGit, type GitNews } from './watchGit.ts';

/** After the start, the editor and its other extensions have so long for themselves. Milliseconds. */
const LOOK_UP_AFTER = 3_000;
const START_QUIET = 7_000;
/** A program that writes one file after the other has so long for the next. */
const OUTSIDE_QUIET = 2_000;
/** It may go on for hours: making snapshots takes at most one part in so many of them. */
const OUTSIDE_REST = 10;
/** Commits come in twos and threes, and their hooks change files. */
const GIT_QUIET = 1_000;
const GIT_LONGEST = 5_000;
/** What deletes much is soon done with it, and a person has to hear of it soon. */
const DELETION_QUIET = 1_500;
const DELETION_LONGEST = 3_000;
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
    const timing = { quiet: GIT_QUIET, longest: GIT_LONGEST };
    if (!readSetting<boolean>(isCommit ? 'automatic.onCommit' : 'automatic.outsideChanges', folder.uri)) return;
    cairn.log.debug(`${isCommit ? `Commit ${news.commit.id}` : news.operation.words} in ${folder.name}.`);
    if (isCommit) automatic.want(folder, { reason: 'commit', ...timing, commit: news.commit });
    else automatic.want(folder, { reason: 'git', ...timing, moment: momentOf(news.operation) });
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

function momentOf({ name, words }: GitOperation): Moment {
  return { label: words, actor: { kind: 'git', name }, paths: [] };
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
    if (isLeftOut(uri.path.slice(folder.uri.path.length).split('/'), excludedNames)) return;
    automatic.note(folder, pathOf(uri));
    if (!isOn) return;
    const quiet = Math.min(OUTSIDE_QUIET, delay);
    automatic.want(folder, { reason: 'outside', quiet, longest: delay, rest: OUTSIDE_REST });
    if (isDeletion && deletions.isMuch(folder, pathOf(uri)))
      automatic.want(folder, { reason: 'deletion', quiet: DELETION_QUIET, longest: DELETION_LONGEST });
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
  const names = exclude.flatMap(([glob, isOn]) => (isOn === true && /^\*\*\/[\w.-]+$/.test(glob) ? glob.slice(3) : []));
  return {
    isOn: readSetting('automatic.outsideChanges', uri),
    delay: readSetting<number>('automatic.outsideDelay') * 1000,
    excludedNames: new Set(names),
  };
}

/**
 * What happens in `.git` folders is captured by full scans alone; what happens in folders like
 * `node_modules`, never. Of other rules the engine takes care.
 */
function isLeftOut(names: readonly string[], excludedNames: ReadonlySet<string>): boolean {
  if (names.slice(0, -1).includes('.git')) return true;
  return names.some((name) => excludedNames.has(name));
}

function saveWish() {
  const quiet = readSetting<number>('automatic.quietTime') * 1000;
  return { reason: 'save', quiet, longest: readSetting<number>('automatic.longestDelay') * 1000 } as const;
}

function wantAtStart(automatic: AutomaticBackups): void {
  if (!readSetting<boolean>('automatic.onStartup')) return;
  for (const folder of workspaceFolders())
    automatic.want(folder, { reason: 'start', quiet: START_QUIET, longest: START_QUIET });
}

/** Looks at the time since the last full scan, whatever had that made, and however long the machine slept. */
function wantByClock(automatic: AutomaticBackups): void {
  const minutes = readSetting<number>('automatic.interval');
  if (minutes <= 0) return;
  for (const folder of workspaceFolders()) {
    const since = automatic.sinceFullScan(folder);
    if (since < minutes * 60_000 || automatic.isBusy(folder)) continue;
    automatic.want(folder, { reason: 'interval', quiet: 0, longest: 0 });
  }
}

function folderOf(uri: vscode.Uri): vscode.WorkspaceFolder | undefined {
  return uri.scheme === 'file' ? vscode.workspace.getWorkspaceFolder(uri) : undefined;
}
