/**
 * Restore in two steps: `planRestore` compares a snapshot with the destination and says what would happen;
 * `executeRestore` does it. The plan is found by walking the snapshot's trees and the destination side by
 * side, so it costs no more than listing both, and reading those files whose size is right but not their time.
 *
 * Which folders get the snapshot's metadata: all that are selected, and all that have to be made. In place,
 * folders above the backup's targets (`/home` and the like) only if they have to be made.
 */
import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { displayPath } from '../../base/rawName.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import { checkNodeName } from '../../repository/format/tree.ts';
import { withReachablePath } from '../../disk/reachablePath.ts';
import type { Session } from '../session.ts';
import type { PlaceInSnapshot } from '../snapshotPath.ts';
import { isInTreePath, joinTreePath } from '../../base/treePath.ts';
import { joinPath, isAbsolutePath, resolvePath } from '../../disk/paths.ts';
import { metadataFromNode } from './nodeMetadata.ts';
import { planLeftovers } from './leftovers.ts';
import { folderPath, PlanDraft, type DraftFolder } from './planDraft.ts';
import { TakenNames } from './takenNames.ts';
import { LEFT_ALONE, planEntry, type OverwriteMode } from './planEntries.ts';
import {
  findRepositoryFolder,
  isRepository,
  listRemovals,
  refuseInRepository,
  type IsIgnored,
} from './planRemovals.ts';
import type { GrowingPlan, RestorePlan } from './restorePlan.ts';
import { createSelection, type Selected, type SelectionOptions } from './selection.ts';
import { isInTarget, leadsToTarget, locateTargets } from './snapshotTargets.ts';
import { lstatExactIfThere, statExactIfThere, statIfThere, type Stats } from '../../disk/stats.ts';
import type { DiskPath, TreePath, PathBelow } from '../../base/pathKinds.ts';
import { isOfThisSystem, allDrives, diskPathOf } from '../../disk/treePaths.ts';
import { whyNotHere } from '../../disk/names.ts';
import { listDestination } from './destinationListing.ts';
import { originalPlace } from './snapshotTargets.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { isAllDrives } from './planDraft.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import { treesAhead } from '../treesAhead.ts';
import type { Frame, Walk } from './restoreWalk.ts';

