import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { commands, views } from '../contributions.ts';
import { formatWithDay } from '../documents/formatMoment.ts';
import type { LoadLater } from '../later.ts';
import { registerCommand } from '../registerCommand.ts';
import { readSetting } from '../settings.ts';
import type { TargetArgument } from '../targets/pickTarget.ts';
import type { Target } from '../targets/targetStore.ts';
import { isNewlyOverdue } from './copyRecord.ts';
import type { CopyService } from './copyService.ts';

const DAY = 86_400_000;
const TICK = 60_000;

/** The commands on replicas, the progress in the view, and what a person is told of replicas that lack a change for long. */
export function registerCopies(cairn: Cairn, later: LoadLater): vscode.Disposable {
  const { copies } = cairn;
  const tell = () => copies.replicas.forEach((replica) => tellIfOverdue(cairn, replica));
  const ticking = setInterval(tell, TICK);
  return vscode.Disposable.from(
    { dispose: () => clearInterval(ticking) },
    copies.onDidChange((replica) => tellIfOverdue(cairn, replica)),
    copies.onDidChange((replica) => {
      if (!copies.running(replica)) cairn.standing.refresh();
    }),
    showProgressInView(copies),
    ...(['copyNow', 'compareReplica', 'addReplica'] as const).map((name) =>
      registerCommand(cairn, commands[name], (argument: TargetArgument) => later()[name](cairn, argument)),
    ),
    registerCommand(cairn, commands.copySnapshotTo, (node: unknown, selection: unknown) =>
      later().copySnapshotTo(cairn, node, selection),
    ),
  );
}

/** The bar at the top of the view, while something is copied. */
function showProgressInView(copies: CopyService): vscode.Disposable {
  let shown: unknown;
  return copies.onDidChange((replica) => {
    const running = copies.running(replica);
    if (!running?.progress || shown === running.report) return;
    const ended = running.report.catch(() => {});
    shown = running.report;
    void vscode.window.withProgress({ location: { viewId: views.targets } }, () => ended);
  });
}

/** Says it once, in the window at which a person sits; again only after the replica was up to date. */
function tellIfOverdue(cairn: Cairn, replica: Target): void {
  const { copies } = cairn;
  const record = copies.record(replica);
  const longest = readSetting<number>('copies.overdueAfter') * DAY;
  if (!vscode.window.state.focused || copies.running(replica)) return;
  if (!cairn.targets.sourceOf(replica) || !isNewlyOverdue(record, longest, Date.now())) return;
  void copies.note(replica, (current) => ({ ...current, isTold: true }));
  const since = formatWithDay(new Date(record.behindSince!), vscode.env.language);
  const lack = vscode.l10n.t('{0} lacks what was backed up since {1}.', replica.name, since);
  const text = record.failure ? `${lack} ${record.failure.message}` : lack;
  cairn.log.warn(text);
  const copy = vscode.l10n.t('Copy Now');
  const show = vscode.l10n.t('Show Targets');
  void vscode.window.showWarningMessage(`Cairn: ${text}`, copy, show).then((choice) => {
    if (choice === copy) void vscode.commands.executeCommand(commands.copyNow, { target: replica });
    if (choice === show) void vscode.commands.executeCommand(`${views.targets}.focus`);
  });
}
