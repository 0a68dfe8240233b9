import * as vscode from 'vscode';
import { isGitData } from '../../base/gitData.ts';
import { displayPath } from '../../base/rawName.ts';
import type { RestoreLine, RestorePreview } from '../../worker/engineProtocol/restore.ts';
import { lastName } from '../diskPaths.ts';

/** So many files are named. */
const MOST_NAMED = 3;

/**
 * The names of the first files that a restore brought back, as a sentence. Empty if there are none, or the one is named
 * already: `what` is what a person restored.
 */
export function whatCameBack(previews: readonly Pick<RestorePreview, 'lines' | 'truncated'>[], what: string): string {
  const back = previews.flatMap(({ lines }) => lines).filter(isFileBack);
  const names = back.slice(0, MOST_NAMED).map(({ path }) => displayPath(lastName(path)));
  if (names.length === 0 || (back.length === 1 && names[0] === what)) return '';
  const listed = names.join(', ');
  const rest = back.length - names.length;
  if (previews.some(({ truncated }) => truncated)) return vscode.l10n.t('Brought back: {0} and many more.', listed);
  if (rest > 0)
    return vscode.l10n.t('Brought back: {0} and {1} more.', listed, rest.toLocaleString(vscode.env.language));
  return vscode.l10n.t('Brought back: {0}.', listed);
}

/** What git keeps for itself has no names that say anything. */
function isFileBack({ isFolder, change, path }: RestoreLine): boolean {
  return !isFolder && (change === 'create' || change === 'overwrite') && !isGitData(path);
}
