import { CairnError } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import { displayPath } from '../../base/rawName.ts';
import type { FsPath } from '../../disk/fsPath.ts';
import { joinPath } from '../../disk/paths.ts';
import { setFileMetadata, setPathMetadata, withPinned } from '../../disk/entryMetadata.ts';
import { createTemporary, removeTemporary, renameTemporary } from '../../disk/temporaryName.ts';
import { writeWithHoles } from '../../disk/writeWithHoles.ts';
import { isSameState, isWhole, readThrough } from '../../disk/hashFile.ts';
import { lineOf, type PlannedFile } from './mirrorPlan.ts';
import { sourceProblem } from './mirrorProblems.ts';
import type { MirrorRun } from './mirrorRun.ts';
import { nameOf, parentOf } from '../../base/pathBelow.ts';
import { metadataFromStats } from './scanSource.ts';
import { lstat, lstatExact, statExact, fstatExact, type ExactStats } from '../../disk/stats.ts';
import { hardLink } from '../../disk/changes.ts';
import { closeFile, truncateFile, openPlainFile, openNewToReadBack } from '../../disk/openFile.ts';
import { withReachablePath } from '../../disk/reachablePath.ts';
import { cloneFile } from '../../disk/cloneFile.ts';
import { settledStamp } from '../../disk/settledTimes.ts';

/** A file that is written meanwhile is copied anew so often; then it is kept as it came out, and that is said. */
const ATTEMPTS = 3;

/** Does what the plan says about a file, and notes what stands there then. */
export async function applyFile(run: MirrorRun, file: PlannedFile): Promise<void> {
  const { path, change, sameAs, known } = file;
  await run.attempt(path, async () => {
    if (change === 'keep') keepFile(run, file);
    else if (change === 'metadata') setMetadata(run, file);
    else if (change === 'link' && linkEarlier(run, file)) run.count.linked++;
    else if (sameAs !== undefined && linkTo(run, file, sameAs)) run.count.linked++;
    else if (change === 'relink' && known) setMetadata(run, file);
    else await copyFile(run, file);
  });
  // A failed attempt has left what was there before.
  if (run.failed.has(path) && file.before) run.entries.set(path, withoutStamp(file.before));
  const line = run.failed.has(path) ? undefined : lineOf(file);
  if (line) run.options.onEntry?.(line);
}

function withoutStamp<T extends { readonly from?: unknown }>({ from: _, ...entry }: T): Omit<T, 'from'> {
  return entry;
}

function keepFile(run: MirrorRun, { path, size, known, sameAs }: PlannedFile): void {
  // The first name may have got another time meanwhile, and this is the same file.
  const leader = sameAs === undefined ? undefined : run.entries.get(sameAs);
  if (leader) run.noteFile(path, { ...leader, path }, false);
  else if (known) run.noteFile(path, { path, size, ...known }, false);
}

function setMetadata(run: MirrorRun, { path, size, metadata, known }: PlannedFile): void {
  if (!known) return;
  withPinned(run.enterForWriting(parentOf(path)), nameOf(path), (pinned) => {
    const stats = statExact(pinned);
    if (!stats.isFile() || Number(stats.size) !== size || stats.mtimeNs !== known.mtime) {
      const shown = displayPath(run.pathOf(path));
      const message = `${shown} was left as it is: it changed after it was compared. Mirror again.`;
      return run.fail(path, { path: run.pathOf(path), code: 'CHANGED', message });
    }
    run.noteMetadata(path, setPathMetadata(pinned, metadata, run.owner));
    const { mtimeNs } = statExact(pinned);
    run.noteFile(path, { path, size, ...known, mtime: mtimeNs }, false);
    run.count.metadata++;
  });
}

/** Makes a file of an earlier dated copy one of this copy, too. False if it has to be copied. */
function linkEarlier(run: MirrorRun, file: PlannedFile): boolean {
  const { path, size, known, earlier } = file;
  if (!known || earlier === undefined) return false;
  const root = joinPath(run.plan.destination, earlier);
  try {
    const from = run.reach.enter({ root, path: parentOf(path) }).at(nameOf(path));
    const stats = lstatExact(from);
    if (!stats.isFile() || Number(stats.size) !== size || stats.mtimeNs !== known.mtime) return false;
    hardLink(from, run.enterForWriting(parentOf(path)).at(nameOf(path)));
  } catch (error) {
    if (isUnlinkable(error)) return false;
    throw error;
  }
  run.noteFile(path, { path, size, ...known }, false);
  return true;
}

/** Makes a further name of a file of the copy. False if it has to be a file of its own. */
function linkTo(run: MirrorRun, file: PlannedFile, leader: string): boolean {
  const { path, change } = file;
  const entry = run.entries.get(leader);
  if (!entry) return false;
  const target = run.enter(parentOf(leader)).at(nameOf(leader));
  const folder = run.enterForWriting(parentOf(path));
  let temporary: string;
  try {
    if (!lstat(target).isFile()) return false;
    ({ temporary } = createTemporary(folder, nameOf(path), (at) => hardLink(target, at)));
  } catch (error) {
    if (isUnlinkable(error)) return false;
    throw error;
  }
  try {
    renameTemporary(folder, temporary, nameOf(path), change === 'create' ? 'create' : 'overwrite');
  } finally {
    // Renaming a name over another one of the same file does nothing at all (POSIX rename).
    removeTemporary(folder, temporary);
  }
  run.noteFile(path, { ...entry, path }, false);
  return true;
}

