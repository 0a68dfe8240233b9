/** What a snapshot changed, in few words, by what its list says: nothing is read for it. */
import * as vscode from 'vscode';
import { displayPath } from '../../base/rawName.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import { countFiles } from '../counts.ts';
import { lastName, wayBelow } from '../diskPaths.ts';

/**
 * What tells a snapshot from others comes first: the name of the only file, `12 files in src/engine`, `1,012 deleted`;
 * then what that leaves out. Empty if it is not known, or nothing changed.
 */
export function whatChanged({ counts, paths, isMassDeletion }: SnapshotRow): string[] {
  if (!counts) return [];
  const { filesChanged = 0, filesNew = 0, filesRemoved = 0, gitFiles = 0, changedAt } = counts;
  const git = gitFiles > 0 ? [vscode.l10n.t('git data')] : [];
  const kinds = kindsText(filesChanged, filesNew, filesRemoved);
  const all = filesChanged + filesNew + filesRemoved;
  const [only, ...others] = kinds;
  if (only === undefined) return git;
  const place = changedAt === undefined ? undefined : paths.map((root) => wayBelow(root, changedAt)).find(isBelow);
  if (place === undefined) return [kinds.join(', '), ...git];
  if (all === 1) return [oneFile(displayPath(lastName(changedAt!)), { filesNew, filesRemoved }), ...git];
  const within = (text: string) => vscode.l10n.t('{0} in {1}', text, displayPath(place));
  if (others.length === 0) return [within(filesChanged > 0 ? countFiles(all) : only), ...git];
  if (isMassDeletion) return [within(kinds.at(-1)!), kinds.slice(0, -1).join(', '), ...git];
  return [within(countFiles(all)), kinds.join(', '), ...git];
}

/** False for the folder itself, which needs no name. */
function isBelow(way: string | undefined): boolean {
  return way !== undefined && way !== '';
}

function oneFile(name: string, { filesNew, filesRemoved }: { filesNew: number; filesRemoved: number }): string {
  if (filesNew > 0) return vscode.l10n.t('{0} added', name);
  return filesRemoved > 0 ? vscode.l10n.t('{0} deleted', name) : vscode.l10n.t('{0} modified', name);
}

/** E.g. `2 modified`, `1 added`, `3 deleted`; those that are none are left out. */
function kindsText(modified: number, added: number, deleted: number): string[] {
  const number = (value: number) => value.toLocaleString(vscode.env.language);
  return [
    ...(modified > 0 ? [vscode.l10n.t('{0} modified', number(modified))] : []),
    ...(added > 0 ? [vscode.l10n.t('{0} added', number(added))] : []),
    ...(deleted > 0 ? [vscode.l10n.t('{0} deleted', number(deleted))] : []),
  ];
}
