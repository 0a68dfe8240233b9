import { NEWEST_OF_GROUP, parseTime, type ForgetPlan, type GroupKey } from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { formatLocalTime, table } from './format.ts';
import { shortId, snapshotToData } from './snapshotText.ts';

/** What a group has in common, for people. */
export function describeGroup(key: GroupKey): string {
  const about = [key.host && `host ${key.host}`, key.paths?.join(', '), key.tags && `tags ${key.tags.join(',')}`];
  return about.filter(Boolean).join(', ') || 'all snapshots';
}

/** The same as restic prints it: what does not count is empty. */
export function groupKeyToData({ host, paths, tags }: GroupKey): object {
  return { hostname: host ?? '', paths: paths ?? null, tags: tags?.length ? tags : null };
}

export interface ForgetTextOptions {
  readonly dryRun: boolean;
  /** Without the reasons. */
  readonly isCompact?: boolean;
}

/** Shows what a plan keeps, and why, and what it removes. */
export function reportForget(
  { output }: CommandContext,
  plan: ForgetPlan,
  { dryRun, isCompact = false }: ForgetTextOptions,
): void {
  for (const id of plan.unreadable) output.warn(`Snapshot ${shortId(id)} cannot be read; it stays.`, { item: id });
  if (output.json || output.verbosity < 0) return;
  const verb = dryRun ? 'WOULD REMOVE' : 'remove';
  for (const { key, keep, remove } of plan.groups) {
    output.line(describeGroup(key));
    const rows = [
      ...keep.map(({ entry, reasons }) => ['keep', entry, reasons.join(', ')] as const),
      ...remove.map((entry) => [verb, entry, ''] as const),
    ].sort(([, a], [, b]) => (parseTime(a.snapshot.time) < parseTime(b.snapshot.time) ? 1 : -1));
    for (const line of table(
      rows.map(([what, entry, why]) => [
        `  ${what}`,
        shortId(entry.id),
        formatLocalTime(entry.snapshot.time),
        ...(isCompact ? [] : [why]),
      ]),
    ))
      output.line(line);
  }
  if (plan.groups.length > 0) return;
  for (const { id, snapshot } of plan.remove) {
    output.line(
      `${verb}  ${shortId(id)}  ${snapshot ? `${formatLocalTime(snapshot.time)}  ${snapshot.paths.join(', ')}` : 'damaged'}`,
    );
  }
}

/** Where a rule of restic's keeps a snapshot, those of ours do not matter. */
function reasonToData({ entry, reasons, isByRule, counters }: ForgetPlan['groups'][number]['keep'][number]): object {
  const matches = isByRule ? reasons.filter((reason) => reason !== NEWEST_OF_GROUP) : reasons;
  return { snapshot: snapshotToData(entry), matches, counters };
}

/** The one array of groups that restic prints, with those of a plan that were removed, or would be. */
export function printForgetData({ output }: CommandContext, plan: ForgetPlan, removed: readonly string[]): void {
  const isRemoved = ({ id }: { readonly id: string }) => removed.includes(id);
  const listOf = (list: readonly unknown[]) => (list.length > 0 ? list : null);
  for (const { key, keep, remove } of plan.groups) {
    output.item({
      tags: listOf(key.tags ?? []),
      host: key.host ?? '',
      paths: key.paths ?? null,
      keep: listOf(keep.map(({ entry }) => snapshotToData(entry))),
      remove: listOf(remove.filter(isRemoved).map((stored) => snapshotToData(stored))),
      reasons: listOf(keep.map(reasonToData)),
    });
  }
  const named = plan.groups.length > 0 ? [] : plan.remove.filter(isRemoved);
  if (named.length > 0) {
    const remove = named.map(({ id, snapshot }) =>
      snapshot ? snapshotToData({ id, snapshot }) : { id, short_id: shortId(id) },
    );
    output.item({ tags: null, host: '', paths: null, keep: null, remove, reasons: null });
  }
  output.endItems();
}
