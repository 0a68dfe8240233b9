import { allAtOnce } from '../../base/atOnce.ts';
import { CairnError } from '../../base/errors.ts';
import { systemCode, systemError } from '../../base/systemCode.ts';
import { displayPath } from '../../base/rawName.ts';
import { splitPlace, type EnteredFolder } from '../../disk/enteredFolders.ts';
import { hasMetadata, setFolderMetadata } from '../../disk/entryMetadata.ts';
import { folderPlace, plannedPath, type PlannedFolder, type PlannedRemoval } from './restorePlan.ts';
import { fatalError, isFatal, toFailure } from './restoreProblems.ts';
import { syncEntry } from '../../disk/syncEntry.ts';
import type { RestoreRun } from './restoreRun.ts';
import { stat, exists } from '../../disk/stats.ts';
import { mkdir, rmdir, unlink, chmod } from '../../disk/changes.ts';
import { requireAsSeen } from '../../disk/temporaryName.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { parentFolder } from '../../disk/paths.ts';
import { foldName } from '../../disk/names.ts';

/** Until it is complete, a new folder is nobody else's business. */
const NEW_FOLDER_MODE = 0o700;
const OWNER_WRITE_AND_SEARCH = 0o300;

/**
 * Makes the plan's folders that are missing, and opens up those whose owner may not write in them. For a plan
 * that has grown, those that are new in it.
 */
export async function makeFolders(run: RestoreRun): Promise<void> {
  const { folders } = run.plan;
  for (const end = folders.length; run.done.folders < end; run.done.folders++) {
    await run.giveWay();
    const index = run.done.folders;
    const folder = folders[index]!;
    if (folder.parent < 0 && folder.change === 'create') makeDestination(folder.name);
    // Said once, for the folder that failed.
    const isBelowFailed = run.failedFolders.has(folder.parent);
    if (isBelowFailed || !run.attempt(pathOf(run, index), () => makeFolder(run, index, folder))) {
      run.failedFolders.add(index);
    } else if (folder.change === 'create') {
      run.count.folders++;
      if (folder.parent >= 0) run.changedFolders.add(folder.parent);
      run.options.onEntry?.(pathOf(run, index)(), 'create', 'dir');
    }
  }
}

function pathOf(run: RestoreRun, index: number): () => string {
  return () => plannedPath(run.plan.folders, index, '');
}

function makeFolder(run: RestoreRun, index: number, folder: PlannedFolder): void {
  if (folder.parent >= 0 && folder.change === 'create') {
    try {
      mkdir(run.enter(folder.parent).at(folder.name), NEW_FOLDER_MODE);
    } catch (error) {
      // Entering it, below, tells whether it is a folder.
      if (systemCode(error) !== 'EEXIST') throw error;
      if (hasTwin(run, folder)) throw systemError('TWIN', 'EEXIST: another name of it', error);
    }
  }
  const entered = run.enter(index);
  if (run.owner.isRoot || run.owner.uid < 0 || folder.change === 'create') return;
  const { mode, uid } = stat(entered.at(''));
  if (uid !== run.owner.uid || (mode & OWNER_WRITE_AND_SEARCH) === OWNER_WRITE_AND_SEARCH) return;
  chmod(entered.at(''), (mode & 0o7777) | NEW_FOLDER_MODE);
  run.formerModes.set(index, mode & 0o7777);
}

/**
 * True if another folder of the plan has a name that differs only in what this file system passes over, such as
 * the case of letters: the two would become one.
 */
function hasTwin(run: RestoreRun, { parent, name }: PlannedFolder): boolean {
  const folded = foldName(name);
  return run.plan.folders.some(
    (other) => other.parent === parent && other.name !== name && foldName(other.name) === folded,
  );
}

function makeDestination(path: string): void {
  try {
    if (!exists(toFsPath(path))) makeWithParents(path);
  } catch (cause) {
    const reason = systemCode(cause) ?? String(cause);
    const code = reason === 'EACCES' || reason === 'EPERM' ? 'permission-denied' : 'storage-error';
    if (isFatal({ code: reason })) throw fatalError({ code: reason }, path);
    const message = `The folder ${displayPath(path)} cannot be made (${reason}). Choose another destination.`;
    throw new CairnError(code, message, { cause, details: { path: displayPath(path), reason } });
  }
}

/** Node's own recursion says `ENOENT` where the file system is read-only. */
function makeWithParents(path: string): void {
  const parent = parentFolder(path);
  if (parent !== path && !exists(toFsPath(parent))) makeWithParents(parent);
  mkdir(toFsPath(path), NEW_FOLDER_MODE);
}

/** Gives the folders their metadata, the deepest first: what is done in a folder changes its time. */
export function finishFolders(run: RestoreRun): void {
  const { folders } = run.plan;
  for (let index = run.done.folders - 1; index >= 0; index--) {
    if (run.failedFolders.has(index)) continue;
    const folder = folders[index]!;
    const formerMode = run.formerModes.get(index);
    if (!folder.metadata && formerMode === undefined) continue;
    run.attempt(pathOf(run, index), () => finishFolder(run, run.enter(index), index, folder, formerMode));
  }
}

function finishFolder(
  run: RestoreRun,
  entered: EnteredFolder,
  index: number,
  { metadata, change }: PlannedFolder,
  formerMode: number | undefined,
): void {
  const path = entered.at('');
  if (!metadata) {
    if (formerMode !== undefined) chmod(path, formerMode);
    return;
  }
  if (change === 'keep' && hasMetadata(stat(path), metadata, run.owner)) return;
  run.noteMetadata(pathOf(run, index), setFolderMetadata(path, metadata, run.owner, run.withAttributes.has(metadata)));
  if (change === 'keep') run.count.metadata++;
}

/** Removes what the plan lists, without following links. */
export async function removeEntries(run: RestoreRun, removals: readonly PlannedRemoval[]): Promise<void> {
  for (const { folder, path, isFolder, seen } of removals) {
    await run.giveWay();
    if (run.failedFolders.has(folder)) continue;
    const shown = () => plannedPath(run.plan.folders, folder, path);
    const place = folderPlace(run.plan.folders, folder);
    const isGone = run.attempt(shown, () => {
      const { folder: parent, name } = splitPlace(place, path);
      if (isFolder) run.reach.forget({ root: parent.root, path: parent.path === '' ? name : `${parent.path}/${name}` });
      const target = run.reach.enter(parent).at(name);
      if (isFolder) return rmdir(target);
      requireAsSeen(target, seen);
      unlink(target);
    });
    if (!isGone) continue;
    run.count.deleted++;
    run.changedFolders.add(folder);
    run.options.onEntry?.(shown(), 'delete', isFolder ? 'dir' : 'file');
  }
}

/** The system makes so many folders durable in little more time than one. */
const SYNCED_AT_ONCE = 16;

/** Makes durable what names the folders have now. Before they get their modes, which may take away the right to enter. */
export async function syncFolders(run: RestoreRun): Promise<void> {
  await allAtOnce(run.changedFolders, SYNCED_AT_ONCE, async (index) => {
    await run.giveWay();
    if (run.failedFolders.has(index)) return;
    let entered: EnteredFolder;
    try {
      entered = run.enter(index);
    } catch {
      // What was removed meanwhile needs no syncing.
      return;
    }
    try {
      await syncEntry(entered.at(''), true);
    } catch (error) {
      run.fail(pathOf(run, index)(), toFailure(error));
    }
  });
}
