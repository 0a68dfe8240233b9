/**
 * Puts back from a guard what its repository lacks, by links where both are on one file system and as copies else. It
 * needs nothing but the guard: no password, no index. Nothing that is there is overwritten, but for a file that is
 * proven to be damaged, by one that is proven to be whole.
 */
import { allFolders, relativePath } from '../../backend/layout.ts';
import type { FileHandle } from '../../backend/backend.ts';
import { CairnError } from '../../base/errors.ts';
import { createGiveWay } from '../../base/giveWay.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { displayPath } from '../../base/rawName.ts';
import { systemCode } from '../../base/systemCode.ts';
import { hardLink, rename, unlink, unlinkIfThere } from '../../disk/changes.ts';
import { createFolder, makeFolder, syncFolder } from '../../disk/durableWrite.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { hashFile } from '../../disk/hashFile.ts';
import { joinName, joinPath, parentFolder } from '../../disk/paths.ts';
import { readSmallFile, writePrivateFile } from '../../disk/smallFile.ts';
import { lstatExactIfThere } from '../../disk/stats.ts';
import { copyFileDurably } from '../../disk/copyDurably.ts';
import { readAbout, readGuardedPassword, type GuardAbout } from './aboutFile.ts';
import { isSameConfig } from './guard.ts';
import { allFiles, FILES, listBatches, listIfThere, placeOf } from './guardFiles.ts';

export interface RecoverOptions {
  /** Where the repository is to be; where it was, unless stated. */
  readonly target?: DiskPath;
  /** Also what was forgotten and pruned, as far as the guard has it still. */
  readonly withRemoved?: boolean;
  /** Reads every file that is there, and puts a good one in the place of one that is damaged. */
  readonly readData?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
}

export interface Recovered {
  readonly repository: DiskPath;
  /** Files that were put back. */
  readonly restored: number;
  /** Of these, in the place of damaged ones. */
  readonly replaced: number;
  /** Files that were there and stay. */
  readonly present: number;
  /** Files that are damaged, in the repository and in the guard, by their places in both. */
  readonly damaged: readonly string[];
  /** The password file: put back, there already, or with another password than the guard's. */
  readonly password?: 'restored' | 'present' | 'other';
}

/**
 * Brings a repository back. Throws `file-not-found` if the folder is no guard, `refused` if another repository, or
 * anything else, is in its place, `aborted`, and the system's error.
 */
export async function recoverGuard(guard: DiskPath, options: RecoverOptions = {}): Promise<Recovered> {
  const about = readAbout(guard);
  if (!about) throw new CairnError('file-not-found', `${displayPath(guard)} is no guard of a repository.`);
  const repository = options.target ?? about.repository;
  refuseOthers(guard, repository, options.target !== undefined);
  await makeFolder(repository, 0o700);
  for (const folder of allFolders()) createFolder(joinPath(repository, folder), 0o700);
  const recovery = new Recovery(guard, repository, options);
  await recovery.run();
  const password = about.repository === repository ? recoverPassword(guard, about) : undefined;
  const { restored, replaced, present, damaged } = recovery;
  return { repository, restored, replaced, present, damaged, ...(password && { password }) };
}

function refuseOthers(guard: DiskPath, repository: DiskPath, isChosen: boolean): void {
  const names = listIfThere(repository);
  if (names.includes('config')) {
    if (isSameConfig(guard, repository)) return;
    throw new CairnError(
      'refused',
      `There is another repository at ${displayPath(repository)} by now. Nothing was changed. Give another place with --target; "cairn copy" brings the snapshots of one into the other.`,
    );
  }
  const parts = new Set(allFolders());
  if (!isChosen || names.every((name) => parts.has(name))) return;
  throw new CairnError(
    'refused',
    `${displayPath(repository)} holds other files. Nothing was changed. Move them away, or give another place with --target.`,
  );
}

/** A repository whose config comes last is one only when all of it is there. */
const order = ['key', 'pack', 'index', 'snapshot', 'config'];

