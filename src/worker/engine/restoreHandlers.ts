import { isGitEntry } from '../../base/gitData.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import { CairnError, errorCode, errorToData } from '../../base/errors.ts';
import {
  createIgnoredPaths,
  recordedRules,
  executeRestore,
  findPlace,
  findSnapshot,
  LEFT_ALONE,
  planLines,
  planRestore,
  type PlaceInSnapshot,
  type PlanLine,
  type RestorePlan,
  type Session,
  type StoredSnapshot,
  wayBelow,
  isFolder,
  isInside,
  lastName,
  fileStamp,
} from '../../engine/index.ts';
import type { SourceRef } from '../engineProtocol/refs.ts';
import type { RestoreLine, RestorePreview, RestoreReport, RestoreRequest } from '../engineProtocol/restore.ts';
import type { PendingRestore } from './engine.ts';
import type { Handlers } from './handler.ts';
import { ignoreOptions } from './ignoreOptions.ts';
import { parentOfTreePath, nameOfTreePath } from '../../base/treePath.ts';
import type { DiskPath } from '../../base/pathKinds.ts';

/** As many lines of a plan as a person may want to look through. */
const MAX_LINES = 5_000;

/** What is lost if a person overlooks it stands first. */
const lineOrder: readonly PlanLine['change'][] = ['delete', 'overwrite', 'create', 'metadata'];

/** Restore: first a plan, which a person sees; then its execution. */
export const restoreHandlers: Handlers<'planRestore' | 'executeRestore' | 'dropPlan'> = {
  planRestore: (engine, request, { signal, onProgress }) =>
    engine.look(request.repository, async (session) => {
      const stored = await findSnapshot(session.repository, request.snapshot);
      const plan = await planRestore(session, { ...(await chooseWhat(session, stored, request)), signal, onProgress });
      const shown = request.shownPlan === undefined ? undefined : engine.plans.get(request.shownPlan);
      const isFolderGone = request.source !== undefined && !isFolder(request.source.folder);
      const pending = { repository: request.repository, plan, endangered: stampEndangered(plan), isFolderGone };
      return preview(pending, shown, engine.plans.add(pending));
    }),

  async executeRestore(engine, { planId }, { signal, onProgress }) {
    const pending = engine.plans.take(planId);
    if (!pending) throw new CairnError('refused', 'What was to be restored is not known any more. Start again.');
    return engine.withSession(pending.repository, { lock: 'shared', signal }, async (session) => {
      requireUnchanged(pending);
      const done = { files: 0, deleted: 0 };
      try {
        const result = await executeRestore(session, engine.openCodecs, pending.plan, {
          signal,
          onProgress,
          onEntry: (_path, change, type) => {
            if (change === 'delete') done.deleted++;
            else if (type !== 'dir' && change !== 'metadata') done.files++;
          },
        });
        const { files, deleted, unchanged, bytes, problems, warnings } = result;
        return {
          files: files + result.links + result.others,
          deleted,
          unchanged,
          bytes,
          problems: [...problems.map(({ message }) => message), ...warnings],
        };
      } catch (error) {
        if (errorCode(error) === 'internal' || done.files + done.deleted === 0) throw error;
        return stoppedReport(pending.plan, done, error);
      }
    });
  },

  dropPlan(engine, { planId }) {
    engine.plans.take(planId);
  },
};

function stoppedReport(
  { unchanged }: RestorePlan,
  done: { readonly files: number; readonly deleted: number },
  error: unknown,
): RestoreReport {
  return { ...done, unchanged: unchanged.length, bytes: 0, problems: [], stopped: errorToData(error) };
}

/** What of the snapshot goes where, and what there must not be touched. */
async function chooseWhat({ reader }: Session, stored: StoredSnapshot, request: RestoreRequest) {
  const { source, paths, destination, exact, mayBeMissing } = request;
  if (destination !== undefined) return { destination, ...(await chooseOne(reader, stored, paths)) };
  if (!source) throw new CairnError('usage', 'It is not said where to restore to.');
  const place = await findFolder(reader, stored, source.folder);
  const protection = protect(stored, source, request);
  const into = {
    place,
    destination: source.folder,
    stays: protection.stays,
    ...(exact && { delete: { isIgnored: protection.isIgnored } }),
  };
  const names = paths.map((path) => wayBelow(source.folder, path) ?? refuseOutside(path, source.folder));
  return mayBeMissing ? { ...into, paths: names } : { ...into, include: names };
}

