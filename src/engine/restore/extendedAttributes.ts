import { chmod } from '../../disk/changes.ts';
import { closeFile } from '../../disk/openFile.ts';
import { openPlace } from '../../disk/enteredFolders.ts';
import { setPathMode, withPinned, type EntryMetadata } from '../../disk/entryMetadata.ts';
import {
  ATTRIBUTE_BATCH,
  haveExtendedAttributes,
  setExtendedAttributes,
  type AttributeBearer,
} from '../../disk/extendedAttributes.ts';
import type { FsPath } from '../../disk/fsPath.ts';
import { isLinux } from '../../disk/system.ts';
import { plannedPath, type PlannedEntry, type UnchangedEntry } from './restorePlan.ts';
import { entryKey, type RestoreRun } from './restoreRun.ts';

interface Bearer {
  /** The name is empty for the folder itself. */
  readonly folder: number;
  readonly name: string;
  readonly metadata: EntryMetadata;
  /** It was written anew, and waits for its mode; else it may have its attributes already. */
  needsMode: boolean;
  /** It surely lacks its attributes until they are set. */
  readonly isNew: boolean;
}

/**
 * Sets the extended attributes of all restored entries, and of those that were right already but for them, as after
 * a restore on a system without the programs; and then the modes that had to wait for them.
 */
export function restoreExtendedAttributes(run: RestoreRun): void {
  const bearers = findBearers(run);
  if (bearers.length === 0) return;
  const lacking = bearers.filter(({ isNew }) => isNew);
  if (!setAll(run, bearers) && lacking.length > 0) {
    const remedy = isLinux
      ? 'that takes the programs setfattr and getfattr. Install the package "attr" and restore again.'
      : 'Cairn sets them on Linux only.';
    run.warnings.push(`Files and folders that did not get their extended attributes: ${lacking.length}; ${remedy}`);
    const lists = lacking.filter(({ metadata }) => metadata.modeWithoutList !== undefined).length;
    if (lists > 0) {
      const effect = 'Until they get it, their modes give nobody but the owner more than it did.';
      run.warnings.push(`Files and folders that lack their access control list: ${lists}. ${effect}`);
    }
  }
  for (const bearer of bearers) {
    if (!bearer.needsMode) continue;
    const { folder, name, metadata } = bearer;
    const setMode = (path: FsPath) => setPathMode(path, metadata, run.owner, run.withAttributes.has(metadata));
    run.attempt(
      () => run.path(bearer),
      () => withPinned(run.enter(folder), name, setMode),
    );
  }
}

function findBearers(run: RestoreRun): Bearer[] {
  const { folders, files, others, links, unchanged } = run.plan;
  const bearers: Bearer[] = [];
  const add = (
    entry: Pick<PlannedEntry, 'folder' | 'name'> & Pick<UnchangedEntry, 'metadata'>,
    needsMode: boolean,
    isNew = needsMode,
  ) => {
    if (!entry.metadata?.extendedAttributes || run.failedFolders.has(entry.folder)) return;
    if (run.failedFiles.has(entryKey(entry))) return;
    bearers.push({ folder: entry.folder, name: entry.name, metadata: entry.metadata, needsMode, isNew });
  };
  for (const [folder, { metadata, change }] of folders.entries()) {
    if (metadata) add({ folder, name: '', metadata }, false, change === 'create');
  }
  for (const file of files) add(file, file.change !== 'metadata');
  for (const link of links) if (run.copiedLinks.has(link)) add(link, true);
  for (const other of others) add(other, false, other.change !== 'metadata');
  for (const entry of unchanged) add(entry, false);
  return bearers;
}

/** False if this system cannot. */
function setAll(run: RestoreRun, bearers: readonly Bearer[]): boolean {
  for (let start = 0; start < bearers.length; start += ATTRIBUTE_BATCH) {
    run.throwIfAborted();
    if (!setBatch(run, bearers.slice(start, start + ATTRIBUTE_BATCH))) return false;
  }
  return true;
}

/** Lets its owner set the attributes of an entry that has its mode already, until the modes are set. */
function openUp(run: RestoreRun, bearer: Bearer): void {
  const { folder, name, metadata, needsMode } = bearer;
  if (needsMode || run.owner.isRoot || (metadata.mode & 0o200) !== 0) return;
  withPinned(run.enter(folder), name, (path) => chmod(path, metadata.mode | 0o200));
  bearer.needsMode = true;
}

interface OpenBearer extends AttributeBearer {
  readonly bearer: Bearer;
}

/** Those that have to get something. Undefined if that cannot be told. */
function findLacking(run: RestoreRun, opened: readonly OpenBearer[]): OpenBearer[] | undefined {
  const old = opened.filter(({ bearer }) => !bearer.needsMode);
  const have = old.length > 0 ? haveExtendedAttributes(old) : [];
  old.forEach(({ bearer }, at) => have?.[at] && run.withAttributes.add(bearer.metadata));
  return have && [...opened.filter(({ bearer }) => bearer.needsMode), ...old.filter((_, at) => !have[at])];
}

function setBatch(run: RestoreRun, bearers: readonly Bearer[]): boolean {
  const opened: OpenBearer[] = [];
  try {
    for (const bearer of bearers) {
      const entered = () => run.enter(bearer.folder);
      // Where no folder is held open, there are no attributes either.
      if (entered().fd === undefined) return false;
      run.attempt(
        () => pathOf(run, bearer),
        () =>
          void opened.push({
            fd: openPlace(entered(), bearer.name),
            attributes: bearer.metadata.extendedAttributes ?? [],
            bearer,
          }),
      );
    }
    const lacking = findLacking(run, opened);
    if (!lacking) return false;
    if (lacking.length === 0) return true;
    for (const { bearer } of lacking)
      run.attempt(
        () => pathOf(run, bearer),
        () => openUp(run, bearer),
      );
    const failures = setExtendedAttributes(lacking);
    if (!failures) return false;
    for (const [at, { bearer }] of lacking.entries()) noteOutcome(run, bearer, failures.get(at));
    return true;
  } finally {
    for (const { fd } of opened) closeFile(fd);
  }
}

function noteOutcome(run: RestoreRun, bearer: Bearer, failure: string | undefined): void {
  const { metadata } = bearer;
  if (failure === undefined) return void run.withAttributes.add(metadata);
  const list = ' If it lacks its access control list, its mode gives nobody but the owner more than that did.';
  const message = `Restored, but not all of its extended attributes: ${failure}.`;
  run.fail(pathOf(run, bearer), {
    code: 'XATTR',
    message: metadata.modeWithoutList === undefined ? message : message + list,
  });
}

function pathOf(run: RestoreRun, { folder, name }: Bearer): string {
  return plannedPath(run.plan.folders, folder, name);
}
