import * as vscode from 'vscode';
import { displayPath } from '../../base/rawName.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import { lastName } from '../diskPaths.ts';
import { formatInFull, formatMoment } from '../documents/formatMoment.ts';
import { formatSize } from '../formatSize.ts';
import { actorInFull, makerIcon, makerWords, reasonInFull } from './describeMaker.ts';
import type { Clock } from './groupByDay.ts';

/** A codicon. What is kept has a pin, whoever made it. */
export function snapshotIcon(row: SnapshotRow): string {
  return row.keep ? 'pinned' : makerIcon(row);
}

/** The same as an icon: a snapshot in which much was deleted stands out. */
export function snapshotThemeIcon(row: SnapshotRow): vscode.ThemeIcon {
  if (!row.isMassDeletion) return new vscode.ThemeIcon(snapshotIcon(row));
  return new vscode.ThemeIcon(row.keep ? 'pinned' : 'trash', new vscode.ThemeColor('charts.red'));
}

/** The clock of the person at the editor. */
export function currentClock(): Clock {
  return { now: new Date(), locale: vscode.env.language };
}

/** What stands in the list of a day: the time, and what was said of the snapshot. */
export function snapshotLabel(row: SnapshotRow, clock: Clock): string {
  const time = new Date(row.time);
  // Of the day of which it is said, only the time is left.
  return withLabel(formatMoment(time, time, clock.locale), row);
}

/** When it was made, where no day stands above it. */
export function momentText({ time }: SnapshotRow, { now, locale }: Clock): string {
  return formatMoment(new Date(time), now, locale);
}

/** One line that names it where no day stands above it. */
export function snapshotName(row: SnapshotRow, clock: Clock): string {
  return withLabel(momentText(row, clock), row);
}

function withLabel(time: string, { label }: SnapshotRow): string {
  return label === undefined ? time : `${time}  ${label}`;
}

/** E.g. `kept · save · 2 modified, 1 added`. With `whose`, also of which folder and host it is. */
export function snapshotDescription(row: SnapshotRow, { whose = false } = {}): string {
  return [
    ...(whose ? [whoseText(row)] : []),
    ...(row.keep ? [vscode.l10n.t('kept')] : []),
    ...makerWords(row),
    ...[countsText(row) ?? []].flat(),
  ].join(' · ');
}

/** E.g. `2 modified, 1 added, 3 deleted`; undefined if that is not known, or nothing. */
function countsText({ counts }: SnapshotRow): string | undefined {
  if (!counts) return undefined;
  const { filesChanged = 0, filesNew = 0, filesRemoved = 0, gitFiles = 0 } = counts;
  const number = (value: number) => value.toLocaleString(vscode.env.language);
  const parts = [
    ...(filesChanged > 0 ? [vscode.l10n.t('{0} modified', number(filesChanged))] : []),
    ...(filesNew > 0 ? [vscode.l10n.t('{0} added', number(filesNew))] : []),
    ...(filesRemoved > 0 ? [vscode.l10n.t('{0} deleted', number(filesRemoved))] : []),
    ...(gitFiles > 0 ? [vscode.l10n.t('git data')] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : undefined;
}

/** All that is known of it. What others wrote stands there as text, never as markup. */
export function snapshotTooltip(row: SnapshotRow, locale: string): vscode.MarkdownString {
  const text = new vscode.MarkdownString('', true);
  text.appendMarkdown(`$(${snapshotIcon(row)}) **`).appendText(row.label ?? makerWords(row).join(' · '));
  text.appendMarkdown('**\n\n');
  const line = (name: string, value: string) => {
    text.appendMarkdown(`${name}: `).appendText(value);
    text.appendMarkdown('  \n');
  };
  line(vscode.l10n.t('Time'), formatInFull(new Date(row.time), locale));
  line(vscode.l10n.t('Made by'), reasonInFull(row));
  const actor = actorInFull(row);
  if (actor !== undefined) line(vscode.l10n.t('Changed by'), actor);
  if (row.keep) line(vscode.l10n.t('Kept'), vscode.l10n.t('yes, by no policy forgotten'));
  line(vscode.l10n.t('Files'), filesText(row, locale));
  line(vscode.l10n.t('Folders'), row.paths.map(displayPath).join(', '));
  line(vscode.l10n.t('Host and user'), `${row.hostname} · ${row.username}`);
  if (row.tags.length > 0) line(vscode.l10n.t('Tags'), row.tags.join(', '));
  line(vscode.l10n.t('Id'), row.id);
  return text;
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

function whoseText({ paths, hostname }: SnapshotRow): string {
  return `${paths.map((path) => displayPath(lastName(path))).join(', ')} @ ${hostname}`;
}
