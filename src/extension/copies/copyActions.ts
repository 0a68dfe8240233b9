import * as vscode from 'vscode';
import { countFiles } from '../counts.ts';
import { errorCode } from '../../base/errors.ts';
import { displayLocation, parseLocation } from '../../base/location.ts';
import type { Cairn } from '../cairn.ts';
import { formatSize } from '../formatSize.ts';
import { addTarget } from '../targets/addTarget.ts';
import { pickTarget, type TargetArgument } from '../targets/pickTarget.ts';
import { isOwnRepository, isReplica, type Target } from '../targets/targetStore.ts';
import { withProgress } from '../withProgress.ts';
import { compareReplica } from './compareReplica.ts';
import { copySnapshotTo } from './copySnapshotTo.ts';

/** What the commands on copies do. */
export const copyActions = {
  async copyNow(cairn: Cairn, argument: TargetArgument): Promise<void> {
    const target = await pickTarget(cairn, argument, vscode.l10n.t('Copy Now'), isReplica);
    if (target) await copyNow(cairn, target);
  },

  async compareReplica(cairn: Cairn, argument: TargetArgument): Promise<void> {
    const target = await pickTarget(cairn, argument, vscode.l10n.t('Compare with Source'), isReplica);
    if (target) await compareReplica(cairn, target);
  },

  async addReplica(cairn: Cairn, argument: TargetArgument): Promise<void> {
    const source = await pickTarget(cairn, argument, vscode.l10n.t('Add Replica'), isOwnRepository);
    if (source) await copyNow(cairn, (await addTarget(cairn, source)).target);
  },

  copySnapshotTo,
};

/** Brings a replica up to date, because a person says so. */
async function copyNow(cairn: Cairn, replica: Target, init = false): Promise<void> {
  const title = vscode.l10n.t('Copying to {0}', replica.name);
  try {
    const report = await withProgress({ location: vscode.ProgressLocation.Notification, title }, (options) =>
      cairn.copies.copy(replica, { ...options, ask: true, init }),
    );
    if (report.state === 'elsewhere') {
      tell(vscode.l10n.t('Another window is copying to {0} right now.', replica.name));
    } else if (report.files === 0) {
      tell(vscode.l10n.t('{0} was up to date already.', replica.name));
    } else {
      const size = formatSize(report.bytes, vscode.env.language);
      tell(vscode.l10n.t('{0} is up to date: {1} copied ({2}).', replica.name, countFiles(report.files), size));
    }
  } catch (error) {
    // What was there once and is gone may be on a disk that is not there.
    if (errorCode(error) !== 'repository-not-found' || init) throw error;
    if (await agreeToBegin(replica)) await copyNow(cairn, replica, true);
  }
}

async function agreeToBegin({ name, location = '' }: Target): Promise<boolean> {
  const place = displayLocation(parseLocation(location));
  const begin = vscode.l10n.t('Begin Anew');
  const message = vscode.l10n.t('The replica {0} is not at {1}.', name, place);
  const detail = vscode.l10n.t(
    'If it is on a drive or server that is not connected, connect it and try again. If it was removed on purpose, begin it anew: all of the repository is copied there.',
  );
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, begin)) === begin;
}

function tell(text: string): void {
  void vscode.window.showInformationMessage(`Cairn: ${text}`);
}
