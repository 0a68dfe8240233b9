import type { EngineCommands, VerifyReport } from '../../worker/engineProtocol.ts';
import * as vscode from 'vscode';
import { displayPath } from '../../base/rawName.ts';
import { formatMoment } from '../documents/formatMoment.ts';
import { code, list, page } from './markdown.ts';

/** Ids are shown as restic does. */
const SHORT_ID_LENGTH = 8;

/** What is wrong with a repository, and what can be done, as a page. */
export function verifyReport(name: string, report: VerifyReport, now: Date, locale: string): string {
  const { affected, findings, advice, truncated, counts } = report;
  const errors = findings.filter(({ severity }) => severity === 'error');
  const hints = findings.filter(({ severity }) => severity === 'hint');
  return page(vscode.l10n.t('Damage in {0}', name), [
    vscode.l10n.t(
      '{0} errors were found. {1} snapshots and {2} packs were checked; of {3} packs every byte was read.',
      ...[counts.errors, counts.snapshots, counts.packs, counts.packsRead].map((count) => count.toLocaleString(locale)),
    ),
    advice.length === 0 ? '' : `## ${vscode.l10n.t('What to do')}\n\n${list(advice)}`,
    affected.length === 0
      ? ''
      : `## ${vscode.l10n.t('Files that are affected')}\n\n${list(affected.map((row) => affectedLine(row, now, locale)))}`,
    errors.length === 0 ? '' : `## ${vscode.l10n.t('What was found')}\n\n${list(errors.map(({ message }) => message))}`,
    hints.length === 0 ? '' : `## ${vscode.l10n.t('Hints')}\n\n${list(hints.map(({ message }) => message))}`,
    truncated ? vscode.l10n.t('There is more than is listed here.') : '',
  ]);
}

function affectedLine(row: VerifyReport['affected'][number], now: Date, locale: string): string {
  const { loss, path, type, snapshots, intactIn } = row;
  const what = `**${loss}** ${code(displayPath(type === 'folder' ? `${path}/` : path))}`;
  const where = snapshots.map(({ id, time }) => {
    const short = code(id.slice(0, SHORT_ID_LENGTH));
    return time === undefined ? short : `${short} (${formatMoment(new Date(time), now, locale)})`;
  });
  const parts = [
    `${what}: ${vscode.l10n.t('in snapshots {0}', where.join(', '))}`,
    ...(intactIn === undefined
      ? []
      : [vscode.l10n.t('another version is intact in {0}', code(intactIn.slice(0, SHORT_ID_LENGTH)))]),
  ];
  return parts.join('; ');
}

/** What is wrong with plain copies, as a page. */
export function folderReport(name: string, result: EngineCommands['verifyFolder']['result']): string {
  const { findings, isComplete, truncated } = result;
  const lines = findings.map(({ kind, path, detail }) => {
    const more = detail === undefined ? '' : ` (${detail})`;
    return `**${kind.toUpperCase()}** ${code(displayPath(path))}${more}`;
  });
  return page(vscode.l10n.t('Damage in {0}', name), [
    vscode.l10n.t('Back up to this target again: what is damaged or missing there is copied anew.'),
    isComplete ? '' : vscode.l10n.t('The last copy was cut off, or is under way; what it copied counts as extra.'),
    list(lines),
    truncated ? vscode.l10n.t('There is more than is listed here.') : '',
  ]);
}
