import * as vscode from 'vscode';
import type { Cairn } from '../../cairn.ts';
import { commands } from '../../contributions.ts';
import type { CopyFailure } from '../../copies/copyRecord.ts';
import { copyFacts, describeCopy } from '../../copies/describeCopy.ts';
import { formatMoment } from '../../documents/formatMoment.ts';
import { formatSize } from '../../formatSize.ts';
import { formatAge } from '../../status/formatAge.ts';
import type { TreeNode } from '../../treeNode.ts';
import { kindIcons } from '../pickTarget.ts';
import type { TargetStatus } from '../targetStatus.ts';
import { isOwnRepository, isReplica, shownLocation, type Target } from '../targetStore.ts';
import { FactNode, type Fact } from './factNode.ts';

/** A target: how it is at a glance, and in it the facts. */
export class TargetNode implements TreeNode {
  readonly parent = undefined;
  readonly target: Target;
  /** As it was when somebody last looked. */
  status: TargetStatus = { health: 'unknown' };
  readonly #cairn: Cairn;

  constructor(cairn: Cairn, target: Target) {
    this.#cairn = cairn;
    this.target = target;
  }

  get id(): string {
    return `target ${this.target.id}`;
  }

  item(): vscode.TreeItem {
    const { name, kind, replicaOf } = this.target;
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Collapsed);
    item.id = this.id;
    const copied = replicaOf === undefined ? [] : [describeCopy(this.#cairn.copies, this.target)];
    item.description = [
      ...(this.#isDamaged ? [vscode.l10n.t('damage found')] : []),
      ...copied,
      describe(this.status, replicaOf !== undefined),
      ...(this.#isPrimary ? [vscode.l10n.t('default')] : []),
    ]
      .filter(Boolean)
      .join(' · ');
    item.iconPath = new vscode.ThemeIcon(
      this.#isDamaged ? 'error' : iconOf(this.target, this.status, this.#copyFailure),
    );
    item.tooltip = [tooltipOf(this.target, this.status), ...copied].join('\n');
    item.contextValue = [
      'target',
      replicaOf !== undefined ? 'replica' : kind === 'repository' ? 'repository' : 'folder',
      ...(this.target.location === undefined ? [] : ['removable']),
      ...(isOwnRepository(this.target) && !this.#isPrimary ? ['secondary'] : []),
    ].join(' ');
    const what = replicaOf === undefined ? kindText(kind) : vscode.l10n.t('replica');
    item.accessibilityInformation = { label: `${name}, ${what}, ${item.description}` };
    return item;
  }

  children(): readonly TreeNode[] {
    const { copies, targets } = this.#cairn;
    const facts = [
      ...placeFacts(this.target, this.status, this.#copyFailure !== undefined),
      ...(isReplica(this.target) ? copyFacts(copies, targets, this.target) : []),
      ...this.#statusFacts(),
      ...this.#verifyFacts(),
    ];
    return facts.map((fact) => new FactNode(this, fact));
  }

  get #isPrimary(): boolean {
    return this.#cairn.targets.primary().id === this.target.id;
  }

  /** As the last verification from this computer found, here or by the command line. */
  get #isDamaged(): boolean {
    return this.#cairn.standing.proofOf(this.target)?.isGood === false;
  }

  /** Why a replica could not be brought up to date. */
  get #copyFailure(): CopyFailure | undefined {
    return isReplica(this.target) ? this.#cairn.copies.record(this.target).failure : undefined;
  }

  #statusFacts(): Fact[] {
    const { status, target } = this;
    if (status.health !== 'good') return [];
    const isRepository = target.kind === 'repository';
    const language = vscode.env.language;
    const show = {
      command: commands.showSnapshotsOf,
      title: vscode.l10n.t('Show Snapshots'),
      arguments: [{ isAll: true, target: target.id }],
    };
    return [
      ...(status.lastBackup === undefined || isReplica(target)
        ? []
        : [
            {
              id: 'last',
              label: vscode.l10n.t('Last backup'),
              value: formatMoment(new Date(status.lastBackup), new Date(), language),
              icon: 'history',
            },
          ]),
      {
        id: 'count',
        label: isRepository ? vscode.l10n.t('Snapshots') : vscode.l10n.t('Copies'),
        value: status.count.toLocaleString(language),
        icon: 'layers',
        ...(isRepository && { command: show }),
      },
      ...(status.bytes === undefined
        ? []
        : [{ id: 'size', label: vscode.l10n.t('Size'), value: formatSize(status.bytes, language), icon: 'pie-chart' }]),
    ];
  }

  #verifyFacts(): Fact[] {
    const record = this.#cairn.standing.proofOf(this.target);
    if (!record) {
      if (this.status.health !== 'good') return [];
      const value = vscode.l10n.t('never');
      return [{ id: 'verify', label: vscode.l10n.t('Last verify'), value, icon: 'circle-outline' }];
    }
    const moment = formatMoment(new Date(record.time), new Date(), vscode.env.language);
    const outcome = record.isGood ? vscode.l10n.t('no errors') : vscode.l10n.t('damage found');
    const icon = record.isGood ? 'verified' : 'error';
    return [{ id: 'verify', label: vscode.l10n.t('Last verify'), value: `${moment} · ${outcome}`, icon }];
  }
}

