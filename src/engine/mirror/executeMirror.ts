import { syncFolder } from '../../disk/durableWrite.ts';
import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import { displayPath } from '../../base/rawName.ts';
import { joinPath } from '../../disk/paths.ts';
import { hasMetadata, setLinkMetadata, setPathMetadata } from '../../disk/entryMetadata.ts';
import { createTemporary, removeTemporary, renameTemporary } from '../../disk/temporaryName.ts';
import { applyFile } from './copyFile.ts';
import { requireNoStranger } from './mirrorGuards.ts';
import { lockMirror } from './mirrorLock.ts';
import {
  lineOf,
  removalLine,
  type MirrorPlan,
  type MirrorProblem,
  type PlannedFolder,
  type PlannedLink,
  type PlannedRemoval,
} from './mirrorPlan.ts';
import { copyProblem } from './mirrorProblems.ts';
import { MirrorRun, type ExecuteMirrorOptions } from './mirrorRun.ts';
import { nameOf, parentOf } from '../../base/pathBelow.ts';
import { removeDatedCopy } from './removeDatedCopy.ts';
import { stat } from '../../disk/stats.ts';
import { mkdir, rmdir, rename, chmod, symlink, unlink } from '../../disk/changes.ts';
import { toFsPath } from '../../disk/fsPath.ts';

export interface MirrorResult {
  /** Files and links that were copied. */
  readonly copied: number;
  /** Bytes that were copied. */
  readonly bytes: number;
  /** Files that became further names of others. */
  readonly linked: number;
  readonly folders: number;
  /** Of which only owner, mode or time were set. */
  readonly metadata: number;
  /** Files and folders of the copy, and dated copies. */
  readonly deleted: number;
  /** Deletions that were left undone, since something could not be copied. */
  readonly postponed: number;
  /** Those of the plan, and what happened since. */
  readonly problems: readonly MirrorProblem[];
  /** Those of the plan. */
  readonly notices: readonly string[];
  /** The name of the new dated copy. */
  readonly name?: string;
}

/** Until it is complete, a new folder is nobody else's business. */
const NEW_FOLDER_MODE = 0o700;

/**
 * Does what a plan says. What goes wrong with single files is in the result, and then nothing is deleted
 * unless `force` says so. Throws `refused` if the plan needs force and does not get it, `locked` while
 * another mirror works there, `disk-full`, `read-only`, `permission-denied`, `aborted`; the copy is valid
 * then, and the next run goes on from there.
 */
export async function executeMirror(plan: MirrorPlan, options: ExecuteMirrorOptions = {}): Promise<MirrorResult> {
  if (plan.needsForce !== undefined && !options.force) throw new CairnError('refused', plan.needsForce);
  const run = new MirrorRun(plan, options, new Date());
  if (plan.isDone) return resultOf(run, 0);
  try {
    createFolder(plan.destination);
    if (!plan.dated) run.enterForWriting('');
    const unlock = lockMirror(plan.destination);
    let postponed: number;
    try {
      if (!plan.dated && !options.force) requireNoStranger(plan.folder, plan.identity);
      if (plan.dated) mkdir(toFsPath(plan.folder), NEW_FOLDER_MODE);
      postponed = await executeLocked(run);
      if (plan.dated) postponed += await finishDated(run);
    } finally {
      unlock();
    }
    // The lock and the manifest have changed the folder's time.
    if (!plan.dated) finishFolder(run, '', plan.metadata);
    restoreModes(run);
    return resultOf(run, postponed);
  } catch (error) {
    restoreModes(run);
    throw toMirrorError(plan, error);
  } finally {
    run.close();
  }
}

async function executeLocked(run: MirrorRun): Promise<number> {
  const { plan } = run;
  try {
    for (const path of plan.leftovers) await run.attempt(path, () => removeFile(run, path));
    await promiseNoMore(run);
    await removeEntries(run, plan.obstacles);
    for (const folder of plan.folders) await makeFolder(run, folder);
    for (const file of plan.files) {
      await run.breathe();
      if (!run.entries.has(file.path)) await applyFile(run, file);
    }
    for (const link of plan.links) await makeLink(run, link);
    const mayDelete = run.options.force || run.countLacking() === 0;
    if (mayDelete) await removeEntries(run, plan.deletions);
    for (const { path, metadata } of plan.folders.toReversed()) {
      if (!run.failed.has(path)) await run.attempt(path, () => finishFolder(run, path, metadata));
    }
    await run.saveManifest(true);
    if (plan.dated) finishFolder(run, '', plan.metadata);
    return mayDelete ? 0 : plan.deletions.length;
  } catch (error) {
    // The next run is faster if it finds what this one knows. If that fails too, the manifest says less.
    await run.saveManifest(false).catch(() => {});
    throw error;
  }
}

