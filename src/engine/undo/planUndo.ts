/**
 * Taking back what one moment changed, and nothing else. What was changed once more since then stays as it is and is named,
 * unless that is to be taken back, too. Folders `.git` that are there stay: branches and commits are git's to move.
 */
import { errorCode } from '../../base/errors.ts';
import type { DiskPath, PathBelow } from '../../base/pathKinds.ts';
import { placeKey } from '../../base/samePlace.ts';
import { joinPath, lastName, parentFolder, pathInside } from '../../disk/paths.ts';
import { lookAtPlace } from '../../disk/plainFile.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import type { IgnoreOptions } from '../../workspace/ignoreRules.ts';
import { describeMassChange, isMassDeletion } from '../backup/massDeletion.ts';
import type { Change } from '../diff/change.ts';
import { diffSnapshots } from '../diff/diffSnapshots.ts';
import { diffWithDisk } from '../diff/diffWithDisk.ts';
import { planRestore } from '../restore/planRestore.ts';
import type { RestorePlan } from '../restore/restorePlan.ts';
import type { Session } from '../session.ts';
import { findPlace, type PlaceInSnapshot } from '../snapshotPath.ts';
import type { RiskMoment } from './riskMoments.ts';

export interface UndoOptions {
  /** What is undone is limited to this folder. Absolute. */
  readonly folder: DiskPath;
  /** Those of the backup. */
  readonly rules: IgnoreOptions;
  /** Take back also what was changed once more since then. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
}

export interface UndoPlan {
  readonly restore: RestorePlan;
  /** How many entries the moment changed in the folder, folders and what is git's own not counted. */
  readonly changed: number;
  /** What was changed once more since then, and differs from what it was before; these stay. */
  readonly kept: readonly DiskPath[];
}

/** Says what undoing a moment would do. Throws `path-not-in-snapshot` if the folder was not there before it, and as a restore. */
export async function planUndo(session: Session, moment: RiskMoment, options: UndoOptions): Promise<UndoPlan> {
  const { folder, signal } = options;
  const place = await findPlace(session.reader, moment.before, folder);
  const changes = await changesOf(session, moment, place, options);
  const since = moment.after ? await changedSince(session, moment.after, options) : new Set<string>();
  const touched = changes.filter(({ path }) => since.has(placeKey(path)));
  // What was put right again by somebody else is no matter.
  const wrong = touched.length > 0 ? await changedSince(session, moment.before, options) : new Set<string>();
  const later = touched.filter(({ path }) => wrong.has(placeKey(path)));
  const kept = new Set(options.force ? [] : later.map(({ path }) => placeKey(path)));
  const wanted = changes.filter(
    ({ path }) => !since.has(placeKey(path)) || (options.force && wrong.has(placeKey(path))),
  );
  const goes = new Set(wanted.flatMap(({ path, before }) => (before ? [] : [placeKey(path)])));
  for (const { path, kind } of wanted) if (kind === 'typeChanged') goes.add(placeKey(path));
  const restore = await planRestore(session, {
    place,
    destination: folder,
    paths: wanted.length > 0 ? wanted.map(({ path }) => pathInside(folder, path)!) : [NOTHING],
    delete: { isIgnored: (path) => !goes.has(placeKey(path)) },
    stays: (path) => lastName(path) === '.git' || kept.has(placeKey(path)),
    ...(signal && { signal }),
  });
  const changed = changes.filter(({ before, after }) => (after ?? before)!.type !== 'dir').length;
  return { restore, changed, kept: options.force ? [] : later.map(({ path }) => path) };
}

/**
 * The moment that no snapshot has yet: what differs on the disk from the newest one, if that is so much that a person should
 * hear of it.
 */
export async function findMomentOnDisk(
  session: Session,
  newest: StoredSnapshot,
  options: UndoOptions,
): Promise<RiskMoment | undefined> {
  const counts = { filesNew: 0, filesChanged: 0, filesRemoved: 0 };
  const { unchanged } = await lookAtDisk(session, newest, options, ({ kind, before, after }) => {
    if ((after ?? before)!.type !== 'file') return;
    if (kind === 'added') counts.filesNew++;
    else if (kind === 'removed') counts.filesRemoved++;
    else if (kind !== 'metadata') counts.filesChanged++;
  });
  const left = unchanged + counts.filesNew + counts.filesChanged;
  const summary = { ...counts, totalFilesProcessed: left };
  const words = describeMassChange(summary);
  if (words === undefined) return undefined;
  const only = isMassDeletion(summary) ? 'removed' : 'modified';
  return { words: `${words} since the last snapshot`, before: newest, only };
}

/** No file has such a name. */
const NOTHING = '\0' as PathBelow;

/** What the moment changed in the folder, as paths on the disk. */
async function changesOf(
  session: Session,
  moment: RiskMoment,
  place: PlaceInSnapshot,
  options: UndoOptions,
): Promise<Change[]> {
  const { folder, signal } = options;
  const changes: Change[] = [];
  const isGit = createGitLookup(folder);
  const add = (change: Change) => {
    const isFolder = (change.after ?? change.before)!.type === 'dir';
    if (change.path === folder || (change.kind === 'metadata' && isFolder) || isGit(change.path)) return;
    changes.push(change);
  };
  if (!moment.after) {
    const { only } = moment;
    await lookAtDisk(session, moment.before, options, (change) => {
      if (only === undefined || change.kind === only || change.kind === 'typeChanged') add(change);
    });
    return changes;
  }
  const after = await findPlaceIfThere(session, moment.after, folder);
  const onChange = (change: Change) => add({ ...change, path: joinPath(folder, change.path.slice(1)) });
  const diff = { metadata: true, onChange, ...(signal && { signal }) };
  if (after?.tree !== undefined) await diffSnapshots(session, place.tree, after.tree, diff);
  else {
    const turned = ({ path, after: before }: Change) => onChange({ path, kind: 'removed', before: before! });
    await diffSnapshots(session, undefined, place.tree!, { ...diff, onChange: turned });
  }
  return changes;
}

async function findPlaceIfThere(
  { reader }: Session,
  stored: StoredSnapshot,
  folder: DiskPath,
): Promise<PlaceInSnapshot | undefined> {
  try {
    return await findPlace(reader, stored, folder);
  } catch (error) {
    if (errorCode(error) === 'path-not-in-snapshot') return undefined;
    throw error;
  }
}

/** What on the disk differs from a snapshot, but for what only has another time or mode. */
async function changedSince(session: Session, stored: StoredSnapshot, options: UndoOptions): Promise<Set<string>> {
  const changed = new Set<string>();
  await lookAtDisk(session, stored, options, ({ path, kind }) => {
    if (kind !== 'metadata') changed.add(placeKey(path));
  });
  return changed;
}

function lookAtDisk(
  session: Session,
  stored: StoredSnapshot,
  { folder, rules, signal }: UndoOptions,
  onChange: (change: Change) => void,
) {
  return diffWithDisk(session, stored, {
    paths: [folder],
    rules,
    metadata: true,
    onChange,
    ...(signal && { signal }),
  });
}

/** Whether a path is in a folder `.git` that is there. */
function createGitLookup(folder: DiskPath): (path: DiskPath) => boolean {
  const known = new Map<DiskPath, boolean>();
  const isIn = (path: DiskPath): boolean => {
    const found = known.get(path);
    if (found !== undefined) return found;
    const isBelow = path.length > folder.length;
    const answer = isBelow && (lastName(path) === '.git' ? lookAtPlace(path) !== undefined : isIn(parentFolder(path)));
    known.set(path, answer);
    return answer;
  };
  return isIn;
}
