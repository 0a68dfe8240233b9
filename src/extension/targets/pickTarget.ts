import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { shownLocation, type Target } from './targetStore.ts';

/** What a command on a target is called with: a row of the view, or nothing. */
export type TargetArgument = { readonly target?: Target } | undefined;

export const kindIcons: Readonly<Record<Target['kind'], string>> = {
  repository: 'database',
  mirror: 'folder',
  dated: 'folder-library',
};

/**
 * The target of the row on which a command was called; else a person chooses, if there are several that
 * `fits`. Undefined if they choose none.
 */
export async function pickTarget(
  { targets }: Pick<Cairn, 'targets'>,
  argument: TargetArgument,
  title: string,
  fits: (target: Target) => boolean = () => true,
): Promise<Target | undefined> {
  // The row may be older than the settings.
  const given = argument?.target && targets.find(argument.target.id);
  if (given && fits(given)) return given;
  const all = targets.list().filter(fits);
  if (all.length === 0) {
    void vscode.window.showInformationMessage(
      `Cairn: ${vscode.l10n.t('There is no such target. Run "Cairn: Add Target…" first.')}`,
    );
  }
  if (all.length <= 1) return all[0];
  const primary = targets.primary();
  const items = all.map((target) => ({
    iconPath: new vscode.ThemeIcon(kindIcons[target.kind]),
    label: target.name,
    description: [shownLocation(target), ...(target.id === primary.id ? [vscode.l10n.t('default')] : [])]
      .filter((text) => text !== undefined)
      .join(' · '),
    target,
  }));
  const placeHolder = vscode.l10n.t('Which target?');
  return (await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDescription: true }))?.target;
}
