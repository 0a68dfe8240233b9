import { isGitData } from '../../base/gitData.ts';
import {
  agentTitle,
  detectRenames,
  findAlarm,
  isAgentName,
  parseSnapshotTags,
  type Actor,
  type Change,
  type ChangeKind,
  type Node,
  type SnapshotSummary,
  type StoredSnapshot,
  joinPath,
  wayBelow,
} from '../../engine/index.ts';
import type { ChangeList, ChangeRow, EntryRow, RowActor, SnapshotRow } from '../engineProtocol/snapshots.ts';
import type { DiskPath } from '../../base/pathKinds.ts';

/** A snapshot as a view shows it. `previous` is the one of the same workspace before it. */
export function snapshotRow({ id, snapshot }: StoredSnapshot, previous?: string): SnapshotRow {
  const { trigger, label, commit, commitIn, subject, keep, actor } = parseSnapshotTags(snapshot.tags ?? []);
  const { summary } = snapshot;
  const alarm = summary && findAlarm(summary);
  return {
    id,
    time: snapshot.time,
    hostname: snapshot.hostname ?? '',
    username: snapshot.username ?? '',
    paths: snapshot.paths,
    tags: snapshot.tags ?? [],
    keep,
    ...(trigger && { trigger }),
    ...(actor && { actor: rowActor(actor) }),
    ...(label !== undefined && { label }),
    ...(commit !== undefined && { commit }),
    ...(commitIn !== undefined && { commitIn }),
    ...(subject !== undefined && { subject }),
    ...(snapshot.original !== undefined && { original: snapshot.original }),
    ...(previous !== undefined && { previous }),
    ...(alarm?.kind === 'deleted' && { isMassDeletion: true }),
    ...(alarm?.kind === 'scrambled' && { scrambled: alarm.files }),
    ...(summary && {
      counts: {
        ...countsOf(summary),
        files: summary.totalFilesProcessed,
        bytes: summary.totalBytesProcessed,
        bytesAdded: summary.dataAddedPacked,
      },
    }),
  };
}

function rowActor(actor: Actor): RowActor {
  const { kind, name } = actor;
  return kind === 'agent' && name !== undefined && isAgentName(name) ? { ...actor, title: agentTitle(name) } : actor;
}

function countsOf({ filesNew, filesChanged, filesRemoved = 0, gitFiles, changedAt }: SnapshotSummary) {
  const git = gitFiles ?? { new: 0, changed: 0, removed: 0 };
  const own = git.new + git.changed + git.removed;
  return {
    filesNew: filesNew - git.new,
    filesChanged: filesChanged - git.changed,
    ...(filesRemoved > git.removed && { filesRemoved: filesRemoved - git.removed }),
    ...(own > 0 && { gitFiles: own }),
    ...(changedAt !== undefined && { changedAt }),
  };
}

/** All snapshots as rows, newest first, each with the one before it of the same workspace. */
export function snapshotRows(oldestFirst: readonly StoredSnapshot[]): SnapshotRow[] {
  const newest = new Map<string, StoredSnapshot>();
  const rows = oldestFirst.map((stored) => {
    const line = lineOf(stored);
    const before = newest.get(line);
    const row = snapshotRow(stored, before?.id);
    newest.set(line, stored);
    return before && !samePaths(stored, before) ? withoutComparison(row) : row;
  });
  return rows.reverse();
}

function samePaths({ snapshot }: StoredSnapshot, other: StoredSnapshot): boolean {
  return JSON.stringify(snapshot.paths) === JSON.stringify(other.snapshot.paths);
}

/** Its summary was counted without the one before it, as if every file were new. */
function withoutComparison({ counts, isMassDeletion: _, scrambled: _noise, ...row }: SnapshotRow): SnapshotRow {
  if (!counts) return row;
  const { files, bytes, bytesAdded } = counts;
  return { ...row, counts: { files, bytes, bytesAdded } };
}

/** What makes snapshots successors of each other: the workspace, or else host and paths. */
function lineOf({ snapshot }: StoredSnapshot): string {
  const { workspace } = parseSnapshotTags(snapshot.tags ?? []);
  return workspace ?? JSON.stringify([snapshot.hostname, ...snapshot.paths]);
}

/** An entry of a folder of a snapshot. */
export function entryRow(node: Node): EntryRow {
  return {
    name: node.name,
    type: node.type,
    size: Number(node.size ?? 0),
    mtime: node.mtime,
    ctime: node.ctime,
    mode: node.mode,
    ...(node.linkTarget !== undefined && { linkTarget: node.linkTarget }),
  };
}

/** Changes up to a limit, with renames found among them; folders that come or go are told by the files in them. */
export class ChangeCollector {
  readonly #limit: number;
  readonly #changes: Change[] = [];
  readonly #counts = new Map<ChangeKind, number>();
  readonly #git: Change[] = [];
  #total = 0;
  #gitFiles = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** `place` turns a path of the change into one on the disk. */
  add(change: Change, place: (path: string) => string = (path) => path): void {
    if ((change.after ?? change.before)!.type === 'dir' && change.kind !== 'typeChanged') return;
    const path = place(change.path);
    if (isGitData(path)) {
      if (this.#gitFiles++ < this.#limit) this.#git.push({ ...change, path });
      return;
    }
    this.#counts.set(change.kind, (this.#counts.get(change.kind) ?? 0) + 1);
    if (this.#total++ < this.#limit) this.#changes.push({ ...change, path });
  }

  /** `problems` are those of the comparison. */
  list(problems: readonly { readonly message: string }[]): ChangeList {
    const truncated = this.#total > this.#changes.length;
    const changes = (truncated ? this.#changes : detectRenames(this.#changes)).map(changeRow);
    // What is not listed counts, too; what was renamed among it is not known.
    const counts = truncated ? this.#counts : countKinds(changes);
    const countOf = (...kinds: ChangeKind[]) => kinds.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);
    return {
      changes: [...changes, ...this.#git.map(changeRow)],
      gitFiles: this.#gitFiles,
      counts: {
        added: countOf('added'),
        modified: countOf('modified', 'renamed', 'typeChanged', 'metadata'),
        removed: countOf('removed'),
      },
      truncated: truncated || this.#gitFiles > this.#git.length,
      problems: problems.map(({ message }) => message),
    };
  }
}

function countKinds(changes: readonly ChangeRow[]): Map<ChangeKind, number> {
  const counts = new Map<ChangeKind, number>();
  for (const { kind } of changes) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function changeRow({ path, kind, before, after, from }: Change): ChangeRow {
  return {
    path,
    kind,
    type: (after ?? before)!.type,
    ...(kind === 'typeChanged' && { typeBefore: before!.type }),
    ...(before?.type === 'file' && { sizeBefore: Number(before.size ?? 0) }),
    ...(after?.type === 'file' && { sizeAfter: Number(after.size ?? 0) }),
    ...(from !== undefined && { from }),
  };
}

/** Where a place in a folder would be if that folder were another one. */
export function rebase(path: DiskPath, from: DiskPath, to: DiskPath): DiskPath {
  return joinPath(to, wayBelow(from, path) ?? '');
}