export interface RestoreOptions extends SelectionOptions {
  /** The root of a snapshot, or a folder in it: its entries go directly into the destination. */
  readonly place: PlaceInSnapshot;
  /** Absolute. Absent: in place, everything where it was. */
  readonly destination?: DiskPath;
  /**
   * Make the destination exactly what the snapshot says: remove what it does not have, and what stands in
   * the way. Only in folders that the snapshot holds completely, and only what is selected; never what is
   * ignored, other file systems, or the repository. The rules must be those of the backup: what they leave
   * out is not in the snapshot, and would be removed.
   */
  readonly delete?: { readonly isIgnored: IsIgnored };
  /** What the destination has and keeps as it is, whatever the snapshot says; a folder with all that is in it. */
  readonly stays?: IsIgnored;
  /** Compare the content of every file, even where size and time are right; and read again what was written. */
  readonly verify?: boolean;
  /** Which files are written over; those that differ unless stated. */
  readonly overwrite?: OverwriteMode;
  /** Which extended attributes come back; all unless stated. */
  readonly wantsAttribute?: (name: string) => boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

/** Deeper trees are no one's files, but made to harm: half as many levels make the longest path that Linux takes. */
const MAX_DEPTH = 4_000;
/** Why an entry is skipped that `delete` would remove if the snapshot knew all: see `unread` of a snapshot. */
const UNREAD = 'it stays, since the snapshot lacks what was here';
/** Why the folder of the repository is skipped, though a snapshot has it. */
const REPOSITORY = 'it is the repository itself';
/** More than fits into memory as a plan. */
const MAX_ENTRIES = 5_000_000;
/** Files in the first part of a plan; each further part has twice as many. */
const FIRST_PART = 512;

/** A plan that is being made. */
export interface Planning {
  /** As far as it is made. */
  readonly plan: GrowingPlan;
  /**
   * Makes the plan, and pauses when another part is in it, of twice as many files each time; complete at the
   * end. Throws as {@link planRestore}. Has to be read to the end or given back.
   */
  readonly parts: AsyncGenerator<void, void, void>;
  /** Ends the making: `parts` throws `aborted` soon. */
  readonly stop: () => void;
}

/**
 * Says what restoring would do. Nothing is written.
 * Throws `path-not-in-snapshot`, `usage` (patterns, destination), `refused` if it is not known where the
 * snapshot's files were, `aborted`, and what reading the repository fails with if that concerns all of it.
 */
export async function planRestore(session: Session, options: RestoreOptions): Promise<RestorePlan> {
  const { plan, parts } = await beginPlan(session, options);
  while (!(await parts.next()).done);
  return plan.build();
}

/** As {@link planRestore}, but gives the plan before it is complete. */
export async function beginPlan(
  session: Session,
  options: RestoreOptions,
): Promise<Planning & { readonly plan: PlanDraft }> {
  const { place } = options;
  if (place.tree === undefined) throw noFolder(place.path);
  const targets = await locateTargets(session.reader, place.stored);
  const original = originalPlace(targets, place);
  const destination = chooseDestination(options, original);
  const progress = throttleProgress(options.onProgress);
  const stopping = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stopping.signal]) : stopping.signal;
  const draft = new PlanDraft(destination, session.index, signal, progress.report);
  const { location } = session.repository.backend.settings;
  if (destination !== allDrives) refuseInRepository(destination, location);
  const repository = findRepositoryFolder(location);
  const selection = createSelection(options);
  // Of a part of what is there, most lists are of no use.
  const isWhole = selection.root === 'all';
  const walk: Walk = {
    reader: treesAhead(session, [place.tree], { isWhole, signal }),
    draft,
    selection,
    rules: {
      compareAll: options.verify === true || options.overwrite === 'always',
      ...(options.overwrite && { overwrite: options.overwrite }),
      ...(options.wantsAttribute && { wantsAttribute: options.wantsAttribute }),
      hardLinks: new Map(),
      ...(options.delete && { removal: { isIgnored: options.delete.isIgnored, repository } }),
    },
    targets,
    inPlace: original !== undefined && isSamePlace(destination, original),
    stays: options.stays,
    repository,
    unread: place.stored.snapshot.unread ?? [],
  };
  const parts = makePlan(walk, { ...place, tree: place.tree }, progress.flush);
  return { plan: draft, parts, stop: () => stopping.abort() };
}

async function* makePlan(
  walk: Walk,
  { tree, path }: { readonly tree: BlobId; readonly path: string },
  flushProgress: () => void,
): AsyncGenerator<void, void, void> {
  const { draft } = walk;
  try {
    yield* walkTree(walk, await openRoot(walk, tree, draft.destination, path));
    walk.selection.checkAllFound();
    flushProgress();
  } finally {
    draft.close();
  }
}

function chooseDestination({ destination, place }: RestoreOptions, original: DiskPath | undefined): DiskPath {
  if (destination === undefined) return original ?? refuseInPlace(place.stored);
  if (isAbsolutePath(destination)) return resolvePath(destination);
  throw new CairnError('usage', `The destination ${displayPath(destination)} is not absolute.`);
}

function noFolder(path: string): CairnError {
  const shown = displayPath(path);
  return new CairnError(
    'usage',
    `${shown} is not a folder of the snapshot. Restore the snapshot, with ${shown} as a path.`,
  );
}

function refuseInPlace({ snapshot }: StoredSnapshot): never {
  const why = isOfThisSystem(snapshot.paths[0] ?? '')
    ? 'was made from relative paths, and where they began is not certain'
    : 'was made on another kind of system, whose paths mean nothing here';
  throw new CairnError('refused', `This snapshot ${why}. Give the folder to restore to with --target.`);
}

async function openRoot(walk: Walk, tree: BlobId, destination: DiskPath, treePath: TreePath): Promise<Frame> {
  const stats = destination === allDrives ? undefined : statDestination(destination);
  const folder: DraftFolder = {
    parent: undefined,
    name: '',
    place: { root: destination, path: '' },
    exists: stats !== undefined || destination === allDrives,
    isRestored: false,
  };
  const { nodes } = await walk.reader.loadTree(tree);
  if (walk.selection.root === 'all') walk.draft.need(folder);
  const listing = listDestination(walk.draft, folder, nodes);
  return {
    folder,
    nodes,
    listing,
    path: '',
    treePath,
    selected: walk.selection.root,
    taken: new TakenNames(),
    next: 0,
  };
}

