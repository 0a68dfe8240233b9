import { throwIfAborted } from '../base/abort.ts';
import { CairnError } from '../base/errors.ts';
import type { SnapshotId } from '../repository/format/ids.ts';
import type { Snapshot } from '../repository/format/snapshot.ts';
import type { Repository } from '../repository/repository.ts';
import { removeSnapshot, saveSnapshot } from '../repository/snapshots.ts';
import { chooseSnapshots, type SnapshotChoice } from './chooseSnapshots.ts';
import { withLock, type SessionOptions } from './session.ts';
import { isLabelTag, labelTag, subjectTag } from './snapshotTags.ts';

/** How the tags of a snapshot are to change. `set` stands alone. */
export interface TagChange {
  /** All that it is to have. */
  readonly set?: readonly string[];
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  /** Takes the place of an earlier label; one without text only removes that. The subject of a commit stays beside it. */
  readonly label?: string;
}

export interface TagOptions extends SnapshotChoice, Omit<SessionOptions, 'lock'> {
  /** Hears of snapshots that cannot be read; they stay as they are. */
  readonly onDamaged?: (id: string, error: unknown) => void;
}

/** A snapshot that has other tags now, and with them another id. */
export interface TaggedSnapshot {
  readonly before: SnapshotId;
  readonly after: SnapshotId;
  readonly tags: readonly string[];
}

/**
 * Changes the tags of the chosen snapshots as restic does (format notes 6): a file takes the place of
 * another, under an exclusive lock, and the old one goes when the new one is durable. Returns those
 * that changed, newest first; one that has those tags already stays as it is. Needs no index.
 * Throws `usage` for a change that says nothing, `snapshot-not-found`, `ambiguous-id` or `locked`.
 */
export async function tagSnapshots(
  given: Repository,
  change: TagChange,
  options: TagOptions = {},
): Promise<TaggedSnapshot[]> {
  checkChange(change);
  const { onDamaged, ...choice } = options;
  return withLock(given, { ...options, lock: 'exclusive' }, async ({ repository, confirmed, checkLock }) => {
    await confirmed;
    const changed: TaggedSnapshot[] = [];
    for (const { id: before, snapshot } of await chooseSnapshots(repository, choice, onDamaged)) {
      throwIfAborted(options.signal);
      const tags = applyChange(snapshot.tags ?? [], change);
      if (isEqual(tags, snapshot.tags ?? [])) continue;
      await checkLock();
      const after = await replaceSnapshot(repository, before, { ...snapshot, tags });
      changed.push({ before, after, tags });
    }
    return changed;
  });
}

async function replaceSnapshot(repository: Repository, before: SnapshotId, snapshot: Snapshot): Promise<SnapshotId> {
  const after = await saveSnapshot(repository, { ...snapshot, original: snapshot.original ?? before });
  await removeSnapshot(repository, before);
  return after;
}

function checkChange({ set, add = [], remove = [], label }: TagChange): void {
  const others = add.length + remove.length > 0 || label !== undefined;
  if (set && others) {
    throw new CairnError(
      'usage',
      'Tags are either set, all of them, or added, removed and labelled. Give one of both.',
    );
  }
  if (!set && !others)
    throw new CairnError('usage', 'Nothing says how the tags are to change. Set, add or remove some.');
}

/** What is removed is removed after the adding, as in restic; no tag stands twice because of this change. */
function applyChange(tags: readonly string[], { set, add = [], remove = [], label }: TagChange): string[] {
  if (set) return withoutRepeats([], set);
  const wanted = labelTag(label ?? '') ?? '';
  const kept = tags.filter((tag) => label === undefined || !isLabelTag(tag) || tag === wanted);
  const subject = kept.includes(wanted) || label === undefined ? '' : (subjectTag(tags) ?? '');
  return withoutRepeats(kept, [...add, subject, wanted]).filter((tag) => !remove.includes(tag));
}

function withoutRepeats(tags: readonly string[], more: readonly string[]): string[] {
  return more.reduce<string[]>((all, tag) => (tag === '' || all.includes(tag) ? all : [...all, tag]), [...tags]);
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((tag, at) => tag === b[at]);
}