/** Writes a manifest that is true whatever this run has done when it ends: what it is about to change is not in it. */
async function promiseNoMore(run: MirrorRun): Promise<void> {
  const { files, links, carried } = run.plan;
  for (const entry of carried) run.entries.set(entry.path, entry);
  for (const { path, size, known, change, sameAs } of files) {
    // What is said of a further name is what will be said of the first.
    if (change === 'keep' && known && sameAs === undefined) run.entries.set(path, { path, size, ...known });
  }
  for (const { path, target, change } of links) if (change === 'keep') run.entries.set(path, { path, target });
  await run.saveManifest(false);
}

function createFolder(path: string): void {
  try {
    mkdir(toFsPath(path), NEW_FOLDER_MODE);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

async function makeFolder(run: MirrorRun, folder: PlannedFolder): Promise<void> {
  const { path, change } = folder;
  await run.breathe();
  const isMade = await run.attempt(path, () => {
    if (change === 'create') mkdir(run.enterForWriting(parentOf(path)).at(nameOf(path)), NEW_FOLDER_MODE);
    run.enter(path);
  });
  if (!isMade || change !== 'create') return;
  run.count.folders++;
  run.options.onEntry?.(lineOf(folder)!);
}

async function makeLink(run: MirrorRun, link: PlannedLink): Promise<void> {
  const { path, change, target, metadata } = link;
  if (change === 'keep') return;
  await run.breathe();
  const isMade = await run.attempt(path, () => {
    const folder = run.enterForWriting(parentOf(path));
    if (change === 'metadata') {
      run.noteMetadata(path, setLinkMetadata(folder.at(nameOf(path)), metadata, run.owner));
      run.count.metadata++;
    } else {
      const { temporary } = createTemporary(folder, nameOf(path), (at) => symlink(target, at));
      try {
        run.noteMetadata(path, setLinkMetadata(folder.at(temporary), metadata, run.owner));
        renameTemporary(folder, temporary, nameOf(path), change);
      } catch (error) {
        removeTemporary(folder, temporary);
        throw error;
      }
      run.count.copied++;
    }
    run.noteFile(path, { path, target }, false);
  });
  if (isMade) run.options.onEntry?.(lineOf(link)!);
}

async function removeEntries(run: MirrorRun, removals: readonly PlannedRemoval[]): Promise<void> {
  for (const removal of removals) {
    const { path, isFolder } = removal;
    await run.breathe();
    const isGone = await run.attempt(path, () => {
      if (!isFolder) return removeFile(run, path);
      run.reach.forget({ root: run.plan.folder, path });
      rmdir(run.enterForWriting(parentOf(path)).at(nameOf(path)));
    });
    if (!isGone) continue;
    run.count.deleted++;
    run.options.onEntry?.(removalLine(removal));
  }
}

function removeFile(run: MirrorRun, path: string): void {
  try {
    unlink(run.enterForWriting(parentOf(path)).at(nameOf(path)));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

function finishFolder(run: MirrorRun, path: string, metadata: PlannedFolder['metadata']): void {
  const at = run.enter(path).at('');
  if (!hasMetadata(stat(at), metadata, run.owner)) {
    run.noteMetadata(path, setPathMetadata(at, metadata, run.owner));
  }
  run.formerModes.delete(path);
}

/** Gives folders that are none of the source's the permissions that they had. */
function restoreModes(run: MirrorRun): void {
  for (const [path, mode] of run.formerModes) {
    try {
      chmod(run.enter(path).at(''), mode);
    } catch {
      // It was removed.
    }
  }
}

/** Gives a complete dated copy its name, and then removes what it makes superfluous. */
async function finishDated(run: MirrorRun): Promise<number> {
  const { plan, options } = run;
  const { name, expired, unfinished } = plan.dated!;
  rename(toFsPath(plan.folder), toFsPath(joinPath(plan.destination, name)));
  await syncFolder(plan.destination);
  const isWhole = run.countLacking() === 0;
  for (const each of unfinished) await removeDatedCopy(run, each);
  // A copy that lacks something does not make an older one superfluous.
  if (!isWhole && !options.force) return expired.length;
  for (const each of expired) {
    if (!(await removeDatedCopy(run, each))) continue;
    run.count.deleted++;
    options.onEntry?.(removalLine({ path: each, isFolder: true, size: 0 }));
  }
  return 0;
}

function resultOf({ plan, count, problems }: MirrorRun, postponed: number): MirrorResult {
  return {
    ...count,
    postponed,
    problems: [...plan.problems, ...problems],
    notices: plan.notices,
    ...(plan.dated && { name: plan.dated.name }),
  };
}

/** What ends a run, as a sentence. A programming error is left as it is. */
function toMirrorError({ folder }: MirrorPlan, error: unknown): unknown {
  const code = systemCode(error);
  if (error instanceof CairnError || code === undefined) return error;
  const details = { path: displayPath(folder), reason: code };
  try {
    const { message } = copyProblem(folder, error);
    const kind = code === 'EACCES' || code === 'EPERM' ? 'permission-denied' : 'storage-error';
    const advice = 'Check that disk, and who may write there, and mirror again.';
    return new CairnError(kind, `${message} ${advice}`, { details, cause: error });
  } catch (fatal) {
    return fatal;
  }
}
