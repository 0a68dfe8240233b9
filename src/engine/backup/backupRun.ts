import { isGitData } from '../../base/gitData.ts';
import { throwIfAborted } from '../../base/abort.ts';
import { strikesEveryCall } from '../../base/errors.ts';
import { systemCode } from '../../base/systemCode.ts';
import type { ProgressListener } from '../../base/progress.ts';
import { displayPath } from '../../base/rawName.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import { parseTime } from '../../repository/format/time.ts';
import { metadataToJson, treeToJson, type WrittenNode } from '../../repository/format/tree.ts';
import type { PackSaver } from '../../repository/pack/packSaver.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import type { ChangedPaths } from '../../workspace/changedPaths.ts';
import { withReachablePath } from '../../disk/reachablePath.ts';
import type { CodecPool } from '../codec/codecPool.ts';
import type { StoredFile, StoringEffort } from '../codec/storeFiles.ts';
import { TreeWriter } from '../codec/treeWriter.ts';
import type { Session } from '../session.ts';
import { AttributeReader } from './attributeReader.ts';
import type { BackupProblem, SkippedEntry } from './findings.ts';
import type { BackupOptions, EntryChange } from './backupOptions.ts';
import { compareContent, isUnchanged } from './changeDetection.ts';
import { explainProblem } from './explainProblem.ts';
import type { FolderSource, SourceEntry, SourceListener, WalkEntry } from './folderSource.ts';
import { nodeFromStat, nodeTypeOf, takeAttributes } from './nodeFromStat.ts';
import { RecordedFolder, type FoundEntry } from './recordedFolder.ts';
import { SourceEntries } from './sourceEntries.ts';
import { StoreQueue } from './storeQueue.ts';
import { RemovedFiles } from './removedFiles.ts';
import { buildTargetTree, type TargetNode } from './targetTree.ts';
import { TargetComparison } from './targetComparison.ts';
import { applyAttributes, TreeAssembler, type OpenFolder } from './treeAssembler.ts';
import { createUserNames } from '../../disk/userNames.ts';
import type { RunningWalk } from './runningWalk.ts';
import { WalkAhead } from './walkAhead.ts';
import { readlink } from '../../disk/changes.ts';
import { isSettled } from '../../disk/settledTimes.ts';
import type { DiskPath } from '../../base/pathKinds.ts';
import { ChangeTally } from './alarm/changeTally.ts';
import { fileBefore } from './alarm/fileBefore.ts';
import { BackupCount } from './backupCount.ts';
import { ChangedPlace } from './changedPlace.ts';
import { UnreadSources } from './unreadSources.ts';

/** A folder that is being walked. */
interface FolderWork {
  readonly open: OpenFolder;
  readonly entries: readonly WalkEntry[];
  next: number;
}

/** A file that is being stored. */
interface FileWork {
  readonly entry: SourceEntry;
  readonly node: Node;
  /** What the parent snapshot has under its name. */
  readonly recorded: Node | undefined;
}

/** What a backup builds on. */
export interface BackupBase {
  /** The places that a person named. */
  readonly sources: readonly DiskPath[];
  /** The snapshot to compare with. */
  readonly parent: StoredSnapshot | undefined;
  /** What may have changed since the parent, which has all targets. Absent: anything. */
  readonly changes?: ChangedPaths;
  /** What walks the source, if that is not to be done here. */
  readonly walk?: RunningWalk | undefined;
}

/** The walk gives way to messages from the threads after this many milliseconds. */
const WALK_SLICE_MS = 5;

/** One backup in progress: the state that the walk, the threads' results and the trees share. */
export class BackupRun {
  readonly problems: BackupProblem[] = [];
  readonly skipped: SkippedEntry[] = [];
  /** Known once storing began. */
  targetTree: TargetNode | undefined;
  bytesRead = 0;
  /** Of what was looked at. */
  readonly count = new BackupCount();
  /** Where the files are that differ, but for git's own. */
  readonly changed = new ChangedPlace();
  readonly tally = new ChangeTally();
  readonly removed = new RemovedFiles(this.changed, this.tally);
  /** Whether there is anything in what a person named. To be asked when all is stored. */
  readonly sources: UnreadSources;
  readonly #session: Session;
  readonly #codecs: CodecPool;
  readonly #saver: PackSaver;
  readonly #options: BackupOptions;
  readonly #parent: StoredSnapshot | undefined;
  readonly #parentTime: bigint;
  readonly #onProgress: ProgressListener;
  readonly #walk: RunningWalk | undefined;
  readonly #source: FolderSource;
  readonly #queue: StoreQueue;
  readonly attributes: AttributeReader;
  readonly #assembler: TreeAssembler;
  readonly #trees: TreeWriter;
  readonly #names = createUserNames();
  readonly #targets = new TargetComparison();
  #isWalked = false;