class Recovery {
  restored = 0;
  replaced = 0;
  present = 0;
  readonly damaged: string[] = [];
  readonly #guard: DiskPath;
  readonly #repository: DiskPath;
  readonly #options: RecoverOptions;

  constructor(guard: DiskPath, repository: DiskPath, options: RecoverOptions) {
    this.#guard = guard;
    this.#repository = repository;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { signal, onProgress } = this.#options;
    const sources = [...this.#sources()].sort(([a], [b]) => order.indexOf(a.type) - order.indexOf(b.type));
    const giveWay = createGiveWay(signal);
    const progress = throttleProgress(onProgress);
    const changed = new Set<DiskPath>();
    for (const [at, [handle, source]] of sources.entries()) {
      await giveWay();
      // What leads to all else is made durable after it.
      if (handle.type === 'config') await syncAll(changed);
      if (await this.#restore(handle, source)) changed.add(parentFolder(placeOf(this.#repository, handle)));
      progress.report({ phase: 'Putting back files', items: at + 1, totalItems: sources.length, bytes: 0 });
    }
    await syncAll(changed);
    progress.flush();
  }

  /** Each file with its place in the guard; the newest, if there are several. */
  #sources(): Map<FileHandle, DiskPath> {
    const batches = listBatches(this.#guard).filter(({ kind }) => kind === 'missing' || this.#options.withRemoved);
    const seen = new Set<string>();
    const sources = new Map<FileHandle, DiskPath>();
    for (const name of [FILES, ...batches.reverse().map((batch) => batch.name)]) {
      const top = joinName(this.#guard, name);
      for (const handle of allFiles(top)) {
        const place = relativePath(handle);
        if (!seen.has(place)) sources.set(handle, placeOf(top, handle));
        seen.add(place);
      }
    }
    return sources;
  }

  /** Returns whether anything was changed. */
  async #restore(handle: FileHandle, source: DiskPath): Promise<boolean> {
    const place = placeOf(this.#repository, handle);
    const there = lstatExactIfThere(toFsPath(place));
    const kept = lstatExactIfThere(toFsPath(source));
    if (!there) {
      await link(source, place);
      this.restored++;
      return true;
    }
    const isSuspect = kept !== undefined && there.size !== kept.size;
    if (handle.type === 'config' || !(isSuspect || this.#options.readData) || (await isGood(handle, place))) {
      this.present++;
      return false;
    }
    if ((there.ino === kept?.ino && there.dev === kept.dev) || !(await isGood(handle, source))) {
      this.damaged.push(relativePath(handle));
      return false;
    }
    const beside = `${place}-tmp-${'0'.repeat(16)}`;
    unlinkIfThere(toFsPath(beside));
    await link(source, beside);
    rename(toFsPath(beside), toFsPath(place));
    this.restored++;
    this.replaced++;
    return true;
  }
}

/** Whether a file has the SHA-256 that is its name. */
async function isGood({ name }: FileHandle, path: DiskPath): Promise<boolean> {
  const giveWay = createGiveWay();
  const hashed = await hashFile(path, async () => giveWay());
  return hashed?.sha256 === name;
}

async function link(source: DiskPath, place: DiskPath): Promise<void> {
  try {
    hardLink(toFsPath(source), toFsPath(place));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return;
    if (code === undefined || code === 'ENOENT' || code === 'ENOSPC') throw error;
    await copyFileDurably(source, place, 0o400);
  }
}

async function syncAll(folders: ReadonlySet<DiskPath>): Promise<void> {
  for (const folder of folders) await syncFolder(folder);
}

/** What the password file of the default repository said. */
function recoverPassword(guard: DiskPath, { passwordFile }: GuardAbout): Recovered['password'] {
  const password = readGuardedPassword(guard);
  if (passwordFile === undefined || password === undefined) return undefined;
  try {
    // One that was emptied says nothing.
    if (lstatExactIfThere(toFsPath(passwordFile))?.size === 0n) unlink(toFsPath(passwordFile));
    writePrivateFile(passwordFile, password);
    return 'restored';
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    return readSmallFile(passwordFile).toString('utf8').trim() === password.trim() ? 'present' : 'other';
  }
}
