import * as vscode from 'vscode';
import { displayPath } from '../../base/rawName.ts';
import type { SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import { lastName } from '../diskPaths.ts';
import { formatMoment } from '../documents/formatMoment.ts';
import { makerIcon, makerWords } from './describeMaker.ts';
import type { Clock } from './groupByDay.ts';
import { repeatedMinutes } from './repeatedMinutes.ts';
import { whatChanged } from './whatChanged.ts';

/** A codicon. What is kept has a pin, whoever made it. */
export function snapshotIcon(row: SnapshotRow): string {
  return row.keep ? 'pinned' : makerIcon(row);
}

/** The same as an icon: a snapshot in which much was deleted, or turned to noise, stands out. */
export function snapshotThemeIcon(row: SnapshotRow): vscode.ThemeIcon {
  const alarm = row.isMassDeletion ? 'trash' : row.scrambled ? 'warning' : undefined;
  if (!alarm) return new vscode.ThemeIcon(snapshotIcon(row));
  return new vscode.ThemeIcon(row.keep ? 'pinned' : alarm, new vscode.ThemeColor('charts.red'));
}

/** The clock of the person at the editor. */
export function currentClock(): Clock {
  return { now: new Date(), locale: vscode.env.language };
}

/** How a moment is written: seconds where minutes repeat. */
interface Precision {
  readonly seconds?: boolean;
}

/** What stands in the list of a day: the time, and what was said of the snapshot. */
export function snapshotLabel(row: SnapshotRow, clock: Clock, precision: Precision = {}): string {
  const time = new Date(row.time);
  // Of the day of which it is said, only the time is left.
  return withLabel(formatMoment(time, time, clock.locale, precision), row);
}

/** When it was made, where no day stands above it. */
export function momentText({ time }: SnapshotRow, { now, locale }: Clock, precision: Precision = {}): string {
  return formatMoment(new Date(time), now, locale, precision);
}

/** One line that names it where no day stands above it. */
export function snapshotName(row: SnapshotRow, clock: Clock, precision: Precision = {}): string {
  return withLabel(momentText(row, clock, precision), row);
}

/** Both names of two snapshots, which tell them apart. */
export function snapshotNames(one: SnapshotRow, other: SnapshotRow, clock: Clock): [string, string] {
  const precision = { seconds: repeatedMinutes([one, other]).size > 0 };
  return [snapshotName(one, clock, precision), snapshotName(other, clock, precision)];
}

function withLabel(time: string, { label, subject }: SnapshotRow): string {
  const said = label ?? subject;
  return said === undefined ? time : `${time}  ${said}`;
}

/**
 * E.g. `12 files in src · 11 modified, 1 added · save · kept`: first what happened. With `whose`, also of which folder
 * and host it is.
 */
export function snapshotDescription(row: SnapshotRow, { whose = false } = {}): string {
  return [
    ...(whose ? [whoseText(row)] : []),
    ...(row.label !== undefined && row.subject !== undefined ? [row.subject] : []),
    ...whatChanged(row),
    ...makerWords(row),
    ...(row.keep ? [vscode.l10n.t('kept')] : []),
  ].join(' · ');
}

function whoseText({ paths, hostname }: SnapshotRow): string {
  return `${paths.map((path) => displayPath(lastName(path))).join(', ')} @ ${hostname}`;
}