/** `isProblemSaid`: by a fact that says more. */
function placeFacts(target: Target, status: TargetStatus, isProblemSaid: boolean): Fact[] {
  const { keep } = target;
  const place = ('place' in status ? status.place : undefined) ?? shownLocation(target);
  return [
    ...('reason' in status && !isProblemSaid
      ? [{ id: 'reason', label: vscode.l10n.t('Problem'), value: status.reason, icon: 'warning' }]
      : []),
    ...(place === undefined ? [] : [{ id: 'location', label: vscode.l10n.t('Location'), value: place, icon: 'link' }]),
    ...(keep === undefined
      ? []
      : [{ id: 'keep', label: vscode.l10n.t('Copies kept'), value: String(keep), icon: 'archive' }]),
  ];
}

/** Of a replica, which says more itself, only the size. */
function describe(status: TargetStatus, isShort: boolean): string {
  if (isShort) return 'bytes' in status ? formatSize(status.bytes, vscode.env.language) : '';
  switch (status.health) {
    case 'unknown':
      return vscode.l10n.t('looking…');
    case 'never':
      return vscode.l10n.t('nothing backed up yet');
    case 'unreachable':
      return vscode.l10n.t('not reachable');
    case 'failing':
      return vscode.l10n.t('failing');
    case 'good': {
      const { lastBackup, bytes } = status;
      const language = vscode.env.language;
      return [
        ...(lastBackup === undefined ? [] : [formatAge(Date.now() - Date.parse(lastBackup), language)]),
        ...(bytes === undefined ? [] : [formatSize(bytes, language)]),
      ].join(' · ');
    }
  }
}

function iconOf({ kind, replicaOf }: Target, { health }: TargetStatus, failure: CopyFailure | undefined): string {
  if (failure?.isAway) return 'debug-disconnect';
  if (replicaOf !== undefined && health !== 'unreachable') return 'repo-clone';
  if (health === 'failing') return 'error';
  return health === 'unreachable' ? 'debug-disconnect' : kindIcons[kind];
}

function tooltipOf(target: Target, status: TargetStatus): string {
  const lines = [`${target.name} (${kindText(target.kind)})`];
  const location = shownLocation(target);
  if (location !== undefined) lines.push(location);
  if ('reason' in status) lines.push(status.reason);
  return lines.join('\n');
}

function kindText(kind: Target['kind']): string {
  if (kind === 'repository') return vscode.l10n.t('repository');
  return kind === 'mirror' ? vscode.l10n.t('plain mirror') : vscode.l10n.t('dated copies');
}
