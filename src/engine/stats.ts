import { createGiveWay, type GiveWay } from '../base/giveWay.ts';
import type { BlobId, BlobType } from '../repository/format/ids.ts';
import type { Node } from '../repository/format/node.ts';
import { SEAL_OVERHEAD } from '../repository/format/pack.ts';
import { sha256Hex } from '../repository/hash.ts';
import { plainLength, type BlobLocation } from '../repository/index/blobIndex.ts';
import type { StoredSnapshot } from '../repository/snapshots.ts';
import { chooseSnapshots, type SnapshotChoice } from './chooseSnapshots.ts';
import type { Session } from './session.ts';
import { treesAhead } from './treesAhead.ts';

/** What is counted; restic's modes and their meanings. */
export type StatsMode = 'restore-size' | 'files-by-contents' | 'raw-data';

export interface StatsOptions extends SnapshotChoice {
  readonly mode: StatsMode;
}

export interface Stats {
  readonly snapshots: number;
  /** Bytes. `raw-data`: of the blobs as they are stored. */
  readonly totalSize: number;
  /**
   * `restore-size`: entries of any type. `files-by-contents`: different contents; whatever has none
   * counts as one. `raw-data`: absent.
   */
  readonly totalFiles?: number;
  /** `raw-data` only. */
  readonly totalBlobs?: number;
  /** `raw-data` of a repository of format version 2 only. */
  readonly compression?: CompressionStats;
}

export interface CompressionStats {
  /** Bytes that the blobs would take without compression. */
  readonly uncompressedSize: number;
  /** How many times smaller the compressed blobs became; 0 if there are none. */
  readonly ratio: number;
  /** How much of the data, in percent of its size, is stored compressed. */
  readonly progress: number;
  /** How much smaller the data is, in percent. */
  readonly spaceSaving: number;
}

/**
 * Counts what snapshots hold:
 * - `restore-size`: what restoring each of them would write; hard links count once in a snapshot;
 * - `files-by-contents`: each different content of a file once;
 * - `raw-data`: what they take in the repository, each blob once.
 *
 * A folder that several snapshots share is read once. Throws what a missing or damaged blob fails
 * with: numbers that leave something out would be wrong without a sign of it.
 */
export async function stats(session: Session, options: StatsOptions): Promise<Stats> {
  const chosen = await chooseSnapshots(session.repository, options);
  const giveWay = createGiveWay(options.signal);
  const count = { 'restore-size': restoreSize, 'files-by-contents': filesByContents, 'raw-data': rawData }[
    options.mode
  ];
  return { snapshots: chosen.length, ...(await count(session, chosen, giveWay)) };
}

type Counts = Omit<Stats, 'snapshots'>;

/** What is in a folder, all levels together; only hard links are kept apart, since a whole snapshot says which count. */
interface FolderSum {
  entries: number;
  bytes: number;
  /** Size by device and inode. */
  readonly links: Map<string, number>;
  /** Folders in this one that have hard links in them. */
  readonly linked: FolderSum[];
}

async function restoreSize(session: Session, chosen: readonly StoredSnapshot[], giveWay: GiveWay): Promise<Counts> {
  const known = new Map<BlobId, FolderSum>();
  const reader = treesAhead(session, rootsOf(chosen), { isWanted: (tree) => !known.has(tree) });
  const sumOf = async (tree: BlobId): Promise<FolderSum> => {
    const before = known.get(tree);
    if (before) return before;
    await giveWay();
    const sum: FolderSum = { entries: 0, bytes: 0, links: new Map(), linked: [] };
    for (const node of (await reader.loadTree(tree)).nodes) {
      addNode(sum, node);
      if (node.type === 'dir' && node.subtree !== undefined) addFolder(sum, await sumOf(node.subtree));
    }
    known.set(tree, sum);
    return sum;
  };
  let totalSize = 0;
  let totalFiles = 0;
  for (const { snapshot } of chosen) {
    const sum = await sumOf(snapshot.tree);
    totalFiles += sum.entries;
    totalSize += sum.bytes + linkedBytes(sum);
  }
  return { totalSize, totalFiles };
}

function addNode(sum: FolderSum, node: Node): void {
  const size = Number(node.size ?? 0);
  sum.entries++;
  if (node.type === 'file' && (node.links ?? 0) > 1) sum.links.set(`${node.deviceId ?? 0}/${node.inode ?? 0}`, size);
  else sum.bytes += size;
}