/** Codes that say that this link cannot be, though its file can. */
const unlinkable: readonly string[] = [
  'EXDEV',
  'EMLINK',
  'EPERM',
  'EACCES',
  'ENOTSUP',
  'ENOSYS',
  'ENOENT',
  'ENOTDIR',
  'ELOOP',
];

function isUnlinkable(error: unknown): boolean {
  return unlinkable.includes(systemCode(error) ?? '');
}

/** Copies a file under a temporary name, and gives it its name when it is complete. */
async function copyFile(run: MirrorRun, { path, change }: PlannedFile): Promise<void> {
  const sourcePath = joinPath(run.plan.source, path);
  let source: number;
  try {
    source = withReachablePath(sourcePath, openPlainFile);
  } catch (error) {
    return run.fail(path, sourceProblem(sourcePath, error));
  }
  try {
    const folder = run.enterForWriting(parentOf(path));
    const before = fstatExact(source);
    const { temporary, created } = createTemporary(folder, nameOf(path), (at) => createCopy(run, source, at));
    try {
      const copy = created.isClone
        ? await finishClone(run, source, created.fd, path, before)
        : await writeCopy(run, source, created.fd, path);
      if (!copy) return removeTemporary(folder, temporary);
      // Entered again: other folders may have been entered while others had the thread.
      const entered = run.enter(parentOf(path));
      renameTemporary(entered, temporary, nameOf(path), change === 'create' ? 'create' : 'overwrite');
      run.noteFile(path, { path, ...copy }, true);
      run.count.copied++;
    } catch (error) {
      removeTemporary(run.enter(parentOf(path)), temporary);
      throw error;
    }
  } finally {
    closeFile(source);
  }
  await run.checkpoint();
}

interface CreatedCopy {
  readonly fd: number;
  readonly isClone: boolean;
}

/** An open new file, which shares its content with the source where the file system can do that. */
function createCopy(run: MirrorRun, source: number, at: FsPath): CreatedCopy {
  if (run.canClone) {
    try {
      return { fd: cloneFile(source, at), isClone: true };
    } catch (error) {
      if (['EEXIST', 'ENAMETOOLONG', 'ENOSPC', 'EDQUOT', 'EROFS', 'ENOENT'].includes(systemCode(error) ?? ''))
        throw error;
      run.canClone = false;
    }
  }
  return { fd: openNewToReadBack(at, 0o600), isClone: false };
}

interface WrittenCopy {
  readonly size: number;
  readonly mtime: bigint;
  readonly sha256: string;
}

/** Fills a new file, sets its metadata, and closes it. Nothing if the source cannot be read; that is noted. */
async function writeCopy(run: MirrorRun, source: number, fd: number, path: string): Promise<WrittenCopy | undefined> {
  try {
    for (let attempt = 1; ; attempt++) {
      const before = fstatExact(source);
      const content = await copyContent(run, source, fd, path);
      if (!content) return undefined;
      const after = fstatExact(source);
      const isSettled = isSameState(before, after) && isWhole(after, content.size);
      if (!isSettled && attempt < ATTEMPTS) continue;
      if (!isSettled) noteChanging(run, path);
      return finishCopy(run, fd, path, after, content, isSettled);
    }
  } finally {
    closeFile(fd);
  }
}

/**
 * As {@link writeCopy} for a file that has the content already, as it was at one instant, whoever writes to
 * the source. It is read, and so the hash is that of what was stored.
 */
async function finishClone(
  run: MirrorRun,
  source: number,
  fd: number,
  path: string,
  before: ExactStats,
): Promise<WrittenCopy> {
  try {
    const content = await readThrough(
      fd,
      () => {},
      (bytes) => run.breathe(bytes),
    );
    const isSettled = isSameState(before, fstatExact(source)) && isWhole(before, content.size);
    return finishCopy(run, fd, path, before, content, isSettled);
  } finally {
    closeFile(fd);
  }
}

async function copyContent(
  run: MirrorRun,
  source: number,
  fd: number,
  path: string,
): Promise<{ readonly sha256: string; readonly size: number } | undefined> {
  let hasFailedToWrite = false;
  truncateFile(fd, 0);
  let end = 0;
  const write = (piece: Buffer, position: number) => {
    try {
      end = Math.max(end, writeWithHoles(fd, piece, position));
    } catch (error) {
      hasFailedToWrite = true;
      throw error;
    }
  };
  try {
    const content = await readThrough(source, write, (bytes) => run.breathe(bytes));
    if (end < content.size) {
      hasFailedToWrite = true;
      truncateFile(fd, content.size);
    }
    return content;
  } catch (error) {
    if (hasFailedToWrite || error instanceof CairnError) throw error;
    run.fail(path, sourceProblem(joinPath(run.plan.source, path), error));
    return undefined;
  }
}

function finishCopy(
  run: MirrorRun,
  fd: number,
  path: string,
  source: ExactStats,
  { sha256, size }: { readonly sha256: string; readonly size: number },
  isSettled: boolean,
): WrittenCopy {
  run.noteMetadata(path, setFileMetadata(fd, metadataFromStats(source), run.owner, true));
  const { mtimeNs } = fstatExact(fd);
  const from = isSettled ? settledStamp(source) : undefined;
  return { size, mtime: mtimeNs, sha256, ...(from && { from }) };
}

function noteChanging(run: MirrorRun, path: string): void {
  const fullPath = joinPath(run.plan.source, path);
  const message = `${displayPath(fullPath)} was written while it was copied: the copy may be a mixture of old and new. Mirror again.`;
  run.problems.push({ path: fullPath, code: 'CHANGED', message });
}
