import { throwIfAborted } from '../../base/abort.ts';
import { systemCode } from '../../base/systemCode.ts';
import { readExtendedAttributes, type ReadAttributes } from '../../disk/extendedAttributes.ts';
import { isLinux } from '../../disk/system.ts';
import type { EntryStats } from '../../disk/entryStats.ts';
import { isSettled } from '../../disk/settledTimes.ts';
import { parseTime } from '../../repository/format/time.ts';
import type { SourceEntry } from './folderSource.ts';
import type { StoredSnapshot } from '../../repository/snapshots.ts';
import { setSlot, type OpenFolder } from './treeAssembler.ts';

/** A process begins with so many entries, or with the last ones. */
const BATCH_ENTRIES = 4096;
/** The walk rests while so many entries wait: their folders are in memory. */
const MAX_WAITING = 16_384;
/** So few entries of a save are not worth a process, if nothing around them has any. */
const FEW_ENTRIES = 16;

interface Wanted {
  readonly folder: OpenFolder;
  readonly slot: number;
  readonly path: string;
}

interface AttributeSource {
  readonly parent: StoredSnapshot | undefined;
  /** Only what may have changed is looked at. */
  readonly isSave: boolean;
}

/** Why the snapshot lacks attributes: the program is missing, or it could not read some. */
export type UnreadAttributes = 'no-program' | 'failed';

/**
 * Reads the extended attributes of entries in the background, one process after the other, each with all that came
 * up meanwhile. A folder is not complete before those of its entries are known. What cannot be read is taken over
 * from the parent snapshot.
 *
 * After a few changes, a process would take longer than all the rest. Unless something around them has
 * attributes, which those in the same folder are likely to have too, nothing is read then; the snapshot says since
 * when that may have been so, and the next backup that looks at everything reads what changed later.
 */
export class AttributeReader {
  readonly #complete: (folder: OpenFolder) => void;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  /** Those of entries that did not change later are as the parent has them. RFC 3339. */
  readonly #knownUntil: string | undefined;
  readonly #knownTime: bigint | undefined;
  readonly #isSave: boolean;
  #isWorthwhile: boolean;
  #hasSkipped = false;
  #wanted: Wanted[] = [];
  #waiting = 0;
  #running: Promise<void> | undefined;
  #failure: unknown;
  #unread: UnreadAttributes | undefined;

  /** @param complete to be called once for each entry. */
  constructor(
    { parent, isSave }: AttributeSource,
    signal: AbortSignal | undefined,
    complete: (folder: OpenFolder) => void,
  ) {
    this.#complete = complete;
    this.#signal = AbortSignal.any([this.#stop.signal, ...(signal ? [signal] : [])]);
    this.#isSave = isSave;
    this.#isWorthwhile = !this.#isSave;
    this.#knownUntil = parent && knownUntil(parent);
    this.#knownTime = this.#knownUntil === undefined ? undefined : parseTime(this.#knownUntil);
    this.#hasSkipped = isSave;
  }

