import { closeSync, lstatSync, readlinkSync, type Stats } from 'node:fs';
import { CairnError } from '../../base/errors.ts';
import { decodeRaw } from '../../base/rawName.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Node } from '../../repository/format/node.ts';
import type { BlobIndex } from '../../repository/index/blobIndex.ts';
import { contentLengths } from './blobPlaces.ts';
import { openForReading } from '../codec/storeFiles.ts';
import { compareContent } from './compareContent.ts';
import { joinPath } from './destinationFolders.ts';
import { hasMetadata, hasTime, metadataFromNode } from './entryMetadata.ts';
import { folderPath, type DraftFolder, type PlanDraft } from './planDraft.ts';
import { listRemovals, type RemovalRules } from './planRemovals.ts';
import type { EntryChange, EntryMetadata, FileStamp, PlannedFile, PlannedOther } from './restorePlan.ts';

/** What planning one entry needs beside the draft. */
export interface EntryRules {
  readonly index: BlobIndex;
  /** Compare contents even where size and time are right. */
  readonly compareAll: boolean;
  /** Absent: nothing may be removed. */
  readonly removal?: RemovalRules;
  readonly hardLinks: Map<string, LinkLeader>;
}

/** The first name of a file that has several. */
export interface LinkLeader {
  readonly folder: number;
  readonly name: string;
  readonly content: readonly BlobId[];
  /** The file on disk, if it stays. */
  readonly stays: DiskIdentity | undefined;
}

interface DiskIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

interface Entry {
  readonly folder: DraftFolder;
  readonly node: Node;
  readonly metadata: EntryMetadata;
  readonly existing: Stats | undefined;
}

/** Plans anything but a folder. `isThere` false: the destination has nothing of that name. */
export async function planEntry(
  draft: PlanDraft,
  rules: EntryRules,
  folder: DraftFolder,
  node: Node,
  isThere: boolean,
): Promise<void> {
  if (node.type === 'socket') {
    draft.skipped.push({ path: pathOf(folder, node.name), reason: 'a socket only lives with its program' });
    return;
  }
  if ((node.type === 'dev' || node.type === 'chardev') && !draft.owner.isRoot) {
    draft.skipped.push({ path: pathOf(folder, node.name), reason: 'only root can make device files' });
    return;
  }
  const metadata = metadataFromNode(node);
  const found = isThere ? draft.stat(folder, node.name) : undefined;
  const existing = found?.isDirectory() ? await clearFolder(draft, rules, folder, node.name) : found;
  if (existing === 'blocked') return;
  const entry: Entry = { folder, node, metadata, existing };
  if (node.type === 'file') await planFile(draft, rules, entry);
  else planOther(draft, entry);
}

function pathOf(folder: DraftFolder, name: string): string {
  return joinPath(folderPath(folder), name);
}

/** A folder stands in the place of something else: plans its removal, if that is allowed and all of it may go. */
async function clearFolder(
  draft: PlanDraft,
  rules: EntryRules,
  folder: DraftFolder,
  name: string,
): Promise<undefined | 'blocked'> {
  const listed = rules.removal && (await listRemovals(draft, rules.removal, folder.place, { name, isFolder: true }));
  if (listed?.kept !== 0) {
    draft.conflict(
      pathOf(folder, name),
      listed ? 'a folder with ignored files stands in its place' : 'a folder stands in its place',
    );
    return 'blocked';
  }
  const index = draft.need(folder);
  if (index === undefined) return 'blocked';
  for (const removal of listed.removals) draft.replaced.push({ ...removal, folder: index });
  return undefined;
}

async function planFile(draft: PlanDraft, rules: EntryRules, entry: Entry): Promise<void> {
  const { folder, node, metadata, existing } = entry;
  const { content } = node;
  if (!content) throw new CairnError('repository-damaged', 'The snapshot does not say what is in this file.');
  const lengths = contentLengths(rules.index, content);
  const size = Array.isArray(lengths) ? lengths.reduce((sum, length) => sum + length, 0) : Number(node.size ?? 0);
  const index = draft.need(folder);
  if (index === undefined) return;
  const linkKey = (node.links ?? 1) > 1 && node.inode ? `${node.inode}:${node.deviceId}` : undefined;
  const leader = linkKey === undefined ? undefined : rules.hardLinks.get(linkKey);
  if (leader && isSameContent(leader.content, content)) {
    const firstBlob = Array.isArray(lengths) ? draft.addContent(rules.index, content) : -1;
    return planLink(draft, entry, index, leader, { size, firstBlob, blobCount: content.length });
  }

  const change = await compareFile(draft, rules, entry, size, lengths);
  const writes = change === 'create' || change === 'overwrite';
  if (writes && !Array.isArray(lengths)) return draft.fail(pathOf(folder, node.name), lengths);
  if (linkKey !== undefined && !leader) {
    const stays = writes ? undefined : identify(draft, folder, node.name);
    rules.hardLinks.set(linkKey, { folder: index, name: node.name, content, stays });
  }
  if (change === 'unchanged') {
    draft.unchanged.push({ folder: index, name: node.name, size });
    return;
  }
  const seen = change === 'metadata' && existing ? stampOf(existing) : undefined;
  draft.files.push({
    folder: index,
    name: node.name,
    change,
    metadata,
    size,
    firstBlob: writes ? draft.addContent(rules.index, content) : 0,
    blobCount: writes ? content.length : 0,
    ...(seen && { seen }),
  });
  if (writes && Number(node.size ?? 0) !== size) {
    draft.fail(pathOf(folder, node.name), {
      code: 'SIZE',
      message: `The snapshot gives its size as ${node.size ?? 0} bytes, but its content has ${size}. The content is what counts.`,
    });
  }
}

