import { throwIfAborted } from '../../base/abort.ts';
import { CairnError } from '../../base/errors.ts';
import { throttleProgress, type ProgressListener } from '../../base/progress.ts';
import { treePathOf } from '../../base/treePath.ts';
import { checkNodeName, treeToJson } from '../../repository/format/tree.ts';
import { Chunker } from '../../repository/chunker/chunker.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import { formatTime } from '../../repository/format/time.ts';
import { blobId } from '../../repository/hash.ts';
import { PackSaver } from '../../repository/pack/packSaver.ts';
import { saveSnapshot, type StoredSnapshot } from '../../repository/snapshots.ts';
import { createPackBuilder, createZstd } from '../codec/createPackBuilder.ts';
import { TreeWriter } from '../codec/treeWriter.ts';
import { currentOwner, type Session } from '../session.ts';
import { BackupCount } from './backupCount.ts';
import type { BackupOptions, BackupResult } from './backupOptions.ts';
import { chooseParent } from './chooseParent.ts';

export interface StreamOptions extends Pick<
  BackupOptions,
  'hostname' | 'parent' | 'time' | 'groupBy' | 'dryRun' | 'skipIfUnchanged' | 'programVersion' | 'signal'
> {
  /** What the file is called that holds the content; it lies at the root of the snapshot. */
  readonly name: string;
  readonly tags?: readonly string[];
  readonly onProgress?: ProgressListener;
}

/** restic's, for what has none of its own. */
const MODE = 0o644;

/**
 * Backs up what a stream delivers as one file. Nothing of it is kept elsewhere. If the stream fails, so does the backup,
 * and there is no snapshot: half a dump looks like a whole one. Throws `usage` for a name that no file can have.
 */
export async function backupStream(
  session: Session,
  stream: AsyncIterable<Uint8Array>,
  options: StreamOptions,
): Promise<BackupResult> {
  const { name, dryRun = false, signal } = options;
  requireName(name);
  const start = BigInt(Date.now()) * 1_000_000n;
  const time = formatTime(options.time ?? start);
  const hostname = options.hostname ?? currentOwner().hostname;
  const path = treePathOf([name]);
  const parent = await chooseParent(session, options, { hostname, paths: [path], tags: options.tags }, start);
  const saver = new PackSaver(session.repository, session.index, { checkLock: session.checkLock, dryRun });
  const count = new BackupCount();
  const { content, size } = await storeStream(session, saver, stream, count, options);
  const before = parent && (await recordedContent(session, parent, path));
  const same = before && before.length === content.length && before.every((id, at) => id === content[at]);
  count.find(size);
  count.addFile(before ? (same ? 'unchanged' : 'changed') : 'new', size, false);
  const trees = new TreeWriter(session, saver);
  const json = treeToJson([nodeOf(name, content, size, time)]);
  const { length } = json;
  const { id: tree, packed } = trees.write(json);
  if (packed !== undefined) count.addTree(length, packed);
  trees.flush();
  await saver.flush();
  throwIfAborted(signal);
  const summary = count.summary({ start: formatTime(start), end: formatTime(BigInt(Date.now()) * 1_000_000n) });
  const { username } = currentOwner();
  const isSkipped = dryRun || (options.skipIfUnchanged === true && same === true);
  if (!isSkipped) await session.checkLock({ look: true });
  const snapshotId = isSkipped
    ? undefined
    : await saveSnapshot(session.repository, {
        time,
        ...(parent && { parent: parent.id }),
        tree,
        paths: [path],
        hostname,
        ...(username && { username }),
        ...(options.tags?.length && { tags: options.tags }),
        programVersion: options.programVersion,
        summary,
      });
  return {
    ...(snapshotId && { snapshotId }),
    ...(parent && { parent: parent.id }),
    isComplete: true,
    summary,
    bytesRead: size,
    problems: [],
    skipped: [],
    leftOut: [],
    gonePacks: [],
    emptied: [],
  };
}

function requireName(name: string): void {
  try {
    checkNodeName(name);
  } catch {
    throw new CairnError('usage', `"${name}" cannot be the name of a file: give one without a folder.`);
  }
}

/** Cuts, compresses and stores the content; only one chunk and one pack are in memory. */
async function storeStream(
  { repository, index }: Session,
  saver: PackSaver,
  stream: AsyncIterable<Uint8Array>,
  count: BackupCount,
  { signal, onProgress }: StreamOptions,
): Promise<{ readonly content: BlobId[]; readonly size: number }> {
  const { config, packing, sealer } = repository;
  const packs = createPackBuilder(
    { sealer, version: config.version, packing, zstd: createZstd(packing) },
    { isCompressed: packing.compression !== 'off', takeBuffer: (length) => Buffer.from(new ArrayBuffer(length)) },
  );
  const content: BlobId[] = [];
  const progress = throttleProgress(onProgress);
  let size = 0;
  const store = (chunk: Uint8Array): void => {
    const id = blobId(chunk);
    content.push(id);
    if (index.reserve('data', id) === 'known') return;
    const { packed, finished } = packs.add('data', id, chunk);
    for (const pack of finished) void saver.submit(pack);
    count.addData({ blobs: 1, bytes: chunk.length, packed });
  };
  const cutter = new StreamCutter(config.chunkerPolynomial, store);
  for await (const bytes of stream) {
    throwIfAborted(signal);
    size += bytes.length;
    cutter.add(bytes);
    progress.report({ phase: 'Backing up', items: 0, bytes: size });
    await saver.ready();
  }
  cutter.end();
  if (!packs.isEmpty) void saver.submit(packs.finish());
  progress.flush();
  return { content, size };
}

/** Cuts what comes in pieces of any length where a file of the same content would be cut. */
class StreamCutter {
  readonly #chunker: Chunker;
  readonly #store: (chunk: Uint8Array) => void;
  #filled = 0;
  #searched = 0;

  constructor(polynomial: bigint, store: (chunk: Uint8Array) => void) {
    this.#chunker = new Chunker(polynomial);
    this.#store = store;
  }

  add(bytes: Uint8Array): void {
    const { buffer } = this.#chunker;
    for (let taken = 0; taken < bytes.length;) {
      const part = bytes.subarray(taken, taken + buffer.length - this.#filled);
      buffer.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      this.#cut();
    }
  }

  end(): void {
    if (this.#filled > 0) this.#store(this.#chunker.buffer.subarray(0, this.#filled));
  }

  #cut(): void {
    const { buffer } = this.#chunker;
    let start = 0;
    for (
      let cut = this.#chunker.findCut(start, this.#filled, this.#searched);
      cut > 0;
      cut = this.#chunker.findCut(start, this.#filled)
    ) {
      this.#store(buffer.subarray(start, cut));
      start = cut;
    }
    buffer.copyWithin(0, start, this.#filled);
    this.#filled -= start;
    this.#searched = this.#filled;
  }
}

function nodeOf(name: string, content: readonly BlobId[], size: number, time: string): Node {
  const times = { mtime: time, atime: time, ctime: time };
  return { name, type: 'file', mode: MODE, ...times, uid: 0, gid: 0, ...(size > 0 && { size }), content };
}

/** Nothing if the parent has no such file, or cannot be read: then it counts as new. */
async function recordedContent(
  session: Session,
  { snapshot }: StoredSnapshot,
  path: string,
): Promise<readonly BlobId[] | undefined> {
  try {
    const { nodes } = await session.reader.loadTree(snapshot.tree);
    return nodes.find((node) => treePathOf([node.name]) === path)?.content ?? undefined;
  } catch {
    return undefined;
  }
}