  /** True if the recorded attributes of an entry that did not change can be taken for right. */
  isKnown(stats: Pick<EntryStats, 'ctimeNs'>): boolean {
    if (!isLinux || (this.#isSave && this.#knownTime === undefined)) return true;
    return this.#knownTime !== undefined && isSettled(stats, this.#knownTime);
  }

  /** What the snapshot is to say: see `attributesUntil` there. To be asked when all is done. */
  readUntil(start: string): string | undefined {
    if (!isLinux || this.#unread !== undefined) return undefined;
    return this.#hasSkipped ? this.#knownUntil : start;
  }

  get unread(): UnreadAttributes | undefined {
    return this.#unread;
  }

  /** Takes an entry of an open folder, of which all that is not an attribute is settled otherwise. */
  add(folder: OpenFolder, slot: number, { path, stats }: Pick<SourceEntry, 'path' | 'stats'>): void {
    if (!isLinux || this.#unread === 'no-program') return keepRecorded({ folder, slot });
    folder.waiting++;
    this.#waiting++;
    this.#wanted.push({ folder, slot, path });
    this.#isWorthwhile ||= this.#wanted.length > FEW_ENTRIES || isAmongAttributes(folder) || this.#isOld(stats);
    if (this.#isWorthwhile && this.#wanted.length >= BATCH_ENTRIES) this.#run();
  }

  /** To be called when a folder is taken over without a look at what is in it. */
  noteKept(): void {
    this.#hasSkipped = true;
  }

  /** Waits until there is room for more entries. */
  async ready(): Promise<void> {
    while (this.#waiting >= MAX_WAITING && this.#running) await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until all that was added is done. Throws what completing a folder failed with. */
  async drain(): Promise<void> {
    if (!this.#isWorthwhile) this.#skip();
    while (this.#running || this.#wanted.length > 0) {
      this.#run();
      await this.#running;
    }
    throwIfAborted(this.#signal);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Ends the process that is running. */
  close(): void {
    this.#stop.abort();
  }

  /** The next look at everything would pass over it: it was moved here, perhaps, with the folder that it is in. */
  #isOld(stats: EntryStats): boolean {
    return this.#knownTime !== undefined && isSettled(stats, this.#knownTime);
  }

  #skip(): void {
    this.#finish(this.#wanted.splice(0), undefined);
  }

  #run(): void {
    if (this.#running) return;
    const batch = this.#wanted;
    this.#wanted = [];
    this.#running = this.#read(batch)
      .catch((error: unknown) => void (this.#failure ??= error))
      .finally(() => {
        this.#running = undefined;
        if (this.#wanted.length >= BATCH_ENTRIES) this.#run();
      });
  }

  async #read(batch: readonly Wanted[]): Promise<void> {
    if (this.#signal.aborted) return;
    const paths = batch.map(({ path }) => path);
    const read = this.#unread === 'no-program' ? undefined : await this.#tryToRead(paths);
    if (this.#signal.aborted) return;
    this.#finish(batch, read?.found);
  }

  async #tryToRead(paths: readonly string[]): Promise<ReadAttributes | undefined> {
    try {
      const read = await readExtendedAttributes(paths, this.#signal);
      if (!read) this.#unread = 'no-program';
      else if (!read.isComplete) this.#unread ??= 'failed';
      return read;
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      this.#unread ??= 'failed';
      return undefined;
    }
  }

  #finish(batch: readonly Wanted[], found: ReadAttributes['found'] | undefined): void {
    this.#waiting -= batch.length;
    batch.forEach((wanted, at) => {
      if (found) setSlot(wanted, found.get(at) ?? []);
      else keepRecorded(wanted);
      this.#complete(wanted.folder);
    });
  }
}

/** Other programs read all. */
function knownUntil({ snapshot }: StoredSnapshot): string | undefined {
  const isByCairn = snapshot.programVersion?.startsWith('cairn ') ?? false;
  return isByCairn ? snapshot.attributesUntil : snapshot.time;
}

/** An entry in whose place there was another one of its type: its attributes are likely to be the same. */
function keepRecorded({ folder, slot }: Pick<Wanted, 'folder' | 'slot'>): void {
  if (!folder.recorded?.hasAttributes) return;
  const node = folder.nodes[slot];
  if (!node || 'json' in node) return;
  const before = folder.recorded.nodes?.get(node.name);
  setSlot({ folder, slot }, (before?.type === node.type && before.extendedAttributes) || []);
}

/** Labels of SELinux do not count: everything has one, and they follow from the place. */
function isAmongAttributes(folder: OpenFolder): boolean {
  let known: OpenFolder | undefined = folder;
  while (known && !known.recorded) known = known.parent;
  if (known?.recorded?.hasOwnAttributes) return true;
  return known?.node?.extendedAttributes?.some(({ name }) => name !== 'security.selinux') ?? false;
}
