import * as vscode from 'vscode';
import { displayLocation, parseLocation } from '../../base/location.ts';
import type { ProbeReport } from '../../worker/engineProtocol/targets.ts';
import type { Cairn } from '../cairn.ts';
import { pathOf } from '../diskPaths.ts';
import { workspaceFolders } from '../settings.ts';
import { refusePlace, warnOfPlace } from './judgePlace.ts';
import { back } from './steps.ts';
import type { Target } from './targetStore.ts';

/** Looks at a folder; a text says why it cannot be used. */
export async function examineFolder(
  { engine }: Cairn,
  kind: Target['kind'],
  location: string,
): Promise<ProbeReport | string> {
  const { folder } = parseLocation(location);
  if (folder !== undefined && !/^(?:[a-z]:[/\\]|[/\\])/i.test(folder)) return vscode.l10n.t('Give an absolute path.');
  const folders = workspaceFolders().map(({ uri }) => pathOf(uri));
  const probe = await engine.call('probeLocation', { location, folders });
  return refusePlace(kind, location, probe) ?? probe;
}

/** Lets a person choose a folder in the dialog of the editor. */
export async function chooseFolder(cairn: Cairn, kind: Target['kind']): Promise<ProbeReport | typeof back> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Where should the backups go?'),
    openLabel: vscode.l10n.t('Use This Folder'),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  if (!chosen?.[0]) return back;
  const answer = await examineFolder(cairn, kind, pathOf(chosen[0]));
  if (typeof answer !== 'string') return answer;
  await vscode.window.showErrorMessage(answer, { modal: true });
  return back;
}

/** Tells what a person should know of a place, and asks whether they want it all the same. */
export async function acceptWarnings(location: string, probe: ProbeReport): Promise<boolean> {
  const parsed = parseLocation(location);
  const warnings = warnOfPlace(parsed, probe);
  if (warnings.length === 0) return true;
  const use = vscode.l10n.t('Use It All the Same');
  const message = vscode.l10n.t('{0} is not the best place for backups.', probe.folder ?? displayLocation(parsed));
  const detail = warnings.join('\n\n');
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, use)) === use;
}
