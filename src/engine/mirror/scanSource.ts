import { CairnError } from '../../base/errors.ts';
import { createGiveWay } from '../../base/giveWay.ts';
import { displayPath } from '../../base/rawName.ts';
import type { IgnoreState } from '../../workspace/ignoreRules.ts';
import { withSlashes, joinName } from '../../disk/paths.ts';
import { withReachablePath } from '../../disk/reachablePath.ts';
import { walk } from '../../workspace/walk.ts';
import type { EntryMetadata } from '../../disk/entryMetadata.ts';
import { stampOf, type SourceStamp } from '../../disk/settledTimes.ts';
import { MANIFEST_NAME } from './manifestFormat.ts';
import { LOCK_NAME } from './mirrorLock.ts';
import type { LeftOut, MirrorProblem } from './mirrorPlan.ts';
import { sourceProblem } from './mirrorProblems.ts';
import { statExact, type ExactStats } from '../../disk/stats.ts';
import { readlink } from '../../disk/changes.ts';
import { toFsPath } from '../../disk/fsPath.ts';

export interface SourceEntry {
  readonly path: string;
  readonly kind: 'file' | 'dir' | 'symlink';
  /** Bytes; of files. */
  readonly size: number;
  readonly metadata: EntryMetadata;
  readonly stamp: SourceStamp;
  /** Of a file with several names: the same for all of them. */
  readonly identity?: string;
  /** Of a symbolic link. */
  readonly target?: string;
}

export interface SourceScan {
  /** Of the source folder itself. */
  readonly metadata: EntryMetadata;
  /** By path, folders before what is in them. */
  readonly entries: ReadonlyMap<string, SourceEntry>;
  readonly skipped: readonly LeftOut[];
  readonly problems: readonly MirrorProblem[];
  /** Paths about which nothing is known, since they cannot be read; nor about anything below them. */
  readonly unknown: ReadonlySet<string>;
}

/** Lists a source by the rules of `state`. Throws `source-unreadable` if the folder itself cannot be read, `aborted`. */
export async function scanSource(source: string, state: IgnoreState, signal?: AbortSignal): Promise<SourceScan> {
  const giveWay = createGiveWay(signal);
  const entries = new Map<string, SourceEntry>();
  const skipped: LeftOut[] = [];
  const problems: MirrorProblem[] = [];
  const unknown = new Set<string>();
  const relative = (path: string) => relativePath(source, path);
  for (const step of walk(source, state, signal)) {
    await giveWay();
    if (step.step === 'enter') {
      for (const { path, reason, detail } of step.listing.skipped) {
        skipped.push({ path: relative(path), reason: `${reason}: ${detail}` });
      }
      for (const { path, detail } of step.listing.givenUp) {
        const message = `${displayPath(path)} was passed over: ${detail}.`;
        problems.push({ path, code: 'SLOW-PATTERNS', message });
      }
      for (const { path, error } of step.listing.errors) {
        if (path === source) throw unreadableSource(source, error);
        const problem = sourceProblem(path, error);
        problems.push(problem);
        if (problem.code !== 'VANISHED') unknown.add(relative(path));
      }
    }
    const { entry } = step;
    if (!entry || step.step === 'leave') continue;
    const path = relative(entry.path);
    if (path === MANIFEST_NAME || path === LOCK_NAME) continue;
    if (entry.kind !== 'file' && entry.kind !== 'dir' && entry.kind !== 'symlink') {
      skipped.push({ path, reason: 'special: named pipes and devices are not copied' });
      continue;
    }
    try {
      entries.set(path, describe(path, entry.kind, entry.path, entry.stats));
    } catch (error) {
      problems.push(sourceProblem(entry.path, error));
      unknown.add(path);
    }
  }
  const metadata = metadataFromStats(statExact(toFsPath(source)));
  return { metadata, entries, skipped, problems, unknown };
}

/** A path in a folder as manifests have it. */
export function relativePath(folder: string, path: string): string {
  return withSlashes(path.slice(joinName(folder, '').length));
}

/** What a copy carries beside its content. */
export function metadataFromStats(stats: ExactStats): EntryMetadata {
  return {
    mode: Number(stats.mode) & 0o7777,
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtime: Number(stats.mtimeNs) / 1e9,
    atime: Number(stats.atimeNs) / 1e9,
  };
}

function describe(path: string, kind: SourceEntry['kind'], fullPath: string, stats: ExactStats): SourceEntry {
  return {
    path,
    kind,
    size: kind === 'file' ? Number(stats.size) : 0,
    metadata: metadataFromStats(stats),
    stamp: stampOf(stats),
    ...(kind === 'file' && stats.nlink > 1n && stats.ino !== 0n && { identity: `${stats.dev}:${stats.ino}` }),
    ...(kind === 'symlink' && { target: readTarget(fullPath) }),
  };
}

/** Where a symbolic link leads, as it stands in it. */
export function readTarget(path: string): string {
  return withReachablePath(path, (reachable) => readlink(reachable));
}

function unreadableSource(source: string, cause: unknown): CairnError {
  return new CairnError('source-unreadable', `${displayPath(source)} cannot be read: ${(cause as Error).message}.`, {
    cause,
  });
}