function stampOf({ size, mtimeMs, ctimeMs }: Stats): FileStamp {
  return { size, mtimeMs, ctimeMs };
}

/** True if both are what the plan saw. */
export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

function isSameContent(a: readonly BlobId[], b: readonly BlobId[]): boolean {
  return a.length === b.length && a.every((id, at) => id === b[at]);
}

async function compareFile(
  draft: PlanDraft,
  rules: EntryRules,
  { folder, node, metadata, existing }: Entry,
  size: number,
  lengths: ReturnType<typeof contentLengths>,
): Promise<EntryChange | 'unchanged'> {
  if (!existing) return 'create';
  if (!existing.isFile() || existing.size !== size) return 'overwrite';
  if (!hasTime(existing, metadata) || rules.compareAll) {
    if (!Array.isArray(lengths)) return 'overwrite';
    if (!(await hasContent(draft, folder, node, lengths))) return 'overwrite';
  }
  if (hasMetadata(existing, metadata, draft.owner)) return 'unchanged';
  // Other names of this file may be none of our business: a file of its own leaves them as they are.
  return existing.nlink > 1 && (node.links ?? 1) <= 1 ? 'overwrite' : 'metadata';
}

async function hasContent(
  draft: PlanDraft,
  folder: DraftFolder,
  node: Node,
  lengths: readonly number[],
): Promise<boolean> {
  let fd: number;
  try {
    fd = openForReading(draft.reach.enter(folder.place).at(node.name));
  } catch {
    // What cannot be read cannot be known to be right.
    return false;
  }
  try {
    const buffer = draft.buffer.take(lengths.reduce((most, length) => Math.max(most, length), 0));
    const comparison = compareContent(fd, node.content!, lengths, buffer);
    for (;;) {
      const step = comparison.next();
      if (step.done) return step.value;
      await draft.breathe(0, step.value);
    }
  } finally {
    closeSync(fd);
  }
}

function planLink(
  draft: PlanDraft,
  { folder, node, metadata, existing }: Entry,
  index: number,
  leader: LinkLeader,
  content: Pick<PlannedFile, 'size' | 'firstBlob' | 'blobCount'>,
): void {
  const found = existing && leader.stays && identify(draft, folder, node.name);
  if (found && found.ino === leader.stays?.ino && found.dev === leader.stays.dev) {
    draft.unchanged.push({ folder: index, name: node.name, size: content.size });
    return;
  }
  draft.links.push({
    folder: index,
    name: node.name,
    change: existing ? 'overwrite' : 'create',
    metadata,
    ...content,
    target: { folder: leader.folder, name: leader.name },
  });
}

function identify(draft: PlanDraft, folder: DraftFolder, name: string): DiskIdentity | undefined {
  return lstatSync(draft.reach.enter(folder.place).at(name), { bigint: true, throwIfNoEntry: false });
}

function planOther(draft: PlanDraft, { folder, node, metadata, existing }: Entry): void {
  if (node.type === 'symlink' && !/^[^\0]+$/.test(node.linkTarget ?? '')) {
    throw new CairnError('repository-damaged', 'The snapshot does not say, or not validly, where this link leads.');
  }
  const index = draft.need(folder);
  if (index === undefined) return;
  const type = node.type as PlannedOther['type'];
  const isRight = existing !== undefined && isSameOther(draft, folder, node, existing);
  if (isRight && hasMetadata(existing, metadata, draft.owner, type === 'symlink')) {
    draft.unchanged.push({ folder: index, name: node.name, size: 0 });
    return;
  }
  draft.others.push({
    folder: index,
    name: node.name,
    change: isRight ? 'metadata' : existing ? 'overwrite' : 'create',
    type,
    metadata,
    ...(node.linkTarget !== undefined && { linkTarget: node.linkTarget }),
    ...(node.device !== undefined && { device: node.device }),
  });
}

function isSameOther(draft: PlanDraft, folder: DraftFolder, node: Node, existing: Stats): boolean {
  if (node.type === 'symlink') {
    if (!existing.isSymbolicLink()) return false;
    const target = readlinkSync(draft.reach.enter(folder.place).at(node.name), { encoding: 'buffer' });
    return decodeRaw(target) === node.linkTarget;
  }
  if (node.type === 'fifo') return existing.isFIFO();
  const isSameType = node.type === 'dev' ? existing.isBlockDevice() : existing.isCharacterDevice();
  return isSameType && BigInt(existing.rdev) === BigInt(node.device ?? 0);
}
