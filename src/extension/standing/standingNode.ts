import * as vscode from 'vscode';
import type { StandingReport } from '../../worker/engineProtocol/standing.ts';
import { commands } from '../contributions.ts';
import type { TreeNode } from '../treeNode.ts';
import { brokenPromise, describeBroken, describeNumbers, describeStanding } from './describeStanding.ts';

/** The row above all targets: how many copies there are, and what is missing. */
export class StandingNode implements TreeNode {
  readonly parent = undefined;
  readonly #report: StandingReport;

  constructor(report: StandingReport) {
    this.#report = report;
  }

  item(): vscode.TreeItem {
    const broken = brokenPromise(this.#report);
    const label = describeNumbers(this.#report);
    const item = new vscode.TreeItem(label, vscode.TreeItemCollapsibleState.None);
    item.id = 'standing';
    item.contextValue = 'standing';
    item.iconPath = broken
      ? new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'))
      : new vscode.ThemeIcon('pass', new vscode.ThemeColor('testing.iconPassed'));
    if (broken) item.description = describeBroken(broken);
    item.tooltip = describeStanding(this.#report).join('\n');
    item.accessibilityInformation = { label: broken ? `${label}, ${describeBroken(broken)}` : label };
    if (broken && ['copies', 'disks', 'away'].includes(broken.name))
      item.command = { command: commands.addTarget, title: vscode.l10n.t('Add Target…') };
    return item;
  }
}