function addFolder(sum: FolderSum, folder: FolderSum): void {
  sum.entries += folder.entries;
  sum.bytes += folder.bytes;
  if (folder.links.size > 0 || folder.linked.length > 0) sum.linked.push(folder);
}

function linkedBytes(top: FolderSum): number {
  const sizes = new Map<string, number>();
  const pending = [top];
  for (let sum = pending.pop(); sum; sum = pending.pop()) {
    for (const [file, size] of sum.links) sizes.set(file, size);
    for (const folder of sum.linked) pending.push(folder);
  }
  return [...sizes.values()].reduce((total, size) => total + size, 0);
}

async function filesByContents(session: Session, chosen: readonly StoredSnapshot[], giveWay: GiveWay): Promise<Counts> {
  const contents = new Set<string>();
  let totalSize = 0;
  await visitOnce(session, chosen, giveWay, (node) => {
    const content = node.content ?? [];
    // Nearly all files have one blob, whose id says enough.
    const key = content.length === 1 ? content[0]! : content.length === 0 ? '' : `+${sha256Hex(content.join())}`;
    if (contents.has(key)) return;
    contents.add(key);
    totalSize += Number(node.size ?? 0);
  });
  return { totalSize, totalFiles: contents.size };
}

async function rawData(session: Session, chosen: readonly StoredSnapshot[], giveWay: GiveWay): Promise<Counts> {
  const counted = new Uint8Array(session.index.size);
  const sums = { stored: 0, plain: 0, compressed: 0, compressedPlain: 0, blobs: 0 };
  const add = async (type: BlobType, id: BlobId) => {
    const [location] = session.index.locations(type, id);
    const entry = session.index.entryOf(type, id);
    // Loading says in the usual words that it is missing.
    if (!location) return void (await session.reader.load(type, id));
    if (counted[entry]) return;
    counted[entry] = 1;
    addBlob(sums, location);
  };
  for (const { snapshot } of chosen) await add('tree', snapshot.tree);
  await visitOnce(session, chosen, giveWay, async (node) => {
    for (const id of node.content ?? []) await add('data', id);
    if (node.subtree !== undefined) await add('tree', node.subtree);
  });
  const { stored, plain, compressed, compressedPlain, blobs } = sums;
  const compression = {
    uncompressedSize: plain,
    ratio: compressed > 0 ? compressedPlain / compressed : 0,
    progress: plain > 0 ? (compressedPlain / plain) * 100 : 0,
    spaceSaving: plain > 0 ? (1 - stored / plain) * 100 : 0,
  };
  const { version } = session.repository.config;
  return { totalSize: stored, totalBlobs: blobs, ...(version === 2 && { compression }) };
}

function addBlob(
  sums: { stored: number; plain: number; compressed: number; compressedPlain: number; blobs: number },
  location: BlobLocation,
): void {
  const plain = plainLength(location) + SEAL_OVERHEAD;
  sums.blobs++;
  sums.stored += location.length;
  sums.plain += plain;
  if (location.uncompressedLength === 0) return;
  sums.compressed += location.length;
  sums.compressedPlain += plain;
}

function rootsOf(snapshots: readonly StoredSnapshot[]): BlobId[] {
  return snapshots.map(({ snapshot }) => snapshot.tree);
}

/** Visits every entry of the snapshots; those of a folder that occurs several times only once. */
async function visitOnce(
  session: Session,
  chosen: readonly StoredSnapshot[],
  giveWay: GiveWay,
  visit: (node: Node) => void | Promise<void>,
): Promise<void> {
  const visited = new Uint8Array(session.index.size);
  const isWanted = (tree: BlobId) => visited[session.index.entryOf('tree', tree)] !== 1;
  const reader = treesAhead(session, rootsOf(chosen), { isWanted });
  const pending: BlobId[] = [];
  for (const { snapshot } of chosen) {
    pending.push(snapshot.tree);
    for (let tree = pending.pop(); tree !== undefined; tree = pending.pop()) {
      const entry = session.index.entryOf('tree', tree);
      if (visited[entry]) continue;
      await giveWay();
      const { nodes } = await reader.loadTree(tree);
      visited[entry] = 1;
      for (const node of nodes) await visit(node);
      for (const { type, subtree } of nodes.toReversed()) {
        if (type === 'dir' && subtree !== undefined) pending.push(subtree);
      }
    }
  }
}
