import { throwIfAborted } from '../../base/abort.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { displayPath } from '../../base/rawName.ts';
import { DestinationFolders, type EnteredFolder, type FolderPlace } from '../../disk/enteredFolders.ts';
import { joinPath } from '../../disk/paths.ts';
import { currentOwnerRules, type MetadataFailure, type OwnerRules } from '../../disk/entryMetadata.ts';
import { writeManifest } from './manifestFile.ts';
import { isManifestLink, type ManifestEntry, type ManifestHeader } from './manifestFormat.ts';
import type { MirrorLine, MirrorPlan, MirrorProblem } from './mirrorPlan.ts';
import { copyProblem, isGrave } from './mirrorProblems.ts';
import { nameOf, parentOf } from '../../base/pathBelow.ts';
import { stat } from '../../disk/stats.ts';
import { chmod } from '../../disk/changes.ts';
import { syncEntry } from '../../disk/syncEntry.ts';
import { canCloneFiles } from '../../disk/cloneFile.ts';
import { syncFileSystem } from '../../disk/syncFileSystem.ts';

export interface ExecuteMirrorOptions {
  /** Do what `needsForce` of the plan warns of, and delete even if something could not be copied. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: ProgressListener;
  /** Hears of everything that was done. */
  readonly onEntry?: (line: MirrorLine) => void;
}

const OWNER_ALL = 0o700;
/** More files than these are made durable by one call for the whole file system. */
const MANY_FILES = 100;
/** A run that is killed loses at most so much of its knowledge. Milliseconds. */
const CHECKPOINT_MS = 60_000;

/** What all steps of executing a plan share. */
export class MirrorRun {
  readonly plan: MirrorPlan;
  readonly options: ExecuteMirrorOptions;
  readonly owner: OwnerRules = currentOwnerRules();
  readonly reach = new DestinationFolders();
  /** What the manifest will say: nothing that is not there. */
  readonly entries = new Map<string, ManifestEntry>();
  readonly problems: MirrorProblem[] = [];
  /** Paths that could not be made; what belongs below them is passed over. */
  readonly failed = new Set<string>();
  /** Permissions of folders that had to be opened up. */
  readonly formerModes = new Map<string, number>();
  /** False once the file system has said that it cannot share blocks between files. */
  canClone = canCloneFiles;
  readonly count = { copied: 0, bytes: 0, linked: 0, folders: 0, metadata: 0, deleted: 0 };
  readonly #header: Omit<ManifestHeader, 'isComplete'>;
  readonly #report: ReturnType<typeof throttleProgress>;
  readonly #touched = new Set<string>();
  readonly #unsyncedFolders = new Set<string>();
  #unsyncedFiles: string[] = [];
  #savedAt = performance.now();
  #sliceEnd = 0;

  constructor(plan: MirrorPlan, options: ExecuteMirrorOptions, startedAt: Date) {
    this.plan = plan;
    this.options = options;
    this.#report = throttleProgress(options.onProgress);
    this.#header = { created: startedAt.toISOString(), ...plan.identity };
  }

  /** The absolute path of something in the copy. */
  pathOf(path: string): string {
    return joinPath(this.plan.folder, path);
  }

  enter(path: string): EnteredFolder {
    return this.reach.enter({ root: this.plan.folder, path });
  }

  /** Enters the folder in which something is about to be changed. */
  enterForWriting(path: string): EnteredFolder {
    const entered = this.enter(path);
    this.#unsyncedFolders.add(path);
    if (this.#touched.has(path)) return entered;
    this.#touched.add(path);
    const formerMode = this.openUp({ root: this.plan.folder, path });
    if (formerMode !== undefined) this.formerModes.set(path, formerMode);
    return entered;
  }

  /** Lets the owner of a folder write in it, and returns the permissions it had if they did not. */
  openUp(place: FolderPlace): number | undefined {
    if (this.owner.isRoot || this.owner.uid < 0) return undefined;
    const at = this.reach.enter(place).at('');
    const { mode, uid } = stat(at);
    if (uid !== this.owner.uid || (mode & OWNER_ALL) === OWNER_ALL) return undefined;
    chmod(at, (mode & 0o7777) | OWNER_ALL);
    return mode & 0o7777;
  }

  /** Between two steps: heeds a cancellation, and lets messages in. */
  async breathe(bytes = 0): Promise<void> {
    this.count.bytes += bytes;
    const { bytes: done, copied } = this.count;
    const { copyBytes, copyNew, copyChanged } = this.plan.totals;
    const totals = { totalItems: copyNew + copyChanged, totalBytes: copyBytes };
    this.#report.report({ phase: 'Copying files', items: copied, bytes: done, ...totals });
    throwIfAborted(this.options.signal);
    if (performance.now() < this.#sliceEnd) return;
    await new Promise(setImmediate);
    this.#sliceEnd = performance.now() + 5;
  }

  close(): void {
    this.#report.flush();
    this.reach.close();
  }

  /** Does something to an entry of the copy. If that fails, it is noted, and the answer is false. */
  async attempt(path: string, action: () => void | Promise<void>): Promise<boolean> {
    if (this.failed.has(parentOf(path))) {
      this.failed.add(path);
      return false;
    }
    try {
      await action();
      return true;
    } catch (error) {
      this.fail(path, copyProblem(this.pathOf(path), error));
      return false;
    }
  }

  fail(path: string, problem: MirrorProblem): void {
    this.failed.add(path);
    this.problems.push(problem);
  }

  noteMetadata(path: string, failures: readonly MetadataFailure[]): void {
    for (const { step, code } of failures) {
      const fullPath = this.pathOf(path);
      const message = `The ${step} of ${displayPath(fullPath)} could not be set (${code}).`;
      this.problems.push({ path: fullPath, code: 'METADATA', message });
    }
  }

  /** Notes that a file with this content stands there now. */
  noteFile(path: string, entry: ManifestEntry, isWritten: boolean): void {
    this.entries.set(path, entry);
    if (isWritten && !isManifestLink(entry)) this.#unsyncedFiles.push(path);
  }

  /** How much that should be in the copy is not. */
  countLacking(): number {
    return [...this.plan.problems, ...this.problems].filter(isGrave).length;
  }

  /** Saves the manifest now and then, so that a killed run does not begin again from nothing. */
  async checkpoint(): Promise<void> {
    if (performance.now() - this.#savedAt > CHECKPOINT_MS) await this.saveManifest(false);
  }

  /** Makes what was written durable, and then the manifest that says so. */
  async saveManifest(isComplete: boolean): Promise<void> {
    await this.#sync();
    const lacking = isComplete && this.plan.dated ? this.countLacking() : 0;
    const header = { ...this.#header, isComplete, ...(lacking > 0 && { lacking }) };
    await writeManifest(this.reach, this.plan.folder, header, this.entries.values());
    this.#savedAt = performance.now();
  }

  async #sync(): Promise<void> {
    const files = this.#unsyncedFiles;
    this.#unsyncedFiles = [];
    if (files.length > MANY_FILES && (await syncFileSystem(this.plan.folder))) return this.#unsyncedFolders.clear();
    for (const path of files) await this.#syncEntry(parentOf(path), nameOf(path));
    for (const path of this.#unsyncedFolders) await this.#syncEntry(path, '');
    this.#unsyncedFolders.clear();
  }

  async #syncEntry(folder: string, name: string): Promise<void> {
    let entered: EnteredFolder;
    try {
      entered = this.enter(folder);
    } catch {
      // What is gone needs no syncing.
      return;
    }
    await syncEntry(entered.at(name), name === '');
  }
}
