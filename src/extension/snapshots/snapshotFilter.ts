import * as vscode from 'vscode';
import { originIcon, origins, originText, type Origin } from './describeSnapshot.ts';

/** Which snapshots are shown; without any part, all. */
export interface SnapshotFilter {
  readonly triggers?: readonly Origin[];
  /** Part of label, tag, host, path or id, or of the name of a file that was changed. */
  readonly text?: string;
}

/** Whether anything is left out. */
export function isFiltering({ triggers, text }: SnapshotFilter): boolean {
  return triggers !== undefined || text !== undefined;
}

/** A few words for the head of the view; empty if nothing is left out. */
export function describeFilter({ triggers, text }: SnapshotFilter): string {
  return [...(triggers ?? []).map(originText), ...(text === undefined ? [] : [`"${text}"`])].join(', ');
}

/** Asks a person for a filter: the triggers by ticks, then a text. Undefined if that was cancelled. */
export async function askFilter(current: SnapshotFilter): Promise<SnapshotFilter | undefined> {
  const title = vscode.l10n.t('Filter Snapshots');
  const items = origins.map((origin) => ({
    label: originText(origin),
    iconPath: new vscode.ThemeIcon(originIcon(origin)),
    picked: current.triggers?.includes(origin) ?? false,
    origin,
  }));
  const placeHolder = vscode.l10n.t('Show only those made by …; all, if nothing is ticked');
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder, canPickMany: true });
  if (!chosen) return undefined;
  const text = await vscode.window.showInputBox({
    title,
    value: current.text ?? '',
    prompt: vscode.l10n.t(
      'Part of the name of a file that was changed, or of a label, tag, commit or host; empty for all',
    ),
  });
  if (text === undefined) return undefined;
  const isAny = chosen.length === 0 || chosen.length === items.length;
  return {
    ...(!isAny && { triggers: chosen.map(({ origin }) => origin) }),
    ...(text.trim() !== '' && { text: text.trim() }),
  };
}
