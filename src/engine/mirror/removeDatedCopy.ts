import { createIgnoreState, type IgnoreState } from '../../workspace/ignoreRules.ts';
import { listFolder } from '../../workspace/listFolder.ts';
import { joinPath } from '../../disk/paths.ts';
import { REMOVING, UNFINISHED } from './datedCopies.ts';
import { readManifestHeader } from './manifestFile.ts';
import { MANIFEST_NAME } from './manifestFormat.ts';
import { copyProblem } from './mirrorProblems.ts';
import type { MirrorRun } from './mirrorRun.ts';
import { nameOf, parentOf } from '../../base/pathBelow.ts';
import { relativePath } from './scanSource.ts';
import { isTemporaryName } from '../../disk/temporaryName.ts';
import { rmdir, unlink, rename } from '../../disk/changes.ts';
import { toFsPath } from '../../disk/fsPath.ts';

/**
 * Removes a dated copy of the run's destination; `name` was checked to be one of ours. From the beginning on
 * its name says that it is no whole copy any more. False if it could not be removed, which is noted.
 */
export async function removeDatedCopy(run: MirrorRun, name: string): Promise<boolean> {
  const { destination } = run.plan;
  const isBegun = name.endsWith(UNFINISHED) || name.endsWith(REMOVING);
  const doomed = joinPath(destination, isBegun ? name : name + REMOVING);
  try {
    if (!isOurs(joinPath(destination, name))) return false;
    if (!isBegun) rename(toFsPath(joinPath(destination, name)), toFsPath(doomed));
    await removeContents(run, doomed);
    rmdir(toFsPath(doomed));
    return true;
  } catch (error) {
    run.problems.push(copyProblem(doomed, error));
    return false;
  }
}

/** True with a manifest of ours, or before there is one: then nothing is in it but its half-written form. */
function isOurs(folder: string): boolean {
  if (readManifestHeader(folder)) return true;
  const { entries, skipped, errors } = listFolder(folder, createIgnoreState(folder, folder, {}));
  return errors.length === 0 && skipped.length === 0 && entries.every(({ name }) => isTemporaryName(name));
}

/** Empties a folder without following links; the manifest, by which it is known as ours, goes last. */
async function removeContents(run: MirrorRun, root: string): Promise<void> {
  const remove = (path: string, isFolder: boolean) => {
    run.reach.forget({ root, path });
    const at = run.reach.enter({ root, path: parentOf(path) }).at(nameOf(path));
    if (isFolder) rmdir(at);
    else unlink(at);
  };
  const open = [openFolder(run, root, createIgnoreState(root, root, {}))];
  for (let folder = open.at(-1); folder; folder = open.at(-1)) {
    const { path, rules } = folder.contents.pop() ?? {};
    if (path === undefined) {
      open.pop();
      if (folder.path !== '') remove(folder.path, true);
    } else if (rules) open.push(openFolder(run, root, rules));
    else if (path !== MANIFEST_NAME) remove(path, false);
    await run.breathe();
  }
  if (readManifestHeader(root)) remove(MANIFEST_NAME, false);
}

interface DoomedFolder {
  readonly path: string;
  readonly contents: { readonly path: string; readonly rules?: IgnoreState | undefined }[];
}

function openFolder(run: MirrorRun, root: string, state: IgnoreState): DoomedFolder {
  const path = relativePath(root, state.path);
  run.openUp({ root, path });
  const { entries, skipped, errors } = listFolder(state.path, state);
  if (errors[0]) throw errors[0].error;
  const contents = [...entries, ...skipped].map((entry) => ({
    path: relativePath(root, entry.path),
    rules: 'rules' in entry ? entry.rules : undefined,
  }));
  return { path, contents };
}
