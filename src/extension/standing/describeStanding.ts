import * as vscode from 'vscode';
import { countCopies, countDays, countDisks, countHours } from '../counts.ts';
import type { StandingReport } from '../../worker/engineProtocol/standing.ts';
import { formatMoment } from '../documents/formatMoment.ts';

type Promised = StandingReport['promises'][number];

/** What is told first if several are broken. */
const order: readonly Promised['name'][] = ['damage', 'age', 'away', 'disks', 'copies', 'behind', 'proof'];

/** Milliseconds. */
const [HOUR, DAY] = [3_600_000, 86_400_000];

/** `3 copies · 2 disks · 1 away`. */
export function describeNumbers({ copies, disks, away }: Pick<StandingReport, 'copies' | 'disks' | 'away'>): string {
  return [countCopies(copies), countDisks(disks), vscode.l10n.t('{0} away', away)].join(' · ');
}

/** The promise that is broken, the gravest first. */
export function brokenPromise({ promises }: Pick<StandingReport, 'promises'>): Promised | undefined {
  return order.flatMap((name) => promises.filter((each) => each.name === name && !each.isKept))[0];
}

/** What is missing, in a few words. */
export function describeBroken({ name, wanted, found = 0 }: Promised): string {
  switch (name) {
    case 'damage':
      return vscode.l10n.t('damage found');
    case 'age':
      return vscode.l10n.t('not backed up for {0}', countHours(Math.round(wanted / HOUR)));
    case 'away':
      return found === 0 ? vscode.l10n.t('no copy away from this computer') : vscode.l10n.t('too few copies away');
    case 'disks':
      return found === 1 ? vscode.l10n.t('all on one disk') : vscode.l10n.t('on too few disks');
    case 'copies':
      return vscode.l10n.t('too few copies');
    case 'behind':
      return vscode.l10n.t('changes wait to be away for {0}', countDays(Math.round(wanted / DAY)));
    case 'proof':
      return vscode.l10n.t('not verified for {0}', countDays(Math.round(wanted / DAY)));
  }
}

/** All that there is to say, as sentences. */
export function describeStanding(report: StandingReport, now = new Date()): string[] {
  const { away, oldestNotAway, promises, places } = report;
  const moment = (time: string) => formatMoment(new Date(time), now, vscode.env.language);
  const proven = places.map(({ location, proof, damage }) => {
    if (damage !== undefined) return vscode.l10n.t('{0}: damage was found, {1}.', location, moment(damage));
    if (!proof) return vscode.l10n.t('{0}: never verified.', location);
    return proof.depth === 'structure'
      ? vscode.l10n.t('{0}: verified {1}, without the data.', location, moment(proof.time))
      : vscode.l10n.t('{0}: verified {1}, with data.', location, moment(proof.time));
  });
  const gone = places.filter(({ isCounted }) => !isCounted);
  return [
    vscode.l10n.t('{0}; the folder itself counts.', describeNumbers(report)),
    away === 0
      ? vscode.l10n.t('No copy is away from this computer.')
      : oldestNotAway === undefined
        ? vscode.l10n.t('All that was backed up is away.')
        : vscode.l10n.t('The oldest change that is not away: {0}.', moment(oldestNotAway)),
    ...promises
      .filter(({ name, isKept }) => !isKept && !(name === 'away' && away === 0))
      .map((each) => vscode.l10n.t('Not as it should be: {0}.', describeBroken(each))),
    ...gone.map(({ location }) => vscode.l10n.t('{0} is not there, and does not count.', location)),
    ...proven,
    ...(report.trouble === undefined ? [] : [report.trouble]),
  ];
}

/** Adds a line to what the status bar says in full. */
export function withStanding(
  text: vscode.MarkdownString | string | undefined,
  report: StandingReport | undefined,
): vscode.MarkdownString | string | undefined {
  if (!report || !(text instanceof vscode.MarkdownString)) return text;
  const broken = brokenPromise(report);
  const line = [describeNumbers(report), ...(broken ? [describeBroken(broken)] : [])].join(': ');
  return text.appendMarkdown(`\n\n$(${broken ? 'warning' : 'layers'}) `).appendText(line);
}
