import { parseTime, type ForgetPlan } from '../engine/index.ts';
import type { CommandContext } from './context.ts';
import { formatLocalTime, table } from './format.ts';
import { shortId, snapshotToData } from './snapshotText.ts';

/** Shows what a plan keeps, and why, and what it removes. */
export function reportForget({ output }: CommandContext, plan: ForgetPlan, dryRun: boolean): void {
  for (const id of plan.unreadable) output.warn(`Snapshot ${shortId(id)} cannot be read; it stays.`, { item: id });
  if (output.json) {
    for (const group of plan.groups) {
      output.data({
        message_type: 'forget_group',
        ...group.key,
        keep: group.keep.map(({ entry, reasons }) => ({ id: entry.id, short_id: shortId(entry.id), reasons })),
        remove: group.remove.map((stored) => snapshotToData(stored)),
      });
    }
    return;
  }
  if (output.verbosity < 0) return;
  const verb = dryRun ? 'WOULD REMOVE' : 'remove';
  for (const { key, keep, remove } of plan.groups) {
    const about = [key.host && `host ${key.host}`, key.paths?.join(', '), key.tags && `tags ${key.tags.join(',')}`];
    output.line(about.filter(Boolean).join(', ') || 'all snapshots');
    const rows = [
      ...keep.map(({ entry, reasons }) => ['keep', entry, reasons.join(', ')] as const),
      ...remove.map((entry) => [verb, entry, ''] as const),
    ].sort(([, a], [, b]) => (parseTime(a.snapshot.time) < parseTime(b.snapshot.time) ? 1 : -1));
    for (const line of table(
      rows.map(([what, entry, why]) => [`  ${what}`, shortId(entry.id), formatLocalTime(entry.snapshot.time), why]),
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
