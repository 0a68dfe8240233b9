import * as vscode from 'vscode';
import { displayPath } from '../../base/rawName.ts';
import { countFiles } from '../counts.ts';
import { lastName } from '../diskPaths.ts';
import type { OrderPlan } from './orderPlan.ts';
import { choiceRows, chosenParts, followTicks, type ChoiceRow } from './restoreChoice.ts';
import type { RestoreOrder } from './restoreOrder.ts';

interface RowItem extends vscode.QuickPickItem {
  readonly row: ChoiceRow;
}

/**
 * Has a person tick what of a plan is to be restored. The order for just that; the same order if they ticked all, or
 * closed the box.
 */
export function chooseFiles(order: RestoreOrder, plan: OrderPlan): Promise<RestoreOrder> {
  const rows = choiceRows(plan.parts);
  const items = rows.map((row) => itemOf(row, order.parts.length > 1));
  const leaves = rows.filter(({ below }) => below.length === 0);
  const pick = vscode.window.createQuickPick<RowItem>();
  let ticked = new Set(rows);
  const show = () => {
    const count = leaves.filter((row) => ticked.has(row)).length;
    pick.placeholder = vscode.l10n.t('{0} of {1} chosen', count, leaves.length);
  };
  pick.title = vscode.l10n.t('Choose what to restore of {0}', order.what);
  pick.canSelectMany = true;
  pick.matchOnDescription = true;
  pick.ignoreFocusOut = true;
  pick.items = items;
  pick.selectedItems = items;
  show();
  return new Promise((resolve) => {
    pick.onDidChangeSelection((selected) => {
      const shown = new Set(selected.map(({ row }) => row));
      ticked = followTicks(rows, ticked, shown);
      const isShown = ticked.size === shown.size && [...ticked].every((row) => shown.has(row));
      if (!isShown) pick.selectedItems = items.filter(({ row }) => ticked.has(row));
      show();
    });
    pick.onDidAccept(() => {
      // Of nothing, there is nothing to show.
      if (ticked.size === 0) return;
      resolve(ticked.size === rows.length ? order : narrow(order, rows, ticked));
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(order);
      pick.dispose();
    });
    pick.show();
  });
}

function narrow(order: RestoreOrder, rows: readonly ChoiceRow[], ticked: ReadonlySet<ChoiceRow>): RestoreOrder {
  const parts = chosenParts(rows, ticked);
  const [path, ...more] = parts.flatMap(({ paths }) => paths);
  const what =
    more.length === 0
      ? lastName(path!)
      : order.isChosen
        ? order.what
        : vscode.l10n.t('what was chosen of {0}', order.what);
  return { ...order, parts, isChosen: true, what };
}

function itemOf(row: ChoiceRow, several: boolean): RowItem {
  const { part, way, below } = row;
  const inFolder = several ? [part.folder.name] : [];
  if (below.length > 0) {
    return { row, label: displayPath([...inFolder, way].join('/')) + '/', description: countFiles(below.length) };
  }
  if (way === '') return { row, label: vscode.l10n.t('Git Data'), description: inFolder.join() };
  const names = way.split('/');
  const place = displayPath([...inFolder, ...names.slice(0, -1)].join('/'));
  const description = [place, changeOf(row)].filter((text) => text !== '').join(' · ');
  return { row, label: displayPath(names.at(-1)!) + (row.line?.isFolder ? '/' : ''), description };
}

function changeOf({ line }: ChoiceRow): string {
  switch (line?.change) {
    case 'create':
      return vscode.l10n.t('created');
    case 'overwrite':
      return vscode.l10n.t('overwritten');
    case 'delete':
      return vscode.l10n.t('deleted if restored exactly');
    case 'metadata':
      return vscode.l10n.t('only time and rights');
    case undefined:
      return '';
  }
}