function statDestination(destination: DiskPath): Stats | undefined {
  const refuse = (problem: string, cause?: unknown) =>
    new CairnError('usage', `${displayPath(destination)} ${problem}. Choose another destination.`, { cause });
  let stats: Stats | undefined;
  try {
    stats = withReachablePath(destination, (path) => statIfThere(path));
  } catch (cause) {
    throw refuse(`cannot be reached (${systemCode(cause)})`, cause);
  }
  if (stats && !stats.isDirectory()) throw refuse('is not a folder');
  return stats;
}

/** Pauses when another part is in the plan. */
async function* walkTree(walk: Walk, root: Frame): AsyncGenerator<void, void, void> {
  const stack = [root];
  let partEnd = FIRST_PART;
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    const node = frame.nodes[frame.next++];
    try {
      if (!node) {
        stack.pop();
        await planExtras(walk, frame);
        continue;
      }
      // Most entries need nothing to be awaited, and even that would take its time.
      const planned = planNode(walk, frame, node, stack.length);
      const below = planned && (await planned);
      if (below) stack.push(below);
    } catch (error) {
      walk.draft.failWith(joinPath(folderPath(frame.folder), node?.name ?? ''), error);
    }
    const pause = walk.draft.breathe(1);
    if (pause) await pause;
    if (walk.draft.files.length >= partEnd) {
      partEnd += partEnd + FIRST_PART;
      yield;
    }
    if (walk.draft.entriesSeen > MAX_ENTRIES) {
      throw new CairnError(
        'refused',
        `This snapshot has more than ${MAX_ENTRIES} entries. Restore it in parts, by path.`,
      );
    }
  }
}

/** Plans one entry; for a folder, gives the frame of what is in it. */
function planNode(walk: Walk, frame: Frame, node: Node, depth: number): Promise<Frame | undefined | void> | undefined {
  checkNodeName(node.name);
  const path = `${frame.path}/${node.name}`;
  const isFolder = node.type === 'dir';
  const selected = walk.selection.select(frame.selected, path, node.name, isFolder);
  if (selected === 'none' || frame.folder.isBlocked) return undefined;
  const listed = frame.listing.present.get(node.name);
  const isThere = listed !== undefined;
  const reason = isAllDrives(frame.folder) ? whyNoDrive(node, isThere) : whyNotHere(node.name);
  if (reason !== undefined) return failForName(walk, frame, node.name, reason);
  const shown = () => joinPath(folderPath(frame.folder), node.name);
  if (isThere && walk.stays?.(shown(), isFolder)) {
    walk.draft.skipped.push({ path: shown(), reason: LEFT_ALONE });
    return undefined;
  }
  const taken = frame.taken.take(node.name, listed);
  if (taken === 'taken') {
    walk.draft.fail(shown(), { code: 'TWIN' });
    return undefined;
  }
  if (!isFolder) {
    return planEntry(walk.draft, walk.rules, frame.folder, node, { isThere, mayBeTwin: taken === 'uncertain' });
  }
  if (depth > MAX_DEPTH) {
    walk.draft.fail(shown(), { code: 'TOO-DEEP' });
    return undefined;
  }
  return enterFolder(walk, frame, node, path, selected);
}

function whyNoDrive({ name, type }: Node, isThere: boolean): string | undefined {
  return isThere && type === 'dir' ? undefined : `means the drive ${name}:, which is not there`;
}

function failForName({ draft }: Walk, { folder }: Frame, name: PathBelow, reason: string): undefined {
  draft.fail(joinPath(folderPath(folder), name), { code: 'NAME', message: `Not restored: its name ${reason}.` });
}