  constructor(
    session: Session,
    codecs: CodecPool,
    saver: PackSaver,
    options: BackupOptions,
    { parent, changes, walk, sources }: BackupBase,
    onProgress: ProgressListener,
  ) {
    this.#session = session;
    this.#codecs = codecs;
    this.#saver = saver;
    this.#options = options;
    this.#parent = parent;
    this.#parentTime = parent ? parseTime(parent.snapshot.time) : 0n;
    this.#onProgress = onProgress;
    this.#walk = walk;
    this.sources = new UnreadSources(sources, changes !== undefined);
    this.#source = this.#openSource(changes);
    this.#queue = new StoreQueue(codecs, session.index, (added) => {
      // What cannot be stored need not be read.
      saver.throwIfFailed();
      this.count.addData(added);
    });
    this.#assembler = new TreeAssembler((folder) => this.#saveTree(folder));
    this.#trees = new TreeWriter(session, saver);
    this.attributes = new AttributeReader({ parent, isSave: changes !== undefined }, options.signal, (folder) =>
      this.#assembler.complete(folder),
    );
  }

  #openSource(changes: ChangedPaths | undefined): FolderSource {
    const { rules, keepGitFolders = false } = this.#options;
    const listener: SourceListener = {
      problem: (path, code) => this.#report(path, code),
      skipped: (entry) => void this.skipped.push(entry),
    };
    if (this.#walk) return new WalkAhead(this.#walk, listener, rules.onMatch);
    const canKeep = (node: Node) => this.#canKeep(node);
    return new SourceEntries({ rules, changes, keepGitFolders, canKeep }, listener);
  }

  get isAborted(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  /** Stores everything and returns the root tree; packs are handed over, though perhaps not yet durable. */
  async store(targets: readonly string[]): Promise<BlobId> {
    const targetTree = this.#walk?.plan.tree ?? buildTargetTree(targets, this.#options.workingFolder);
    this.targetTree = targetTree;
    const recorded = await this.#loadRecorded(this.#parent?.snapshot.tree);
    const open = this.#assembler.open(undefined, undefined, recorded);
    this.#targets.add(open, targetTree);
    await this.#store({ open, entries: await this.#source.top(targetTree, recorded), next: 0 });
    this.#isWalked = true;
    this.#onProgress({ phase: 'Backing up', ...this.count.progress(true) });
    await this.#queue.drain();
    await this.attributes.drain();
    await this.flushPacks();
    return this.#assembler.rootTree!;
  }

  /** True if what is at the targets is as the parent has it. To be asked when all is stored. */
  get isUnchanged(): boolean {
    return this.#targets.isUnchanged;
  }

  /** Hands over the packs that are partly filled. */
  async flushPacks(): Promise<void> {
    await this.#codecs.runOnEach('flushPacks', undefined);
    this.#trees.flush();
  }

  async #store(top: FolderWork): Promise<void> {
    const stack = [top];
    let sliceEnd = performance.now() + WALK_SLICE_MS;
    for (let work = stack.at(-1); work; work = stack.at(-1)) {
      const entry = work.entries[work.next++];
      if (!entry) {
        stack.pop();
        this.#assembler.complete(work.open);
        continue;
      }
      if ('kept' in entry) this.#assembler.add(work.open, entry.kept, true);
      else if (nodeTypeOf(entry.stats) === 'dir') stack.push(...(await this.#enterFolder(work.open, entry)));
      else this.#storeEntry(work.open, entry);
      if (performance.now() < sliceEnd) continue;
      throwIfAborted(this.#options.signal);
      await new Promise(setImmediate);
      await this.#queue.ready();
      await this.attributes.ready();
      await this.#saver.ready();
      sliceEnd = performance.now() + WALK_SLICE_MS;
    }
  }

  /** Nothing if the folder need not be entered, or cannot be. */
  async #enterFolder(parent: OpenFolder, entry: SourceEntry): Promise<FolderWork[]> {
    const { name, target } = entry;
    const { recorded } = parent;
    const kept = this.#options.keepGitFolders && name === '.git' ? recorded?.nodes?.get(name) : undefined;
    if (kept?.type === 'dir' && this.#canKeep(kept)) {
      this.sources.noteStored(entry.path);
      this.attributes.noteKept();
      this.#assembler.add(parent, kept, true);
      return [];
    }
    const isAbove = target !== undefined && !target.isTarget;
    const above = isAbove && !entry.isWhole ? recorded?.nodes?.get(name) : undefined;
    const node = above?.type === 'dir' ? { ...above } : nodeFromStat(name, entry.stats, this.#names);
    const metadata = above ? metadataToJson(node) : (entry.metadata ?? metadataToJson(node));
    const found = recorded?.findNext('dir', metadata);
    const before = found && !found.hasAttributes ? undefined : recorded?.passOn(node);
    const folder = await this.#loadRecorded(found ? found.content[0] : before?.subtree);
    const entries = await this.#source.entriesOf(entry, folder);
    // An empty folder would say that there was nothing in it.
    if (!entries) {
      recorded?.markDifferent();
      return [];
    }
    const slot = this.#assembler.add(parent, node, false);
    if (!above) this.#wantAttributes(parent, slot, entry, found !== undefined || before?.ctime === node.ctime);
    const open = this.#assembler.open(parent, node, folder, isAbove ? undefined : entry.path);
    if (isAbove) this.#targets.add(open, target);
    return [{ open, entries, next: 0 }];
  }

  #storeEntry(folder: OpenFolder, entry: SourceEntry): void {
    if (nodeTypeOf(entry.stats) === 'file') return this.#storeFile(folder, entry);
    const node = nodeFromStat(entry.name, entry.stats, this.#names);
    if (node.type === 'socket') return this.#skipSpecial(entry.path, 'a socket, which only lives with its program');
    if (node.type === 'symlink') {
      try {
        node.linkTarget = withReachablePath(entry.path, readlink);
      } catch (error) {
        return this.#report(entry.path, systemCode(error) ?? 'EIO');
      }
    } else {
      this.#skipSpecial(entry.path, `a ${node.type}: its entry is stored, what it would deliver is not read`);
    }
    const found = folder.recorded?.findNext(node.type, metadataToJson(node));
    const recorded = found && !found.hasAttributes ? node : folder.recorded?.passOn(node);
    const slot = this.#assembler.add(folder, node, true);
    // As restic does, which followed links until 0.16.
    if (node.type !== 'symlink') this.#wantAttributes(folder, slot, entry, recorded?.ctime === node.ctime);
    this.sources.noteStored(entry.path);
    const same = recorded?.type === node.type && recorded.linkTarget === node.linkTarget;
    this.#options.onEntry?.(entry.path, !recorded ? 'new' : same ? 'unchanged' : 'changed', 'other');
  }

  #storeFile(folder: OpenFolder, entry: SourceEntry): void {
    const { name, stats } = entry;
    const size = Number(stats.size);
    this.count.find(size);
    const found = this.#findAgain(folder, entry);
    if (found) return this.#keepFile(folder, entry, { name, json: found.json });
    folder.recorded?.markDifferent();
    const node = nodeFromStat(name, stats, this.#names);
    const recorded = folder.recorded?.passOn(node);
    if (recorded && this.#isKept(recorded, entry)) {
      node.content = recorded.content;
      return this.#keepFile(folder, entry, node);
    }
    const slot = this.#assembler.add(folder, node, false);
    this.#wantAttributes(folder, slot, entry, recorded?.type === 'file' && recorded.ctime === node.ctime);
    const { mtimeNs, ctimeNs } = stats;
    const isJudged = this.#parent !== undefined;
    this.#queue.add({ path: entry.path, size, mtimeNs, ctimeNs, isJudged }, (stored) => {
      if (this.isAborted) return;
      this.#finishFile(folder, slot, { entry, node, recorded }, stored);
      this.#assembler.complete(folder);
    });
  }

  /** Adds a file that is as the parent has it. */
  #keepFile(folder: OpenFolder, entry: SourceEntry, node: Node | WrittenNode): void {
    const slot = this.#assembler.add(folder, node, true);
    this.#wantAttributes(folder, slot, entry, true);
    this.#countFile(folder, entry.path, 'unchanged', Number(entry.stats.size));
  }

  #finishFile(
    folder: OpenFolder,
    slot: number,
    { entry, node: planned, recorded }: FileWork,
    stored: StoredFile,
  ): void {
    if ('failure' in stored) {
      folder.nodes[slot] = undefined;
      return this.#report(entry.path, stored.failure);
    }
    const node = stored.stats ? nodeFromStat(entry.name, stored.stats, this.#names) : planned;
    if (stored.stats) takeAttributes(node, recorded);
    node.content = stored.content;
    if (stored.size > 0) node.size = stored.size;
    else delete node.size;
    folder.nodes[slot] = node;
    this.bytesRead += stored.size;
    if (stored.torn) this.#report(entry.path, 'TORN');
    if (stored.isNoise && !folder.isRoutine) {
      this.tally.noteNoise(entry.path, stored.size, fileBefore(this.#session.index, recorded, entry.name));
    }
    this.#countFile(folder, entry.path, compareContent(node, recorded), stored.size, stored.effort);
  }

  /** The entry of the parent for a file that stands there just as it is now, and whose content is stored. */
  #findAgain({ recorded }: OpenFolder, { name, stats, metadata }: SourceEntry): FoundEntry | undefined {
    if (this.#options.forceHash || !recorded) return undefined;
    const found = recorded.findNext('file', metadata ?? metadataToJson(nodeFromStat(name, stats, this.#names)));
    return found && isSettled(stats, this.#parentTime) && this.#areStored(found.content) ? found : undefined;
  }

  /** Whether a file has the content that the parent recorded, and that is stored. */
  #isKept(recorded: Node, { stats }: SourceEntry): boolean {
    return (
      !this.#options.forceHash &&
      isUnchanged(stats, recorded, this.#parentTime, this.#options) &&
      this.#canKeep(recorded)
    );
  }

  /** True if what a node of the parent refers to is stored. */
  #canKeep({ type, content, subtree }: Node): boolean {
    if (type === 'dir') return subtree !== undefined && this.#session.index.isPresent('tree', subtree);
    return type !== 'file' || (content !== null && this.#areStored(content));
  }

  #areStored(content: readonly BlobId[]): boolean {
    return content.every((id) => this.#session.index.isPresent('data', id));
  }

  /** Has the extended attributes of an entry read, unless those that are recorded are known to be right. */
  #wantAttributes(folder: OpenFolder, slot: number, entry: SourceEntry, isAsRecorded: boolean): void {
    if (!isAsRecorded || !this.attributes.isKnown(entry.stats)) this.attributes.add(folder, slot, entry);
  }

  async #loadRecorded(tree: BlobId | undefined): Promise<RecordedFolder | undefined> {
    if (tree === undefined) return undefined;
    try {
      return new RecordedFolder(tree, await this.#session.reader.load('tree', tree));
    } catch (error) {
      if (strikesEveryCall(error)) throw error;
      // A damaged parent costs reading the files again, nothing else.
      return undefined;
    }
  }

  #saveTree(folder: OpenFolder): BlobId {
    const { recorded } = folder;
    applyAttributes(folder);
    this.removed.noteFolder(folder);
    const { id: tree, effort } = recorded?.isFoundAgain ? { id: recorded.tree } : this.#storeTree(folder);
    const change = !recorded ? 'new' : recorded.tree === tree ? 'unchanged' : 'changed';
    if (folder.parent) this.count.addFolder(change);
    if (folder.path !== undefined) this.#options.onEntry?.(folder.path, change, 'dir', effort);
    return tree;
  }

  #storeTree({ nodes }: OpenFolder): { readonly id: BlobId; readonly effort?: StoringEffort } {
    const startedAt = performance.now();
    const json = treeToJson(nodes.filter((node) => node !== undefined));
    const { length: bytes } = json;
    const { id, packed } = this.#trees.write(json);
    if (packed === undefined) return { id };
    this.count.addTree(bytes, packed);
    return { id, effort: { ms: performance.now() - startedAt, bytes, packed } };
  }

  #countFile(
    { isRoutine }: OpenFolder,
    path: DiskPath,
    change: EntryChange,
    size: number,
    effort?: StoringEffort,
  ): void {
    this.sources.noteStored(path);
    const isGit = isGitData(path);
    this.count.addFile(change, size, isGit);
    this.tally.noteFile(change, isRoutine);
    if (change !== 'unchanged' && !isGit) this.changed.note(path);
    this.#options.onEntry?.(path, change, 'file', effort);
    this.#onProgress({ phase: 'Backing up', ...this.count.progress(this.#isWalked), current: path });
  }

  #skipSpecial(path: DiskPath, detail: string): void {
    this.skipped.push({ path, reason: 'special', detail });
  }

  #report(path: DiskPath, code: string): undefined {
    this.removed.noteProblem(path, code);
    this.problems.push({ path, code, message: `${displayPath(path)} ${explainProblem(code)}` });
  }
}
