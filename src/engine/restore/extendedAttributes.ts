import { closeFile } from '../../disk/openFile.ts';
import { openPlace } from '../../disk/enteredFolders.ts';
import { setPathMode, withPinned, type EntryMetadata } from '../../disk/entryMetadata.ts';
import { ATTRIBUTE_BATCH, setExtendedAttributes } from '../../disk/extendedAttributes.ts';
import { isLinux } from '../../disk/system.ts';
import { plannedPath, type PlannedEntry } from './restorePlan.ts';
import { entryKey, type RestoreRun } from './restoreRun.ts';

interface Bearer {
  /** The name is empty for the folder itself. */
  readonly folder: number;
  readonly name: string;
  readonly metadata: EntryMetadata;
  /** It was written anew, and waits for its mode. */
  readonly needsMode: boolean;
}

/** Sets the extended attributes of all restored entries, and then the modes that had to wait for them. */
export function restoreExtendedAttributes(run: RestoreRun): void {
  const bearers = findBearers(run);
  if (bearers.length === 0) return;
  if (!setAll(run, bearers)) {
    const remedy = isLinux
      ? 'that takes the program setfattr. Install the package "attr" and restore again.'
      : 'Cairn sets them on Linux only.';
    run.warnings.push(`${bearers.length} files and folders lack their extended attributes: ${remedy}`);
  }
  for (const bearer of bearers) {
    if (!bearer.needsMode) continue;
    const action = () =>
      withPinned(run.enter(bearer.folder), bearer.name, (path) => setPathMode(path, bearer.metadata, run.owner));
    run.attempt(() => run.path(bearer), action);
  }
}

function findBearers(run: RestoreRun): Bearer[] {
  const { folders, files, others, links } = run.plan;
  const bearers: Bearer[] = [];
  const add = (entry: Pick<PlannedEntry, 'folder' | 'name' | 'metadata'>, needsMode: boolean) => {
    if (!entry.metadata.extendedAttributes || run.failedFolders.has(entry.folder)) return;
    if (run.failedFiles.has(entryKey(entry))) return;
    bearers.push({ folder: entry.folder, name: entry.name, metadata: entry.metadata, needsMode });
  };
  for (const [folder, { metadata }] of folders.entries()) if (metadata) add({ folder, name: '', metadata }, false);
  for (const file of files) add(file, file.change !== 'metadata');
  for (const link of links) if (run.copiedLinks.has(link)) add(link, true);
  for (const other of others) add(other, false);
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

function setBatch(run: RestoreRun, bearers: readonly Bearer[]): boolean {
  const opened: { readonly fd: number; readonly bearer: Bearer }[] = [];
  try {
    for (const bearer of bearers) {
      const entered = () => run.enter(bearer.folder);
      // Where no folder is held open, there are no attributes either.
      if (entered().fd === undefined) return false;
      run.attempt(
        () => pathOf(run, bearer),
        () => void opened.push({ fd: openPlace(entered(), bearer.name), bearer }),
      );
    }
    const failures = setExtendedAttributes(
      opened.map(({ fd, bearer }) => ({ fd, attributes: bearer.metadata.extendedAttributes ?? [] })),
    );
    for (const [at, reason] of failures ?? []) {
      const message = `Restored, but not all of its extended attributes: ${reason}.`;
      if (opened[at]) run.fail(pathOf(run, opened[at].bearer), { code: 'XATTR', message });
    }
    return failures !== undefined;
  } finally {
    for (const { fd } of opened) closeFile(fd);
  }
}

function pathOf(run: RestoreRun, { folder, name }: Bearer): string {
  return plannedPath(run.plan.folders, folder, name);
}