async function enterFolder(
  walk: Walk,
  frame: Frame,
  node: Node,
  path: string,
  selected: Selected,
): Promise<Frame | undefined> {
  if (!node.subtree) throw new CairnError('repository-damaged', 'The snapshot does not say what is in this folder.');
  const treePath = joinTreePath(frame.treePath, node.name);
  const folder = await draftFolder(walk, frame, node, treePath, selected);
  if (!folder) {
    walk.draft.skipped.push({ path: joinPath(folderPath(frame.folder), node.name), reason: REPOSITORY });
    return undefined;
  }
  if (selected === 'all' && walk.draft.need(folder) === undefined) return undefined;
  const { nodes } = await walk.reader.loadTree(node.subtree);
  const listing = listDestination(walk.draft, folder, nodes);
  return { folder, nodes, listing, path, treePath, selected, taken: new TakenNames(), next: 0 };
}

/** Nothing for the repository itself. */
async function draftFolder(
  walk: Walk,
  frame: Frame,
  node: Node,
  treePath: TreePath,
  selected: Selected,
): Promise<DraftFolder | undefined> {
  const { draft, rules } = walk;
  const parent = frame.folder;
  const { root, path } = parent.place;
  const common = { parent, name: node.name, metadata: metadataFromNode(node, rules.wantsAttribute) };
  if (isAllDrives(parent)) {
    return { ...common, place: { root: diskPathOf([node.name])!, path: '' }, exists: true, isRestored: false };
  }
  if (walk.inPlace && !isInTarget(walk.targets, treePath) && leadsToTarget(walk.targets, treePath)) {
    const absolute = joinPath(folderPath(parent), node.name);
    const stats = withReachablePath(absolute, (reachable) => statIfThere(reachable));
    // What leads to the targets was followed by the backup, links included (format notes 6.1).
    const lookExactly = () => withReachablePath(absolute, (reachable) => statExactIfThere(reachable));
    if (stats?.isDirectory() && isRepository(stats, walk.repository, lookExactly)) return undefined;
    if (stats?.isDirectory())
      return { ...common, place: { root: absolute, path: '' }, exists: true, isRestored: false };
  }
  const place = { root, path: path === '' ? node.name : `${path}/${node.name}` };
  const isRestored = selected === 'all' && (!walk.inPlace || isInTarget(walk.targets, treePath));
  const found = frame.listing.present.has(node.name) ? draft.stat(parent, node.name) : undefined;
  const lookExactly = () => lstatExactIfThere(draft.reach.enter(parent.place).at(node.name));
  if (found?.isDirectory() && isRepository(found, walk.repository, lookExactly)) return undefined;
  const folder: DraftFolder = { ...common, place, exists: found?.isDirectory() ?? false, isRestored };
  if (!found || folder.exists) return folder;
  const entry = { name: node.name, isFolder: false };
  const listed = rules.removal && (await listRemovals(draft, rules.removal, parent.place, entry));
  folder.obstacle = { removals: listed?.kept === 0 ? listed.removals : undefined };
  return folder;
}

/** True if the snapshot says nothing of a place: the backup could not read it, or what is above or below it. */
function isUnread(unread: readonly TreePath[], place: TreePath): boolean {
  return unread.some((lost) => isInTreePath(place, lost) || isInTreePath(lost, place));
}

/** What the destination has and the snapshot has not. */
async function planExtras(walk: Walk, frame: Frame): Promise<void> {
  const { draft, rules, selection } = walk;
  if (frame.folder.isBlocked) return;
  if (!rules.removal) {
    const isSelected = (name: string) =>
      selection.select(frame.selected, `${frame.path}/${name}`, name, false, true) === 'all';
    return planLeftovers(draft, frame.folder, frame.listing.extra, frame.nodes, isSelected);
  }
  if (!isInTarget(walk.targets, frame.treePath)) return;
  for (const entry of frame.listing.extra) {
    const path = `${frame.path}/${entry.name}`;
    if (selection.select(frame.selected, path, entry.name, entry.isFolder, true) !== 'all') continue;
    if (isUnread(walk.unread, joinTreePath(frame.treePath, entry.name))) {
      draft.skipped.push({ path: joinPath(folderPath(frame.folder), entry.name), reason: UNREAD });
      continue;
    }
    const { removals, kept } = await listRemovals(draft, rules.removal, frame.folder.place, entry);
    draft.kept += kept;
    const index = removals.length > 0 ? draft.need(frame.folder) : undefined;
    if (index === undefined) continue;
    for (const removal of removals) draft.deletions.push({ ...removal, folder: index });
  }
}
