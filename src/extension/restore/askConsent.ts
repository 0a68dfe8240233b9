import * as vscode from 'vscode';
import { isGitEntry } from '../../base/gitData.ts';
import { displayPath } from '../../base/rawName.ts';
import type { RestoreLine } from '../../worker/engineProtocol/restore.ts';
import type { Cairn } from '../cairn.ts';
import { lastName, parentFolder, pathOf, wayBelow } from '../diskPaths.ts';
import { describeSnapshot } from '../documents/describeState.ts';
import { showError } from '../showError.ts';
import { readSetting } from '../settings.ts';
import { describeRest, describeTotals } from './describePlan.ts';
import { linesOf, type OrderPlan } from './orderPlan.ts';
import type { RestoreMode, RestoreOrder, RestorePart } from './restoreOrder.ts';
import { showPlannedChanges } from './showRestoreChanges.ts';

/** What a person wants: to restore so, to see another plan first, to choose files, or to restore elsewhere. */
export type Consent =
  | { readonly kind: 'restore' | 'replan'; readonly mode: RestoreMode }
  | { readonly kind: 'choose' }
  | { readonly kind: 'elsewhere' };

interface ConsentItem extends vscode.QuickPickItem {
  readonly answer?: Consent;
  readonly changes?: { readonly part: RestorePart; readonly lines: readonly RestoreLine[] };
}

const icons = { delete: 'trash', overwrite: 'edit', create: 'add', metadata: 'clock' } as const;

/**
 * Shows what a restore would do, line by line, and asks how to go on; undefined if not at all. It stays open while
 * changes are looked at. The first answer is the one that deletes nothing.
 */
