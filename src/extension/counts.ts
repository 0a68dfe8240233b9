import * as vscode from 'vscode';

/** `1 file`, `1,234 files`. */
export function countFiles(count: number): string {
  return count === 1 ? vscode.l10n.t('1 file') : vscode.l10n.t('{0} files', write(count));
}

/** `1 snapshot`, `1,234 snapshots`. */
export function countSnapshots(count: number): string {
  return count === 1 ? vscode.l10n.t('1 snapshot') : vscode.l10n.t('{0} snapshots', write(count));
}

/** `1 pack`, `1,234 packs`. */
export function countPacks(count: number): string {
  return count === 1 ? vscode.l10n.t('1 pack') : vscode.l10n.t('{0} packs', write(count));
}

/** `1 change`, `1,234 changes`. */
export function countChanges(count: number): string {
  return count === 1 ? vscode.l10n.t('1 change') : vscode.l10n.t('{0} changes', write(count));
}

/** `1 problem`, `1,234 problems`. */
export function countProblems(count: number): string {
  return count === 1 ? vscode.l10n.t('1 problem') : vscode.l10n.t('{0} problems', write(count));
}

/** `1 copy`, `3 copies`. */
export function countCopies(count: number): string {
  return count === 1 ? vscode.l10n.t('1 copy') : vscode.l10n.t('{0} copies', write(count));
}

/** `1 disk`, `2 disks`. */
export function countDisks(count: number): string {
  return count === 1 ? vscode.l10n.t('1 disk') : vscode.l10n.t('{0} disks', write(count));
}

/** `1 hour`, `24 hours`. */
export function countHours(count: number): string {
  return count === 1 ? vscode.l10n.t('1 hour') : vscode.l10n.t('{0} hours', write(count));
}

/** `1 day`, `7 days`. */
export function countDays(count: number): string {
  return count === 1 ? vscode.l10n.t('1 day') : vscode.l10n.t('{0} days', write(count));
}

function write(count: number): string {
  return count.toLocaleString(vscode.env.language);
}
