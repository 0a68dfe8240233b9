import { spawnSync } from 'node:child_process';
import { systemCode } from '../../base/systemCode.ts';
import { displayPath } from '../../base/rawName.ts';
import type { EnteredFolder } from '../../disk/enteredFolders.ts';
import { setLinkMetadata, setPathMetadata, withPinned, type MetadataFailure } from '../../disk/entryMetadata.ts';
import { isSameStamp } from './planEntries.ts';
import type { PlannedFile, PlannedLink, PlannedOther } from './restorePlan.ts';
import { entryKey, type RestoreRun } from './restoreRun.ts';
import { createTemporary, removeTemporary, renameTemporary } from '../../disk/temporaryName.ts';
import { stat } from '../../disk/stats.ts';
import { hardLink, symlink } from '../../disk/changes.ts';

/** Restores symbolic links, named pipes and devices. */
export async function restoreOthers(run: RestoreRun): Promise<void> {
  for (const entry of run.plan.others) {
    await run.giveWay();
    if (run.failedFolders.has(entry.folder)) continue;
    const path = () => run.path(entry);
    run.attempt(path, () => {
      const metadata = restoreOther(run, run.enter(entry.folder), entry);
      if (metadata === 'skipped') return;
      run.noteMetadata(path, metadata);
      if (entry.change !== 'metadata') run.changedFolders.add(entry.folder);
      run.count[entry.change === 'metadata' ? 'metadata' : 'others']++;
      run.options.onEntry?.(path(), entry.change, 'other');
    });
  }
}

function restoreOther(run: RestoreRun, folder: EnteredFolder, entry: PlannedOther): MetadataFailure[] | 'skipped' {
  if (entry.change === 'metadata') return setOtherMetadata(run, folder, entry.name, entry);
  if (entry.type === 'symlink') {
    const { temporary } = createTemporary(folder, entry.name, (path) => {
      symlink(entry.linkTarget!, path);
    });
    return complete(run, folder, temporary, entry);
  }
  const made = makeSpecial(folder, entry);
  if (made.temporary !== undefined) return complete(run, folder, made.temporary, entry);
  run.skipped.push({ path: run.path(entry), reason: made.reason });
  return 'skipped';
}

function complete(run: RestoreRun, folder: EnteredFolder, temporary: string, entry: PlannedOther): MetadataFailure[] {
  try {
    const failures = setOtherMetadata(run, folder, temporary, entry);
    renameTemporary(folder, temporary, entry.name, entry.change as 'create' | 'overwrite', entry.seen);
    return failures;
  } catch (error) {
    removeTemporary(folder, temporary);
    throw error;
  }
}

function setOtherMetadata(
  run: RestoreRun,
  folder: EnteredFolder,
  name: string,
  { type, metadata }: PlannedOther,
): MetadataFailure[] {
  if (type === 'symlink') return setLinkMetadata(folder.at(name), metadata, run.owner);
  return withPinned(folder, name, (path) => setPathMetadata(path, metadata, run.owner));
}

/** Node cannot make pipes and devices; the system's programs can. */
function makeSpecial(
  folder: EnteredFolder,
  { type, device = 0 }: PlannedOther,
): { temporary: string } | { temporary?: never; reason: string } {
  const program = type === 'fifo' ? 'mkfifo' : 'mknod';
  let failure = '';
  const { temporary } = createTemporary(folder, type, (path) => {
    const name = String(path).slice(String(folder.at('')).length);
    // The folder is passed on as an open descriptor, so that no path leads anywhere else.
    const target = folder.fd === undefined ? String(path) : `/proc/self/fd/3${name}`;
    const numbers = type === 'fifo' ? [] : [type === 'dev' ? 'b' : 'c', ...deviceNumbers(BigInt(device))];
    const { status, error, stderr } = spawnSync(program, ['-m', '600', target, ...numbers], {
      stdio: ['ignore', 'ignore', 'pipe', ...(folder.fd === undefined ? [] : [folder.fd])],
      encoding: 'utf8',
    });
    if (error) failure = systemCode(error) === 'ENOENT' ? `the program ${program} is missing` : error.message;
    else if (status !== 0) failure = `${program} failed: ${displayPath(stderr.trim())}`;
  });
  return failure === '' ? { temporary } : { reason: failure };
}

/** Major and minor number of a device, as Linux packs them into 64 bits. */
function deviceNumbers(device: bigint): [string, string] {
  const major = ((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n);
  const minor = (device & 0xffn) | ((device >> 12n) & 0xffffff00n);
  return [String(major), String(minor)];
}

/** Sets owner, mode and times of files whose content is right. */
export async function restoreFileMetadata(run: RestoreRun, files: readonly PlannedFile[]): Promise<void> {
  for (const file of files) {
    await run.giveWay();
    if (run.failedFolders.has(file.folder)) continue;
    const path = () => run.path(file);
    run.attempt(path, () => {
      const isDone = withPinned(run.enter(file.folder), file.name, (pinned) => {
        const stats = stat(pinned);
        if (!stats.isFile() || !isSameStamp(stats, file.seen!)) return false;
        run.noteMetadata(path, setPathMetadata(pinned, file.metadata, run.owner));
        return true;
      });
      if (!isDone) return run.fail(path(), { code: 'CHANGED' });
      run.count.metadata++;
      run.options.onEntry?.(path(), 'metadata', 'file');
    });
  }
}

/** Codes that say that this link cannot be, though its file can. */
const unlinkable: ReadonlySet<string | undefined> = new Set([
  'EXDEV',
  'EMLINK',
  'EPERM',
  'ENOTSUP',
  'ENOSYS',
  'ENOENT',
]);

/** Makes further names of files. Returns those that have to be files of their own. */
export async function restoreLinks(run: RestoreRun): Promise<PlannedLink[]> {
  const alone: PlannedLink[] = [];
  for (const link of run.plan.links) {
    await run.giveWay();
    if (run.failedFolders.has(link.folder)) continue;
    if (run.failedFolders.has(link.target.folder) || run.failedFiles.has(entryKey(link.target))) {
      alone.push(link);
      continue;
    }
    const path = () => run.path(link);
    run.attempt(path, () => {
      if (!restoreLink(run, link)) return void alone.push(link);
      run.changedFolders.add(link.folder);
      run.count.links++;
      run.options.onEntry?.(path(), link.change, 'file');
    });
  }
  return alone;
}

function restoreLink(run: RestoreRun, link: PlannedLink): boolean {
  const target = run.enter(link.target.folder).at(link.target.name);
  const folder = run.enter(link.folder);
  let temporary: string;
  try {
    ({ temporary } = createTemporary(folder, link.name, (path) => hardLink(target, path)));
  } catch (error) {
    if (unlinkable.has(systemCode(error))) return false;
    throw error;
  }
  try {
    renameTemporary(folder, temporary, link.name, link.change as 'create' | 'overwrite', link.seen);
    return true;
  } finally {
    // Renaming a name over another one of the same file does nothing at all (POSIX rename).
    removeTemporary(folder, temporary);
  }
}
