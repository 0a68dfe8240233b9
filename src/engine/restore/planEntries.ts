import { CairnError } from '../../base/errors.ts';
import type { BlobId } from '../../repository/format/ids.ts';
import type { Node, NodeType } from '../../repository/format/node.ts';
import { findContent, type FoundContent } from './blobPlaces.ts';
import { compareContent } from './compareContent.ts';
import { hasMetadata, hasTime, type EntryMetadata, type OwnerRules } from '../../disk/entryMetadata.ts';
import { isSameLinkTarget, readlink } from '../../disk/changes.ts';
import { joinPath } from '../../disk/paths.ts';
import { metadataFromNode } from './nodeMetadata.ts';
import { folderPath, type DraftFolder, type PlanDraft } from './planDraft.ts';
import { listRemovals, type RemovalRules } from './planRemovals.ts';
import type { EntryChange, FileStamp, FolderIndex, PlannedFile, PlannedOther } from './restorePlan.ts';
import type { Failure } from './restoreProblems.ts';
import { lstatExactIfThere, type Stats } from '../../disk/stats.ts';
import { openForReading, closeFile } from '../../disk/openFile.ts';
import { isWindows } from '../../disk/system.ts';

/**
 * Which entries of the destination, other than folders, are written over: those that differ by size or time, whatever
 * that is (`always` compares contents, too), only by what is newer, or none.
 */
export type OverwriteMode = 'always' | 'if-changed' | 'if-newer' | 'never';

/** Why an entry is skipped that stays. */
export const LEFT_ALONE = 'what is there stays as it is';

