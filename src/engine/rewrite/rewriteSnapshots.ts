/**
 * Snapshots without some of their files, or with another host or time, as restic's `rewrite` makes them. The original
 * stays unless it is to be forgotten; what is left out takes space until then, and a prune.
 *
 * All trees are written before the first snapshot is, and an original goes only when its successor is durable, so that
 * this can be interrupted at any moment and done again.
 */
import { CairnError } from '../../base/errors.ts';
import type { TreePath } from '../../base/pathKinds.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { joinTreePath, treeRoot } from '../../base/treePath.ts';
import type { SnapshotId } from '../../repository/format/ids.ts';
import type { Snapshot, SnapshotSummary } from '../../repository/format/snapshot.ts';
import { formatTime, ZERO_TIME } from '../../repository/format/time.ts';
import type { Repository } from '../../repository/repository.ts';
import { listSnapshots, type StoredSnapshot } from '../../repository/snapshots.ts';
import type { PatternListener, PatternLists } from '../../workspace/resticPatterns.ts';
import { mergePlaces } from '../backup/unreadPlaces.ts';
import { chooseSnapshots, type SnapshotChoice } from '../chooseSnapshots.ts';
import { replaceSnapshot, writeTrees } from '../repair/replaceSnapshots.ts';
import { withSession, type Session, type SessionOptions } from '../session.ts';
import { TreeRewrite, type RewrittenTree } from './rewriteTrees.ts';

/** The tag of a rewritten snapshot whose original is there, as restic has it. */
const REWRITE_TAG = 'rewrite';

export interface RewriteSnapshotsOptions extends SnapshotChoice, Omit<SessionOptions, 'lock'> {
  /** What fits is left out, with all that is in it. Paths are those of the tree. */
  readonly excludes?: PatternLists;
  readonly newHost?: string;
  /** Nanoseconds since 1970. */
  readonly newTime?: bigint;
  /** Count the files of snapshots that have no summary, and give them one. */
  readonly addSummary?: boolean;
  /** Remove the original once the new snapshot is stored. */
  readonly forget?: boolean;
  /** Change nothing; say what would be done. */
  readonly dryRun?: boolean;
  /** Hears of each path that is left out, once however many snapshots have it. */
  readonly onLeftOut?: (path: TreePath, snapshot: SnapshotId) => void;
  /** Hears of each pattern when it first fits something. */
  readonly onMatch?: PatternListener;
  /** Hears of snapshots that cannot be read; they stay as they are. */
  readonly onDamaged?: (id: string, error: unknown) => void;
  readonly onProgress?: ProgressListener;
}

/** A snapshot that was to change. */
export interface RewrittenSnapshot {
  readonly before: SnapshotId;
  /** Absent in a dry run. */
  readonly after?: SnapshotId;
  /** The original is gone, or would be. */
  readonly isRemoved: boolean;
}

/**
 * Rewrites the chosen snapshots; see the head of this file. Returns those that change, newest first. Throws `usage` if
 * nothing is to be done, `snapshot-not-found`, `ambiguous-id`, `locked`, `aborted`, and what could not be read or removed.
 */
export async function rewriteSnapshots(
  repository: Repository,
  options: RewriteSnapshotsOptions,
): Promise<RewrittenSnapshot[]> {
  const { dryRun = false, forget = false, excludes = {}, newHost, newTime, addSummary = false } = options;
  const hasExcludes = (excludes.patterns?.length ?? 0) + (excludes.anyCase?.length ?? 0) > 0;
  if (!hasExcludes && !addSummary && newHost === undefined && newTime === undefined) {
    const message =
      'There is nothing to rewrite. Say what to leave out, or a new host or time, or ask for the summary.';
    throw new CairnError('usage', message);
  }
  const lock = dryRun ? 'none' : forget ? 'exclusive' : 'shared';
  return withSession(repository, { ...options, lock }, async (session) => {
    const plans = await planRewrites(session, options);
    const known = plans.length > 0 ? await listSnapshots(session.repository, { onDamaged: () => {} }) : [];
    const rewritten: RewrittenSnapshot[] = [];
    for (const { before, after } of plans) {
      const replacement = { before, after, forget };
      const id = dryRun ? undefined : await replaceSnapshot(session, replacement, known, options.signal);
      rewritten.push({ before, ...(id && { after: id }), isRemoved: forget });
    }
    return rewritten;
  });
}

