import type { EngineCommands } from '../../worker/engineProtocol.ts';
import type { VerifyReport } from '../../worker/engineProtocol/upkeep.ts';
import * as vscode from 'vscode';
import { withoutLogin } from '../../base/location.ts';
import { displayPath } from '../../base/rawName.ts';
import { storageArguments } from '../targets/storageArguments.ts';
import { formatMoment } from '../documents/formatMoment.ts';
import type { Target } from '../targets/targetStore.ts';
import { code, list, page } from './markdown.ts';

/** Ids are shown as restic does. */
const SHORT_ID_LENGTH = 8;

/** What is wrong with a repository, and what can be done, as a page. */
export function verifyReport(
  target: Pick<Target, 'name' | 'location' | 'options' | 'cacert' | 'tlsClientCert'>,
  report: VerifyReport,
  now: Date,
  locale: string,
): string {
  const { name } = target;
  const { affected, findings, advice, truncated, counts } = report;
  const errors = findings.filter(({ severity }) => severity === 'error');
  const hints = findings.filter(({ severity }) => severity === 'hint');
  return page(vscode.l10n.t('Damage in {0}', name), [
    vscode.l10n.t(
      'Errors: {0}. Checked: snapshots {1}, packs {2}. Read to the last byte: packs {3}.',
      ...[counts.errors, counts.snapshots, counts.packs, counts.packsRead].map((count) => count.toLocaleString(locale)),
    ),
    advice.length === 0 ? '' : `## ${vscode.l10n.t('What to do')}\n\n${list([...advice, ...hintAtPlace(target)])}`,
    affected.length === 0
      ? ''
      : `## ${vscode.l10n.t('Files that are affected')}\n\n${list(affected.map((row) => affectedLine(row, now, locale)))}`,
    errors.length === 0 ? '' : `## ${vscode.l10n.t('What was found')}\n\n${list(errors.map(({ message }) => message))}`,
    hints.length === 0 ? '' : `## ${vscode.l10n.t('Hints')}\n\n${list(hints.map(({ message }) => message))}`,
    truncated ? vscode.l10n.t('There is more than is listed here.') : '',
  ]);
}

/** The advice is in terms of the command line, which has to be told of any repository but the default one. */
function hintAtPlace(target: Parameters<typeof verifyReport>[0]): string[] {
  if (target.location === undefined) return [];
  const words = ['-r', withoutLogin(target.location), ...storageArguments(target)];
  return [vscode.l10n.t('To these commands of the command line "cairn" belongs {0}', code(words.join(' ')))];
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
