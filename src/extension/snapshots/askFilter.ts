import * as vscode from 'vscode';
import type { RowActor } from '../../worker/engineProtocol/snapshots.ts';
import { actorIcon, actorKinds, actorText, originIcon, origins, originText, type Origin } from './describeMaker.ts';
import type { SnapshotFilter, WantedActor } from './snapshotFilter.ts';

interface FilterItem extends vscode.QuickPickItem {
  readonly origin?: Origin;
  readonly actor?: WantedActor;
}

/**
 * Asks a person for a filter: the triggers and who it was by ticks, then a text. `agents`: those that are known by
 * name. Undefined if that was cancelled.
 */
export async function askFilter(
  current: SnapshotFilter,
  agents: readonly RowActor[],
): Promise<SnapshotFilter | undefined> {
  const title = vscode.l10n.t('Filter Snapshots');
  const items = filterItems(current, agents);
  const placeHolder = vscode.l10n.t('Show only those made for …, or with changes by …; all, if nothing is ticked');
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
  return filterOf(chosen, text);
}

/** What can be ticked. */
export function filterItems(current: SnapshotFilter, agents: readonly WantedActor[]): FilterItem[] {
  const separator = (label: string) => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const kinds = actorKinds.map((kind): WantedActor => ({ kind }));
  const isPicked = ({ kind, name }: WantedActor) =>
    current.actors?.some((actor) => actor.kind === kind && actor.name === name) ?? false;
  return [
    separator(vscode.l10n.t('Made for')),
    ...origins.map((origin) => ({
      label: originText(origin),
      iconPath: new vscode.ThemeIcon(originIcon(origin)),
      picked: current.triggers?.includes(origin) ?? false,
      origin,
    })),
    separator(vscode.l10n.t('Changed by')),
    ...[...agents.map(({ kind, name, title }) => ({ kind, name, title }) as WantedActor), ...kinds].map((actor) => ({
      label: actor.kind === 'agent' && actor.name === undefined ? vscode.l10n.t('any agent') : actorText(actor),
      iconPath: new vscode.ThemeIcon(actorIcon(actor)),
      picked: isPicked(actor),
      actor,
    })),
  ];
}

/** What ticked items and a text come to. All of a group is as good as none of it. */
export function filterOf(chosen: readonly FilterItem[], text: string): SnapshotFilter {
  const triggers = chosen.flatMap(({ origin }) => origin ?? []);
  const actors = chosen.flatMap(({ actor }) => actor ?? []);
  const isAnyOrigin = triggers.length === 0 || triggers.length === origins.length;
  const isAnybody = actorKinds.every((kind) => actors.some((actor) => actor.kind === kind && actor.name === undefined));
  return {
    ...(!isAnyOrigin && { triggers }),
    ...(actors.length > 0 && !isAnybody && { actors }),
    ...(text.trim() !== '' && { text: text.trim() }),
  };
}