/** What planning one entry needs beside the draft. */
export interface EntryRules {
  /** Compare contents even where size and time are right. */
  readonly compareAll: boolean;
  readonly overwrite?: OverwriteMode;
  readonly wantsAttribute?: (name: string) => boolean;
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

/** What is known of the name of an entry. */
interface NameFacts {
  /** The destination has something of that name. */
  readonly isThere: boolean;
  /** An entry before it has a name that is the same for some file systems. */
  readonly mayBeTwin: boolean;
}

interface DiskIdentity {
  readonly dev: bigint;
  readonly ino: bigint;
}

interface Entry extends NameFacts {
  readonly folder: DraftFolder;
  readonly node: Node;
  readonly metadata: EntryMetadata;
  readonly existing: Stats | undefined;
}

/**
 * Plans anything but a folder. Undefined: there is nothing to await.
 */
export function planEntry(
  draft: PlanDraft,
  rules: EntryRules,
  folder: DraftFolder,
  node: Node,
  facts: NameFacts,
): Promise<void> | undefined {
  if (node.type === 'irregular') {
    const message = 'Not restored: its type is not known here, and what it was is not in the snapshot.';
    return void draft.fail(pathOf(folder, node.name), { code: 'TYPE', message });
  }
  const reason = whyNotMade(node.type, draft.owner);
  if (reason !== undefined) {
    draft.skipped.push({ path: pathOf(folder, node.name), reason });
    return undefined;
  }
  const existing = facts.isThere ? draft.stat(folder, node.name) : undefined;
  const metadata = metadataFromNode(node, rules.wantsAttribute);
  if (existing && mayNotReplace(rules, metadata, existing)) {
    draft.skipped.push({ path: pathOf(folder, node.name), reason: LEFT_ALONE });
    return undefined;
  }
  const entry: Entry = { ...facts, folder, node, metadata, existing };
  return existing?.isDirectory() ? replaceFolder(draft, rules, entry) : planNonFolder(draft, rules, entry);
}

function mayNotReplace({ overwrite }: EntryRules, { mtime }: EntryMetadata, existing: Stats): boolean {
  return overwrite === 'never' || (overwrite === 'if-newer' && mtime * 1000 <= existing.mtimeMs);
}

/** Why nobody, or not this user, makes an entry of that kind here; nothing if it can be made. */
function whyNotMade(type: NodeType, owner: OwnerRules): string | undefined {
  if (type === 'socket') return 'a socket only lives with its program';
  const isDevice = type === 'dev' || type === 'chardev';
  if (isWindows && (isDevice || type === 'fifo')) return 'Windows has no such pipes and devices';
  return isDevice && !owner.isRoot ? 'only root can make device files' : undefined;
}

function planNonFolder(draft: PlanDraft, rules: EntryRules, entry: Entry): Promise<void> | undefined {
  if (entry.node.type === 'file') return planFile(draft, rules, entry);
  planOther(draft, entry);
  return undefined;
}

function pathOf(folder: DraftFolder, name: string): string {
  return joinPath(folderPath(folder), name);
}

/** A folder stands in the entry's place: plans its removal, if that is allowed and all of it may go. */
async function replaceFolder(draft: PlanDraft, rules: EntryRules, entry: Entry): Promise<void> {
  const { folder, node } = entry;
  const there = { name: node.name, isFolder: true };
  const listed = rules.removal && (await listRemovals(draft, rules.removal, folder.place, there));
  if (listed?.kept !== 0) {
    draft.conflict(
      pathOf(folder, node.name),
      listed ? 'a folder with ignored files stands in its place' : 'a folder stands in its place',
    );
    return;
  }
  const index = draft.need(folder);
  if (index === undefined) return;
  for (const removal of listed.removals) draft.replaced.push({ ...removal, folder: index });
  await planNonFolder(draft, rules, { ...entry, existing: undefined });
}

/** A file on its way into the plan. */
interface FileEntry extends Entry {
  /** Of its folder in the plan. */
  readonly index: FolderIndex;
  readonly content: readonly BlobId[];
  readonly found: FoundContent | Failure;
  /** Bytes of the content. */
  readonly size: number;
  /** Present if further names of it may come, and this is the first. */
  readonly linkKey: string | undefined;
}

function planFile(draft: PlanDraft, rules: EntryRules, entry: Entry): Promise<void> | undefined {
  const { folder, node } = entry;
  const { content } = node;
  if (!content) throw new CairnError('repository-damaged', 'The snapshot does not say what is in this file.');
  const found = findContent(draft.index, content);
  const size = 'code' in found ? Number(node.size ?? 0) : found.size;
  const index = draft.need(folder);
  if (index === undefined) return undefined;
  const linkKey = (node.links ?? 1) > 1 && node.inode ? `${node.inode}:${node.deviceId}` : undefined;
  const leader = linkKey === undefined ? undefined : rules.hardLinks.get(linkKey);
  if (leader && isSameContent(leader.content, content)) {
    const firstBlob = 'code' in found ? -1 : draft.addContent(found.entries);
    planLink(draft, entry, index, leader, { size, firstBlob, blobCount: content.length });
    return undefined;
  }
  const file: FileEntry = { ...entry, index, content, found, size, linkKey: leader ? undefined : linkKey };
  if (entry.existing)
    return compareFile(draft, rules, file, entry.existing).then((change) => addFile(draft, rules, file, change));
  addFile(draft, rules, file, 'create');
  return undefined;
}

function addFile(draft: PlanDraft, rules: EntryRules, file: FileEntry, change: EntryChange | 'unchanged'): void {
  const { folder, node, metadata, existing, index, content, found, size, linkKey } = file;
  const writes = change === 'create' || change === 'overwrite';
  if (writes && 'code' in found) return draft.fail(pathOf(folder, node.name), found);
  if (linkKey !== undefined) {
    const stays = writes ? undefined : identify(draft, folder, node.name);
    rules.hardLinks.set(linkKey, { folder: index, name: node.name, content, stays });
  }
  if (change === 'unchanged') {
    draft.unchanged.push({ folder: index, name: node.name, size, ...withAttributes(metadata) });
    return;
  }
  const entries = writes && !('code' in found) ? found.entries : undefined;
  draft.files.push({
    folder: index,
    name: node.name,
    change,
    metadata,
    size,
    firstBlob: entries ? draft.addContent(entries) : 0,
    blobCount: entries?.length ?? 0,
    ...(existing && { seen: stampOf(existing) }),
    ...(file.mayBeTwin && { mayBeTwin: true }),
  });
  if (writes && Number(node.size ?? 0) !== size) {
    draft.fail(pathOf(folder, node.name), {
      code: 'SIZE',
      message: `The snapshot gives its size as ${node.size ?? 0} bytes, but its content has ${size}. The content is what counts.`,
    });
  }
}

function withAttributes(metadata: EntryMetadata): { readonly metadata?: EntryMetadata } {
  return metadata.extendedAttributes ? { metadata } : {};
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
  { folder, node, metadata, found, size }: FileEntry,
  existing: Stats,
): Promise<EntryChange | 'unchanged'> {
  if (!existing.isFile() || existing.size !== size) return 'overwrite';
  if (!hasTime(existing, metadata) || rules.compareAll) {
    if ('code' in found) return 'overwrite';
    if (!(await hasContent(draft, folder, node, found.lengths))) return 'overwrite';
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
    closeFile(fd);
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
    ...(existing && { seen: stampOf(existing) }),
    ...content,
    target: { folder: leader.folder, name: leader.name },
  });
}

function identify(draft: PlanDraft, folder: DraftFolder, name: string): DiskIdentity | undefined {
  return lstatExactIfThere(draft.reach.enter(folder.place).at(name));
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
    draft.unchanged.push({ folder: index, name: node.name, size: 0, ...withAttributes(metadata) });
    return;
  }
  draft.others.push({
    folder: index,
    name: node.name,
    change: isRight ? 'metadata' : existing ? 'overwrite' : 'create',
    type,
    metadata,
    ...(existing && { seen: stampOf(existing) }),
    ...(node.linkTarget !== undefined && { linkTarget: node.linkTarget }),
    ...(node.device !== undefined && { device: node.device }),
  });
}

function isSameOther(draft: PlanDraft, folder: DraftFolder, node: Node, existing: Stats): boolean {
  if (node.type === 'symlink') {
    if (!existing.isSymbolicLink()) return false;
    return isSameLinkTarget(readlink(draft.reach.enter(folder.place).at(node.name)), node.linkTarget);
  }
  if (node.type === 'fifo') return existing.isFIFO();
  const isSameType = node.type === 'dev' ? existing.isBlockDevice() : existing.isCharacterDevice();
  return isSameType && BigInt(existing.rdev) === BigInt(node.device ?? 0);
}