/** One file or folder of the snapshot, or all of it. */
async function chooseOne(reader: Session['reader'], stored: StoredSnapshot, paths: readonly string[]) {
  const { paths: all } = stored.snapshot;
  const [path = all.length === 1 ? all[0]! : '', ...others] = paths;
  if (others.length > 0) throw new CairnError('usage', 'Only one file or folder at a time goes to another place.');
  const place = await findPlace(reader, stored, path);
  if (place.tree !== undefined) return { place };
  const folder = await findPlace(reader, stored, parentOfTreePath(place.path));
  return { place: folder, include: [nameOfTreePath(place.path)] };
}

/** The workspace folder in the snapshot, whatever it was called then. */
async function findFolder(reader: Session['reader'], stored: StoredSnapshot, folder: string): Promise<PlaceInSnapshot> {
  const [path = folder, ...others] = stored.snapshot.paths;
  try {
    return await findPlace(reader, stored, folder);
  } catch (error) {
    // Its workspace was elsewhere then.
    if (errorCode(error) !== 'path-not-in-snapshot' || others.length > 0) throw error;
    return findPlace(reader, stored, path);
  }
}

/**
 * What a restore must not touch. The safety snapshot lacks what the rules of today leave out, so that stays
 * in any case. What the rules of the backup left out is not in the snapshot though it may have been there,
 * so it is not deleted; of those rules the snapshot records the globs.
 */
function protect(
  stored: StoredSnapshot,
  { folder, rules }: SourceRef,
  { repository, gitFolders = false }: RestoreRequest,
) {
  const isLeftOut = createIgnoredPaths([folder], ignoreOptions(rules, repository));
  const wasLeftOut = createIgnoredPaths([folder], recordedRules(stored.snapshot.excludes));
  const isBelow = (path: DiskPath) => !isSamePlace(path, folder) && isInside(path, folder);
  const isGit = (path: DiskPath) => !gitFolders && lastName(path) === '.git';
  return {
    stays: (path: DiskPath, isFolder: boolean) => isBelow(path) && (isGit(path) || isLeftOut(path, isFolder)),
    isIgnored: (path: DiskPath, isFolder: boolean) =>
      !isBelow(path) || isGit(path) || isLeftOut(path, isFolder) || wasLeftOut(path, isFolder),
  };
}

function refuseOutside(path: DiskPath, folder: DiskPath): never {
  throw new CairnError('usage', `${path} is not in the folder ${folder}, which is restored.`);
}

function stampEndangered(plan: RestorePlan): Map<string, string> {
  const stamps = new Map<string, string>();
  for (const { path, change, isFolder } of planLines(plan)) {
    if (change === 'delete' || change === 'overwrite') stamps.set(path, isFolder ? '' : stamp(path));
  }
  return stamps;
}

/** What tells whether a file was written to. */
function stamp(path: string): string {
  try {
    return fileStamp(path);
  } catch {
    return 'gone';
  }
}

function requireUnchanged({ endangered }: PendingRestore): void {
  let changed = 0;
  for (const [path, before] of endangered) if (before !== '' && stamp(path) !== before) changed++;
  if (changed === 0) return;
  const message = `Files that would be overwritten or deleted were changed in the meantime: ${changed}. Nothing was restored; look again at what would happen.`;
  throw new CairnError('refused', message, { details: { changed } });
}

function preview(
  { plan, endangered, isFolderGone }: PendingRestore,
  shown: PendingRestore | undefined,
  planId: number,
): RestorePreview {
  const { totals } = plan;
  const lines: RestoreLine[] = [];
  const git = { create: 0, overwrite: 0, metadata: 0, delete: 0 };
  for (const { path, change, isFolder, size } of planLines(plan)) {
    if (change === 'unchanged') continue;
    lines.push({ path, change, isFolder, size });
    if (isGitEntry({ path, isFolder }) && (!isFolder || change === 'delete')) git[change]++;
  }
  const rank = (line: RestoreLine) => lineOrder.indexOf(line.change) + (isGitEntry(line) ? lineOrder.length : 0);
  lines.sort((a, b) => rank(a) - rank(b));
  const left = plan.skipped.filter(({ reason }) => reason === LEFT_ALONE);
  const gitFoldersLeft = left.filter(({ path }) => lastName(path) === '.git').length;
  return {
    planId,
    lines: lines.slice(0, MAX_LINES),
    truncated: lines.length > MAX_LINES,
    totals: {
      create: totals.create,
      overwrite: totals.overwrite,
      metadata: totals.metadata,
      delete: totals.delete,
      unchanged: totals.unchanged,
      bytes: totals.bytesToWrite,
    },
    git,
    kept: plan.kept,
    left: left.length - gitFoldersLeft,
    gitFoldersLeft,
    unseen: shown ? [...endangered.keys()].filter((path) => !shown.endangered.has(path)).length : endangered.size,
    isFolderGone,
    problems: plan.problems.map(({ message }) => message),
  };
}
