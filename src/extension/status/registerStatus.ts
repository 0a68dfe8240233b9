import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands, views } from '../contributions.ts';
import { describeCopy } from '../copies/describeCopy.ts';
import { registerCommand } from '../registerCommand.ts';
import { workspaceFolders } from '../settings.ts';
import { withStanding } from '../standing/describeStanding.ts';
import type { AutomaticBackups } from '../triggers/automaticBackups.ts';
import { BackupState } from './backupState.ts';
import { describeInFull, describeStatus } from './describeStatus.ts';
import { registerDeletionNotices } from './deletionNotices.ts';
import { registerFailureNotices } from './failureNotices.ts';
import { showStatusMenu } from './statusMenu.ts';

/** What is over sooner is not shown: it would only flicker. Milliseconds. */
const SHOWN_AFTER = 500;
const TICK = 20_000;

/** The item of the status bar, the progress in the view, and what a person is told of failures. */
export function registerStatus(cairn: Cairn, automatic: AutomaticBackups): vscode.Disposable {
  const state = new BackupState(cairn, automatic);
  const item = vscode.window.createStatusBarItem('cairn.status', vscode.StatusBarAlignment.Left);
  item.name = 'Cairn';
  item.command = commands.showMenu;
  let shown: ReturnType<typeof setTimeout> | undefined;
  const draw = () => {
    shown = undefined;
    const status = describeStatus(state);
    item.text = status.text;
    const copies = cairn.copies.replicas.map((each) => `${each.name}: ${describeCopy(cairn.copies, each)}`);
    const full = describeInFull(state, status, cairn.targets.primary().name, copies);
    item.tooltip = withStanding(full, cairn.standing.report);
    item.accessibilityInformation = { label: status.label, role: 'button' };
    item.backgroundColor = status.isWarning ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    if (workspaceFolders().length > 0) item.show();
    else item.hide();
  };
  // Progress comes often; a change to what is not running is shown at once.
  const redraw = () => {
    if (!state.running) clearTimeout(shown);
    if (!state.running) draw();
    else shown ??= setTimeout(draw, SHOWN_AFTER);
  };
  const ticking = setInterval(redraw, TICK);
  draw();
  return vscode.Disposable.from(
    state,
    item,
    { dispose: () => (clearInterval(ticking), clearTimeout(shown)) },
    state.onDidChange(redraw),
    cairn.copies.onDidChange(redraw),
    cairn.targets.onDidChange(redraw),
    cairn.standing.onDidChange(redraw),
    vscode.workspace.onDidChangeWorkspaceFolders(redraw),
    showProgressInView(cairn),
    registerFailureNotices(cairn, state, automatic),
    registerDeletionNotices(cairn),
    registerCommand(cairn, commands.showMenu, () => showStatusMenu(state, describeStatus(state).label)),
  );
}

/** The bar at the top of the view, for backups that nobody asked for. */
function showProgressInView({ backups }: Cairn): vscode.Disposable {
  return backups.onDidStart(({ trigger }) => {
    if (trigger === 'manual') return;
    const timer = setTimeout(() => {
      const location = { viewId: views.snapshots };
      void vscode.window.withProgress({ location }, () => ended);
    }, SHOWN_AFTER);
    const ended = new Promise<void>((resolve) => {
      const listeners = vscode.Disposable.from(
        ...[backups.onDidFinish, backups.onDidFail].map((event) =>
          (event as vscode.Event<unknown>)(() => {
            clearTimeout(timer);
            listeners.dispose();
            resolve();
          }),
        ),
      );
    });
  });
}
