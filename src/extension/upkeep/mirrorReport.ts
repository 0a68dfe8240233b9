import * as vscode from 'vscode';
import { displayPath } from '../../base/rawName.ts';
import type { MirrorPreview, MirrorRow } from '../../worker/engineProtocol/mirror.ts';
import { joinPath } from '../diskPaths.ts';
import { formatSize } from '../formatSize.ts';
import { code, codeBlock, list, page } from './markdown.ts';

/** The words of `cairn mirror`. */
const verbs: Readonly<Record<MirrorRow['action'], string>> = {
  copy: 'WOULD COPY',
  link: 'WOULD LINK',
  make: 'WOULD MAKE',
  update: 'WOULD UPDATE',
  delete: 'WOULD DELETE',
};

/** What a mirror would do, as a page. */
export function mirrorReport(preview: MirrorPreview, locale: string): string {
  const { source, destination, name, needsForce, problems, notices, lines, truncated } = preview;
  return page(vscode.l10n.t('Mirror preview'), [
    vscode.l10n.t('Nothing has been written yet.'),
    list([
      `${vscode.l10n.t('From')}: ${code(displayPath(source))}`,
      `${vscode.l10n.t('To')}: ${code(displayPath(joinPath(destination, name ?? '')))}`,
      ...describeTotals(preview, locale),
    ]),
    needsForce === undefined ? '' : `**${vscode.l10n.t('Careful')}:** ${needsForce}`,
    list(notices),
    problems.length === 0 ? '' : `## ${vscode.l10n.t('Problems')}\n\n${list(problems)}`,
    lines.length === 0 ? '' : codeBlock(lines.map((line) => describeLine(line, locale))),
    truncated ? vscode.l10n.t('Only the first {0} lines are listed.', lines.length.toLocaleString(locale)) : '',
  ]);
}

/** What would be done, in numbers, one sentence each. */
export function describeTotals({ totals }: MirrorPreview, locale: string): string[] {
  const number = (value: number) => value.toLocaleString(locale);
  const copy = vscode.l10n.t(
    'To copy: {0} added, {1} modified, {2}',
    number(totals.copyNew),
    number(totals.copyChanged),
    formatSize(totals.copyBytes, locale),
  );
  const lose = vscode.l10n.t('To delete: {0}, {1}', number(totals.delete), formatSize(totals.deleteBytes, locale));
  return [
    copy,
    lose,
    ...(totals.linked > 0 ? [vscode.l10n.t('To share with the copy before: {0}', number(totals.linked))] : []),
    ...(totals.updated > 0 ? [vscode.l10n.t('Times, modes or owners to set: {0}', number(totals.updated))] : []),
    vscode.l10n.t('As it is: {0}', number(totals.unchanged)),
  ];
}

/** One line of a plan. */
export function describeLine({ action, path, isFolder, size, isNew }: MirrorRow, locale: string): string {
  const facts = [
    ...(!isFolder && action !== 'update' ? [formatSize(size, locale)] : []),
    ...(action === 'copy' && !isNew ? [vscode.l10n.t('modified')] : []),
  ].join(', ');
  return `${verbs[action].padEnd(13)} ${displayPath(path)}${isFolder ? '/' : ''}${facts && ` (${facts})`}`;
}
