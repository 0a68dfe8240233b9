import * as vscode from 'vscode';
import { countFiles, countPacks, countSnapshots } from '../counts.ts';
import type { EngineCommands } from '../../worker/engineProtocol.ts';
import type { Cairn } from '../cairn.ts';
import { formatSize } from '../formatSize.ts';
import { folderOfTarget, type Target } from '../targets/targetStore.ts';
import { withProgress } from '../withProgress.ts';
import { showReport } from './reports.ts';
import { retryLocked } from './retryLocked.ts';
import { folderReport, verifyReport } from './verifyReport.ts';

type Depth = EngineCommands['verify']['params']['read'];

/** Proves that a target holds what it should. What is damaged is listed in an editor. */
export async function verifyTarget(cairn: Cairn, target: Target): Promise<void> {
  if (target.kind !== 'repository') return verifyFolder(cairn, target);
  const read = await askDepth(target);
  if (read === undefined) return;
  const report = await cairn.targets.use(target, (repository) =>
    retryLocked(() =>
      withProgress(progressOf(target), (options) => cairn.engine.call('verify', { repository, read }, options)),
    ),
  );
  note(cairn, target, report.isGood);
  const locale = vscode.env.language;
  if (!report.isGood) {
    const document = verifyReport(target, report, new Date(), locale);
    await showReport(vscode.l10n.t('Damage in {0}', target.name), document);
    return;
  }
  const { snapshots, packs, bytesRead } = report.counts;
  const counts = `${countSnapshots(snapshots)}, ${countPacks(packs)}`;
  const bytes = bytesRead > 0 ? `, ${vscode.l10n.t('{0} read', formatSize(bytesRead, locale))}` : '';
  tellGood(target, counts + bytes);
}

async function verifyFolder(cairn: Cairn, target: Target): Promise<void> {
  const folder = folderOfTarget(target);
  const result = await withProgress(progressOf(target), (options) =>
    cairn.engine.call('verifyFolder', { folder }, options),
  );
  note(cairn, target, result.isGood);
  if (!result.isGood) {
    await showReport(vscode.l10n.t('Damage in {0}', target.name), folderReport(target.name, result));
    return;
  }
  const locale = vscode.env.language;
  tellGood(target, `${countFiles(result.good)}, ${vscode.l10n.t('{0} read', formatSize(result.bytes, locale))}`);
}

async function askDepth({ name }: Target): Promise<Depth | undefined> {
  const items: (vscode.QuickPickItem & { readonly read: Depth })[] = [
    {
      label: vscode.l10n.t('Check the Structure'),
      detail: vscode.l10n.t('Everything is there and in order. Takes seconds.'),
      read: 'structure',
    },
    {
      label: vscode.l10n.t('Read a Tenth of the Data'),
      detail: vscode.l10n.t('And every byte of a tenth, chosen at random, is right.'),
      read: 'tenth',
    },
    {
      label: vscode.l10n.t('Read All Data'),
      detail: vscode.l10n.t('And every byte is right. Reads the whole repository.'),
      read: 'all',
    },
  ];
  const title = vscode.l10n.t('Verify {0}', name);
  const placeHolder = vscode.l10n.t('How thoroughly?');
  return (await vscode.window.showQuickPick(items, { title, placeHolder }))?.read;
}

function progressOf({ name }: Target) {
  return { location: vscode.ProgressLocation.Notification, title: vscode.l10n.t('Verifying {0}', name) };
}

/** The engine has noted it: the view looks again. */
function note(cairn: Cairn, target: Target, isGood: boolean): void {
  cairn.log.info(`Verified ${target.name}: ${isGood ? 'no errors' : 'damage found'}`);
  cairn.targets.touch(target);
}

function tellGood({ name }: Target, facts: string): void {
  const text = vscode.l10n.t('No errors were found in {0}: {1}.', name, facts);
  void vscode.window.showInformationMessage(`Cairn: ${text}`);
}
