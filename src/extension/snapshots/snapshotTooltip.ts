import * as vscode from 'vscode';
import { displayPath } from '../../base/rawName.ts';
import type { ChangeList, ChangeRow, SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import { wayBelow } from '../diskPaths.ts';
import { formatInFull } from '../documents/formatMoment.ts';
import { formatSize } from '../formatSize.ts';
import { describeKind } from './changeDecorations.ts';
import { actorInFull, makerWords, reasonInFull } from './describeMaker.ts';
import { snapshotIcon } from './describeSnapshot.ts';
import { whatChanged } from './whatChanged.ts';

/** So many changed files are named. */
export const MOST_NAMED = 10;

/** So many characters of an id tell it from others; more would be broken in the middle. */
const ID_LENGTH = 12;

/** What stands in a hover besides what is known of the snapshot. */
interface TooltipParts {
  readonly locale: string;
  /** The first of the files that it changed. */
  readonly list?: ChangeList;
  /** Links, as markup. */
  readonly actions?: string;
}

/**
 * All that is known of a snapshot: what happened and what can be done first, ids and hosts last. What others wrote
 * stands there as text, never as markup.
 */
export function snapshotTooltip(row: SnapshotRow, { locale, list, actions }: TooltipParts): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  const title = row.label ?? row.subject ?? whatChanged(row)[0] ?? makerWords(row).join(' · ');
  text.appendMarkdown(`$(${snapshotIcon(row)}) **${asText(title)}**\n\n`);
  if (list) text.appendMarkdown(filesMarkup(row, list, locale));
  if (actions !== undefined) text.appendMarkdown(`${actions}\n\n`);
  for (const [name, value] of factsOf(row, locale)) text.appendMarkdown(`${name}: ${asText(value)}  \n`);
  return text;
}

function factsOf(row: SnapshotRow, locale: string): [string, string][] {
  const actor = actorInFull(row);
  const within = row.commitIn === undefined ? '' : ` ${vscode.l10n.t('in {0}', row.commitIn)}`;
  return [
    [vscode.l10n.t('Time'), formatInFull(new Date(row.time), locale)],
    ...(actor === undefined ? [] : [[vscode.l10n.t('Changed by'), actor] as [string, string]]),
    [vscode.l10n.t('Made by'), reasonInFull(row) + within],
    ...(row.subject === undefined ? [] : [[vscode.l10n.t('Subject'), row.subject] as [string, string]]),
    ...(row.keep ? [[vscode.l10n.t('Kept'), vscode.l10n.t('yes, by no policy forgotten')] as [string, string]] : []),
    [vscode.l10n.t('Files'), filesText(row, locale)],
    [vscode.l10n.t('Folders'), row.paths.map(displayPath).join(', ')],
    ...(row.tags.length > 0 ? [[vscode.l10n.t('Tags'), row.tags.join(', ')] as [string, string]] : []),
    [vscode.l10n.t('Host and user'), `${row.hostname} · ${row.username}`],
    [vscode.l10n.t('Id'), row.id.slice(0, ID_LENGTH)],
  ];
}

/** One line a file, with what became of it. */
function filesMarkup({ paths }: SnapshotRow, { changes, counts }: ChangeList, locale: string): string {
  const wayOf = ({ path }: ChangeRow) => paths.map((root) => wayBelow(root, path)).find(Boolean) ?? path;
  const named = changes.slice(0, MOST_NAMED);
  const rest = counts.added + counts.modified + counts.removed - named.length;
  const lines = [
    ...named.map((change) => `${asText(displayPath(wayOf(change)))} · ${describeKind(change.kind)}`),
    ...(rest > 0 ? [vscode.l10n.t('… and {0} more', rest.toLocaleString(locale))] : []),
  ];
  return lines.length === 0 ? '' : `${lines.join('  \n')}\n\n`;
}

/** As `appendText` does it, but for spaces: those that never break let the editor break words. */
export function asText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\$\((?=[\w-]+(?:~\w+)?\))/g, '\\$&')
    .replace(/[\\`*_{}[\]()#+\-!~|<>&]/g, '\\$&')
    .replace(/^(\d+)\./, '$1\\.');
}

function filesText({ counts }: SnapshotRow, locale: string): string {
  if (!counts) return vscode.l10n.t('not recorded');
  const { filesChanged, filesNew } = counts;
  const files = counts.files.toLocaleString(locale);
  const [size, added] = [formatSize(counts.bytes, locale), formatSize(counts.bytesAdded, locale)];
  if (filesChanged === undefined || filesNew === undefined) {
    return vscode.l10n.t('{0} ({1}); {2} more in the repository', files, size, added);
  }
  return vscode.l10n.t(
    '{0} ({1}): {2} modified, {3} added, {5} deleted; {4} more in the repository',
    files,
    size,
    filesChanged.toLocaleString(locale),
    filesNew.toLocaleString(locale),
    added,
    (counts.filesRemoved ?? 0).toLocaleString(locale),
  );
}
