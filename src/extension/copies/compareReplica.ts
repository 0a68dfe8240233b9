import * as vscode from 'vscode';
import { countFiles } from '../counts.ts';
import type { ReplicaComparison } from '../../worker/engineProtocol/copies.ts';
import type { Cairn } from '../cairn.ts';
import { formatSize } from '../formatSize.ts';
import type { Target } from '../targets/targetStore.ts';
import { list, page } from '../upkeep/markdown.ts';
import { showReport } from '../upkeep/reports.ts';
import { withProgress } from '../withProgress.ts';
import { requireSource } from './requireSource.ts';

/** Compares a replica with its source. What differs is listed in an editor. */
export async function compareReplica(cairn: Cairn, replica: Target): Promise<void> {
  const source = requireSource(cairn.targets, replica);
  const readData = await askDepth(replica);
  if (readData === undefined) return;
  const title = vscode.l10n.t('Comparing {0} with {1}', replica.name, source.name);
  const result = await withProgress({ location: vscode.ProgressLocation.Notification, title }, (options) =>
    cairn.targets.use(source, async (repository) => {
      const place = await cairn.targets.repositoryRef(replica);
      return cairn.copies.call('compareReplica', { source: repository, replica: place, readData }, options);
    }),
  );
  cairn.log.info(`Compared ${replica.name} with ${source.name}: ${result.differences.length} differences`);
  if (result.differences.length > 0) {
    const name = vscode.l10n.t('How {0} differs', replica.name);
    await showReport(name, comparisonReport(replica, source, result));
    return;
  }
  const language = vscode.env.language;
  const read = result.filesRead > 0 ? `, ${vscode.l10n.t('{0} read', formatSize(result.bytesRead, language))}` : '';
  const text = vscode.l10n.t('{0} has all that {1} has: {2}', replica.name, source.name, countFiles(result.equal));
  void vscode.window.showInformationMessage(`Cairn: ${text}${read}.`);
}

async function askDepth({ name }: Target): Promise<boolean | undefined> {
  const items = [
    {
      label: vscode.l10n.t('Names and Sizes'),
      detail: vscode.l10n.t('Every file is there, and as long as it should be. Takes seconds.'),
      readData: false,
    },
    {
      label: vscode.l10n.t('Every Byte'),
      detail: vscode.l10n.t('And every byte is right. Reads the whole replica.'),
      readData: true,
    },
  ];
  const title = vscode.l10n.t('Compare {0} with Its Source', name);
  const placeHolder = vscode.l10n.t('How thoroughly?');
  return (await vscode.window.showQuickPick(items, { title, placeHolder }))?.readData;
}

function comparisonReport({ name }: Target, source: Target, result: ReplicaComparison): string {
  const { differences, truncated, equal, waiting } = result;
  return page(vscode.l10n.t('How {0} differs from {1}', name, source.name), [
    vscode.l10n.t('Equal files: {0}. Differences: {1}.', equal, differences.length),
    waiting > 0 ? vscode.l10n.t('Files that only wait for their removal, which is no difference: {0}.', waiting) : '',
    vscode.l10n.t('What was backed up since the last copy is missing until the next: run Copy Now, and compare again.'),
    list(differences),
    truncated ? vscode.l10n.t('There is more than is listed here.') : '',
  ]);
}
