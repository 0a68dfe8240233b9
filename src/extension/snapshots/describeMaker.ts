/** Why a snapshot was made, and who changed what it has. */
import * as vscode from 'vscode';
import type { RowActor, SnapshotRow, Trigger } from '../../worker/engineProtocol/snapshots.ts';

/** Why a snapshot was made; `other` is what another program made. */
export type Origin = Trigger | 'other';

/** In the order in which they are offered. */
export const origins: readonly Origin[] = ['manual', 'save', 'outside', 'commit', 'schedule', 'restore', 'other'];

/** Who may have changed something, in the order in which they are offered. */
export const actorKinds: readonly RowActor['kind'][] = ['agent', 'editor', 'git', 'terminal', 'unknown'];

const originIcons: Readonly<Record<Origin, string>> = {
  manual: 'person',
  save: 'save',
  outside: 'question',
  commit: 'git-commit',
  schedule: 'clock',
  restore: 'shield',
  other: 'archive',
};

const actorIcons: Readonly<Record<RowActor['kind'], string>> = {
  agent: 'robot',
  editor: 'save',
  git: 'git-branch',
  terminal: 'terminal',
  unknown: 'question',
};

/** The codicon of an origin. */
export function originIcon(origin: Origin): string {
  return originIcons[origin];
}

/** The codicon of who it was. */
export function actorIcon({ kind }: Pick<RowActor, 'kind'>): string {
  return actorIcons[kind];
}

/** One word or two. */
export function originText(origin: Origin): string {
  switch (origin) {
    case 'manual':
      return vscode.l10n.t('manual');
    case 'save':
      return vscode.l10n.t('save');
    case 'outside':
      return vscode.l10n.t('outside');
    case 'commit':
      return vscode.l10n.t('commit');
    case 'schedule':
      return vscode.l10n.t('schedule');
    case 'restore':
      return vscode.l10n.t('before restore');
    case 'other':
      return vscode.l10n.t('other program');
  }
}

/** Who it was, in one word or two: `Claude Code`, `git reset`. */
export function actorText({ kind, name, title = name }: Pick<RowActor, 'kind' | 'name' | 'title'>): string {
  switch (kind) {
    case 'agent':
      return title ?? vscode.l10n.t('agent');
    case 'editor':
      return vscode.l10n.t('editor');
    case 'git':
      return title === undefined ? 'git' : `git ${title}`;
    case 'terminal':
      return title ?? vscode.l10n.t('terminal');
    case 'unknown':
      return vscode.l10n.t('unknown');
  }
}

function originOf({ trigger }: SnapshotRow): Origin {
  return trigger ?? 'other';
}

/** Whoever is worth a name: the editor is one in a save, git in a commit, and of the unknown there is none. */
export function namedActor({ actor, trigger }: SnapshotRow): RowActor | undefined {
  if (!actor || actor.kind === 'editor' || actor.kind === 'unknown') return undefined;
  return actor.kind === 'git' && trigger === 'commit' ? undefined : actor;
}

/** What a snapshot was made for says no more than that something changed. */
function isOfChanges({ trigger }: SnapshotRow): boolean {
  return trigger === 'save' || trigger === 'outside';
}

/** A codicon: who changed things, or else why the snapshot was made. */
export function makerIcon(row: SnapshotRow): string {
  const actor = namedActor(row);
  const isReason = !isOfChanges(row) && row.trigger !== 'manual';
  return actor && !isReason ? actorIcon(actor) : originIcon(originOf(row));
}

/** Why it was made and who changed things, as far as that says anything: `commit a1b2c3d`, `Claude Code`, `outside`. */
export function makerWords(row: SnapshotRow): string[] {
  const actor = namedActor(row);
  const commit = row.commitIn === undefined ? row.commit : vscode.l10n.t('{0} in {1}', row.commit ?? '', row.commitIn);
  const reason = [originText(originOf(row)), ...[commit ?? []].flat()].join(' ');
  return [...(actor && isOfChanges(row) ? [] : [reason]), ...(actor ? [actorText(actor)] : [])];
}

/** Why it was made, in words that need no others beside them. */
export function reasonInFull(row: SnapshotRow): string {
  const origin = originOf(row);
  if (origin === 'save') return vscode.l10n.t('a save in the editor');
  if (origin === 'outside') return vscode.l10n.t('changes from outside the editor');
  return [originText(origin), ...[row.commit ?? []].flat()].join(' ');
}

/** So many characters of an id of a session or a turn tell it from others. */
const ID_LENGTH = 8;

/** Who it was, with the evidence: `Claude Code, session 1a2b3c4d, turn 3`. Undefined where nobody said anything. */
export function actorInFull({ actor }: SnapshotRow): string | undefined {
  if (!actor) return undefined;
  if (actor.kind === 'unknown') return vscode.l10n.t('not known: a program beside the editor, or several at once');
  const { session, turn } = actor;
  return [
    actorText(actor),
    ...(session === undefined ? [] : [vscode.l10n.t('session {0}', session.slice(0, ID_LENGTH))]),
    ...(turn === undefined ? [] : [vscode.l10n.t('turn {0}', turn.slice(0, ID_LENGTH))]),
  ].join(', ');
}