export function askConsent(cairn: Cairn, order: RestoreOrder, plan: OrderPlan): Promise<Consent | undefined> {
  const pick = vscode.window.createQuickPick<ConsentItem>();
  const [first] = order.parts;
  pick.title = order.isUndo
    ? vscode.l10n.t('Undo the Restore of {0}', order.what)
    : isMixed(order)
      ? vscode.l10n.t('Bring back {0}, each as it was last', order.what)
      : vscode.l10n.t('Restore {0} to {1}', order.what, first ? describeSnapshot(first.snapshot) : '');
  pick.placeholder = [describeTotals(plan, true), describeRest(plan)].filter((text) => text !== '').join('; ');
  pick.items = [...answersOf(order, plan), ...detailsOf(order, plan)];
  pick.ignoreFocusOut = true;
  pick.matchOnDescription = true;
  return new Promise((resolve) => {
    pick.onDidAccept(async () => {
      const [item] = pick.selectedItems;
      if (item?.answer) {
        resolve(item.answer);
        pick.hide();
      } else if (item?.changes) {
        pick.busy = true;
        await showPlannedChanges(cairn, order, item.changes.part, item.changes.lines).catch((error: unknown) =>
          showError(cairn, error),
        );
        pick.busy = false;
        pick.show();
      }
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function answersOf(order: RestoreOrder, plan: OrderPlan): ConsentItem[] {
  const { mode, totals } = plan;
  const restores = totals.create + totals.overwrite + totals.metadata > 0;
  const answer = (exact: boolean): Consent => ({ kind: 'restore', mode: { ...mode, exact } });
  if (order.isUndo) {
    const description = describeTotals(plan, true);
    return [{ label: vscode.l10n.t('Undo Restore'), iconPath: icon('discard'), description, answer: answer(true) }];
  }
  const items: ConsentItem[] = [];
  if (restores) {
    const label = restoreLabel(order, totals.delete > 0);
    items.push({ label, iconPath: icon('check'), description: describeTotals(plan, false), answer: answer(false) });
  }
  if (totals.delete > 0) {
    const count = totals.delete.toLocaleString(vscode.env.language);
    const label = order.isChosen
      ? vscode.l10n.t('Restore Selected Exactly, and Delete {0}', count)
      : vscode.l10n.t('Restore Exactly, and Delete {0}', count);
    const description = vscode.l10n.t('also removes what came later');
    items.push({ label, iconPath: icon('trash'), description, answer: answer(true) });
  }
  return [...items, ...otherWays(order, plan)];
}

function restoreLabel({ isChosen = false }: RestoreOrder, deletes: boolean): string {
  if (!isChosen) return deletes ? vscode.l10n.t('Restore Without Deleting') : vscode.l10n.t('Restore');
  return deletes ? vscode.l10n.t('Restore Selected Without Deleting') : vscode.l10n.t('Restore Selected');
}

function otherWays({ parts }: RestoreOrder, plan: OrderPlan): ConsentItem[] {
  const { mode, totals } = plan;
  const items: ConsentItem[] = [];
  // What is not listed cannot be ticked.
  if (linesOf(plan).length > 1 && !plan.truncated) {
    items.push({
      label: vscode.l10n.t('Choose What to Restore…'),
      iconPath: icon('checklist'),
      description: vscode.l10n.t('tick files and folders'),
      answer: { kind: 'choose' },
    });
  }
  // Without that setting, no safety snapshot would have the folder of git.
  const canTakeGit = parts.every(({ folder }) => readSetting<boolean>('backupGitFolder', folder.uri));
  if (totals.gitFoldersLeft > 0 && canTakeGit && !mode.gitFolders) {
    items.push({
      label: vscode.l10n.t('Show What Restoring .git Would Do, Too'),
      iconPath: icon('source-control'),
      description: vscode.l10n.t('branches, commits and the index go back as well'),
      answer: { kind: 'replan', mode: { ...mode, gitFolders: true } },
    });
  }
  if (parts.length === 1 && parts[0]!.paths.length <= 1) {
    items.push({
      label: vscode.l10n.t('Restore to Another Place…'),
      iconPath: icon('folder-opened'),
      description: vscode.l10n.t('leaves what is here as it is'),
      answer: { kind: 'elsewhere' },
    });
  }
  return items;
}

function detailsOf(order: RestoreOrder, plan: OrderPlan): ConsentItem[] {
  const several = countFolders(order) > 1;
  // Of many snapshots, each row shows its own; a row for each snapshot would hide the files.
  const items: ConsentItem[] = (isMixed(order) ? [] : plan.parts)
    .filter(({ preview }) => preview.lines.some(hasContent))
    .map(({ part, preview }) => ({
      label: several ? vscode.l10n.t('Show Changes in {0}', part.folder.name) : vscode.l10n.t('Show Changes'),
      iconPath: icon('diff-multiple'),
      description: vscode.l10n.t('what is here at the left, what would be here at the right'),
      changes: { part, lines: preview.lines },
    }));
  let heading: string | undefined;
  const lines = linesOf(plan)
    .filter(({ line }) => !isGitEntry(line))
    .sort((a, b) => rank[a.line.change] - rank[b.line.change]);
  for (const { part, line } of lines) {
    const title = headingOf(line, plan);
    if (title !== heading) items.push(separator((heading = title)));
    items.push(lineItem(part, line, several));
  }
  items.push(...gitItems(plan));
  if (plan.truncated) items.push(separator(vscode.l10n.t('There are more than are listed here')));
  if (plan.problems.length > 0) items.push(separator(vscode.l10n.t('Cannot be restored')));
  items.push(...plan.problems.map((label) => ({ label, iconPath: icon('warning') })));
  return items;
}

/** Files of one folder come from several snapshots. */
function isMixed(order: RestoreOrder): boolean {
  return countFolders(order) < order.parts.length;
}

function countFolders({ parts }: RestoreOrder): number {
  return new Set(parts.map(({ folder }) => folder.uri.toString())).size;
}

/** What git keeps for itself, in one row. */
function gitItems({ git }: OrderPlan): ConsentItem[] {
  const nothing = { create: 0, overwrite: 0, metadata: 0, delete: 0 };
  const description = describeTotals({ totals: git, git: nothing }, true);
  if (Object.values(git).every((count) => count === 0)) return [];
  return [separator('.git'), { label: vscode.l10n.t('Git Data'), iconPath: icon('source-control'), description }];
}

const rank = { delete: 0, overwrite: 1, create: 2, metadata: 3 } as const;

function headingOf({ change }: RestoreLine, { totals, git }: OrderPlan): string {
  const count = (totals[change] - git[change]).toLocaleString(vscode.env.language);
  switch (change) {
    case 'delete':
      return vscode.l10n.t('Deleted if restored exactly: {0}', count);
    case 'overwrite':
      return vscode.l10n.t('Overwritten: {0}', count);
    case 'create':
      return vscode.l10n.t('Created: {0}', count);
    case 'metadata':
      return vscode.l10n.t('Only time and rights: {0}', count);
  }
}

function lineItem(part: RestorePart, line: RestoreLine, several: boolean): ConsentItem {
  const { path, change, isFolder } = line;
  const inFolder = wayBelow(pathOf(part.folder.uri), parentFolder(path)) ?? '';
  return {
    label: displayPath(lastName(path)) + (isFolder ? '/' : ''),
    iconPath: icon(icons[change]),
    description: displayPath([...(several ? [part.folder.name] : []), inFolder].join('/')),
    ...(hasContent(line) && { changes: { part, lines: [line] } }),
  };
}

function hasContent({ change, isFolder }: RestoreLine): boolean {
  return !isFolder && change !== 'metadata';
}

function separator(label: string): ConsentItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function icon(id: string): vscode.ThemeIcon {
  return new vscode.ThemeIcon(id);
}
