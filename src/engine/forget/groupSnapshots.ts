import { CairnError } from '../../base/errors.ts';
import { compareRaw } from '../../base/rawName.ts';
import { withoutActor } from '../snapshotTags.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';

/** What snapshots must have in common to be judged together. Nothing at all makes one group. */
export interface GroupBy {
  readonly host?: boolean;
  readonly paths?: boolean;
  readonly tags?: boolean;
}

/** The common properties of a group; those that were not grouped by are absent. */
export interface GroupKey {
  readonly host?: string;
  /** Sorted. */
  readonly paths?: readonly string[];
  /** Sorted. */
  readonly tags?: readonly string[];
}

/** Snapshots with the same key, in the order in which they came. */
export interface SnapshotGroup<Entry extends StoredSnapshot> {
  readonly key: GroupKey;
  readonly entries: Entry[];
}

/** How restic groups when nothing is said: by host and paths. */
const DEFAULT_GROUP_BY: GroupBy = { host: true, paths: true };

/** Parses the value of `--group-by`: any of host, paths, tags with commas between, or '' for one group. Throws `usage`. */
export function parseGroupBy(text: string): GroupBy {
  const result: { host?: boolean; paths?: boolean; tags?: boolean } = {};
  for (const part of text.split(',').map((word) => word.trim())) {
    if (part === 'host' || part === 'hosts') result.host = true;
    else if (part === 'path' || part === 'paths') result.paths = true;
    else if (part === 'tag' || part === 'tags') result.tags = true;
    else if (part !== '') {
      throw new CairnError('usage', `Snapshots cannot be grouped by "${part}". Give any of host, paths, tags.`);
    }
  }
  return result;
}

/**
 * Divides snapshots into groups (format notes 10.2), in the order in which each group first appears. Tags that say
 * who changed something do not count: each turn of an agent would be a group of its own, of which nothing ever goes.
 */
export function groupSnapshots<Entry extends StoredSnapshot>(
  entries: readonly Entry[],
  groupBy: GroupBy = DEFAULT_GROUP_BY,
): SnapshotGroup<Entry>[] {
  const groups = new Map<string, SnapshotGroup<Entry>>();
  for (const entry of entries) {
    const { hostname, paths, tags } = entry.snapshot;
    const key: GroupKey = {
      ...(groupBy.host && { host: hostname ?? '' }),
      ...(groupBy.paths && { paths: [...paths].sort(compareRaw) }),
      ...(groupBy.tags && { tags: withoutActor(tags ?? []).sort(compareRaw) }),
    };
    const name = JSON.stringify(key);
    const group = groups.get(name);
    if (group) group.entries.push(entry);
    else groups.set(name, { key, entries: [entry] });
  }
  return [...groups.values()];
}