/** A snapshot that is to change, and what is to be stored. */
interface Plan {
  readonly before: SnapshotId;
  readonly after: Snapshot;
}

async function planRewrites(session: Session, options: RewriteSnapshotsOptions): Promise<Plan[]> {
  const { signal, dryRun, excludes = {}, addSummary, onMatch, onLeftOut, onDamaged } = options;
  const chosen = await chooseSnapshots(session.repository, options, onDamaged);
  const progress = throttleProgress(options.onProgress);
  const plans: Plan[] = [];
  await writeTrees(session, { dryRun }, async (writer, ready) => {
    let at: SnapshotId;
    const trees = new TreeRewrite(session, writer, {
      excludes,
      onMatch,
      onLeftOut: (path) => onLeftOut?.(path, at),
      signal,
    });
    const isRead = addSummary || [excludes.patterns, excludes.anyCase].some((list) => (list?.length ?? 0) > 0);
    for (const [items, stored] of chosen.entries()) {
      progress.report({ phase: 'Reading folder lists', items, totalItems: chosen.length, bytes: 0 });
      at = stored.id;
      const tree = isRead ? await trees.rewrite(stored.snapshot.tree) : undefined;
      const after = makeSnapshot(stored, tree, options);
      if (after) plans.push({ before: stored.id, after });
      await ready();
    }
  });
  progress.flush();
  return plans;
}

/** Nothing if the snapshot is as it should be. */
function makeSnapshot(
  { id, snapshot }: StoredSnapshot,
  rewritten: RewrittenTree | undefined,
  { addSummary = false, newHost, newTime, forget = false }: RewriteSnapshotsOptions,
): Snapshot | undefined {
  const isOther = rewritten !== undefined && rewritten.tree !== snapshot.tree;
  const isCounted = isOther || (addSummary && !snapshot.summary);
  if (!isCounted && newHost === undefined && newTime === undefined) return undefined;
  const { tags = [], unread = [] } = snapshot;
  return {
    ...snapshot,
    ...(isOther && { tree: rewritten.tree, unread: placesLeftOut(unread, rewritten) }),
    ...(isCounted && { summary: countAnew(snapshot.summary, rewritten!) }),
    ...(newHost !== undefined && { hostname: newHost }),
    ...(newTime !== undefined && { time: formatTime(newTime) }),
    original: id,
    tags: forget || tags.includes(REWRITE_TAG) ? tags : [...tags, REWRITE_TAG],
  };
}

/** Nobody may take the snapshot for complete there: a restore would delete what the disk has. */
function placesLeftOut(unread: readonly TreePath[], { leftOut }: RewrittenTree): TreePath[] {
  return mergePlaces(new Set([...unread, ...leftOut.map((way) => joinTreePath(treeRoot, way))]));
}

/** The totals are those of the tree, as in restic; the rest says still what the backup did. */
function countAnew(before: SnapshotSummary | undefined, { files, bytes }: RewrittenTree): SnapshotSummary {
  const summary = { ...(before ?? noSummary), totalFilesProcessed: files, totalBytesProcessed: bytes };
  // It may name what was left out.
  delete summary.changedAt;
  if (summary.filesTotal !== undefined) summary.filesTotal = files;
  return summary;
}

const noSummary: SnapshotSummary = {
  backupStart: ZERO_TIME,
  backupEnd: ZERO_TIME,
  filesNew: 0,
  filesChanged: 0,
  filesUnmodified: 0,
  dirsNew: 0,
  dirsChanged: 0,
  dirsUnmodified: 0,
  dataBlobs: 0,
  treeBlobs: 0,
  dataAdded: 0,
  dataAddedPacked: 0,
  totalFilesProcessed: 0,
  totalBytesProcessed: 0,
};
