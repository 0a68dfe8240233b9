/**
 * Which workspace a folder is, though it is moved or renamed. A registry in the user's data folder
 * knows each workspace by the path and by the inode of its folder. A folder with a known inode whose
 * recorded path leads elsewhere was moved there; a copy has an inode of its own and is another
 * workspace. Inodes are used again, so the time of birth must be the same, too; where the file system
 * has none, only the path counts.
 */
import { randomBytes } from 'node:crypto';
import { isFolder, makeFolder, writeDurably } from '../disk/durableWrite.ts';
import { CairnError } from '../base/errors.ts';
import { systemCode } from '../base/systemCode.ts';
import { displayPath } from '../base/rawName.ts';
import { withLockFile } from './withLockFile.ts';
import { statExact } from '../disk/stats.ts';
import { rename } from '../disk/changes.ts';
import { toFsPath } from '../disk/fsPath.ts';
import { readSmallFile } from '../disk/smallFile.ts';
import { resolvePath, joinName } from '../disk/paths.ts';

/** A workspace, as {@link identifyWorkspace} knows it. */
export interface WorkspaceIdentity {
  /** 16 hex digits. */
  readonly id: string;
  /** Where its folder was before, the latest first. Absolute. */
  readonly earlierPaths: readonly string[];
}

/** A workspace as far as it is known: see {@link findWorkspace}. */
export interface FoundWorkspace {
  /** Absent if the folder is gone and this machine has no note of it: then host and path alone tell its snapshots. */
  readonly id?: string;
  readonly earlierPaths: readonly string[];
  /** There is no folder at its path. */
  readonly isGone: boolean;
}

/** What tells a folder from every other that this system has or had. */
interface FolderIdentity {
  readonly device: string;
  readonly inode: string;
  /** Nanoseconds since 1970. */
  readonly born: string;
}

interface Entry extends WorkspaceIdentity {
  readonly path: string;
  readonly folder?: FolderIdentity;
}

const FILE_NAME = 'workspaces.json';
const MOST_EARLIER_PATHS = 20;

/**
 * The identity of the workspace in `folder`; an unknown one gets a new id, which is recorded in `dataFolder`.
 * Processes and threads that ask at once get the same. A registry that is damaged is set aside.
 * Throws `source-not-found`, `locked`, and what the file system throws.
 */
export async function identifyWorkspace(folder: string, dataFolder: string): Promise<WorkspaceIdentity> {
  const path = resolvePath(folder);
  if (!isFolder(path)) {
    throw new CairnError(
      'source-not-found',
      `The folder ${displayPath(path)} is gone from the disk, so nothing was backed up. Its snapshots are still there: bring it back from one, or open another folder.`,
    );
  }
  const identity = identifyFolder(path);
  const file = joinName(dataFolder, FILE_NAME);
  const known = findEntry(readRegistry(file) ?? [], path, identity);
  if (known?.isCurrent) return toResult(known.entry);
  await makeFolder(dataFolder, 0o700);
  return withLockFile(`${file}.lock`, async () => {
    const entries = readRegistry(file) ?? setAside(file);
    const found = findEntry(entries, path, identity);
    if (found?.isCurrent) return toResult(found.entry);
    const entry = recordAt(found?.entry, path, identity);
    // The latest is the last: of two with one path, it is the one that is there.
    const rest = entries.filter(({ id }) => id !== entry.id);
    const json = JSON.stringify({ version: 1, workspaces: [...rest, entry] }, undefined, 2);
    await writeDurably(file, [Buffer.from(`${json}\n`)], { mode: 0o600, canReplace: true });
    return toResult(entry);
  });
}

/**
 * The same for those who only look. A folder that is gone is known by its path, and nothing is noted of it: what
 * was at that path last is what a person looks for there.
 */
export async function findWorkspace(folder: string, dataFolder: string): Promise<FoundWorkspace> {
  const path = resolvePath(folder);
  if (isFolder(path)) return { ...(await identifyWorkspace(path, dataFolder)), isGone: false };
  const known = findEntry(readRegistry(joinName(dataFolder, FILE_NAME)) ?? [], path, undefined);
  return { ...(known ? toResult(known.entry) : { earlierPaths: [] }), isGone: true };
}

/** The entry of a folder. Not `isCurrent` if the entry must be brought up to date. */
function findEntry(
  entries: readonly Entry[],
  path: string,
  identity: FolderIdentity | undefined,
): { readonly entry: Entry; readonly isCurrent: boolean } | undefined {
  const same = identity && entries.findLast((entry) => isSame(entry.folder, identity));
  // A link, or a mount, may lead to the recorded folder by a second path.
  if (same) return { entry: same, isCurrent: same.path === path || isSame(identifyFolder(same.path), identity) };
  const entry = entries.findLast((other) => other.path === path);
  return entry && { entry, isCurrent: identity === undefined && entry.folder === undefined };
}

function recordAt(entry: Entry | undefined, path: string, folder: FolderIdentity | undefined): Entry {
  const id = entry?.id ?? randomBytes(8).toString('hex');
  const before = entry ? [entry.path, ...entry.earlierPaths] : [];
  const earlierPaths = before.filter((earlier) => earlier !== path).slice(0, MOST_EARLIER_PATHS);
  return { id, path, earlierPaths, ...(folder && { folder }) };
}

function identifyFolder(path: string): FolderIdentity | undefined {
  try {
    const { dev, ino, birthtimeNs } = statExact(toFsPath(path));
    if (ino === 0n || birthtimeNs <= 0n) return undefined;
    return { device: String(dev), inode: String(ino), born: String(birthtimeNs) };
  } catch {
    return undefined;
  }
}

function isSame(a: FolderIdentity | undefined, b: FolderIdentity): boolean {
  return a !== undefined && a.device === b.device && a.inode === b.inode && a.born === b.born;
}

function toResult({ id, earlierPaths }: Entry): WorkspaceIdentity {
  return { id, earlierPaths };
}

/** The entries; none if there is no registry yet, and undefined if it is damaged. */
function readRegistry(file: string): Entry[] | undefined {
  const text = readText(file);
  if (text === undefined) return [];
  try {
    const { version, workspaces } = JSON.parse(text) as Record<string, unknown>;
    return version === 1 && Array.isArray(workspaces) && workspaces.every(isEntry) ? workspaces : undefined;
  } catch {
    return undefined;
  }
}

/** One that cannot be read is not taken for missing: it would be overwritten. */
function readText(file: string): string | undefined {
  try {
    return readSmallFile(file).toString('utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function isEntry(value: unknown): value is Entry {
  const { id, path, earlierPaths, folder } = (value ?? {}) as Record<string, unknown>;
  const { device, inode, born } = (folder ?? {}) as Record<string, unknown>;
  return (
    typeof id === 'string' &&
    /^[0-9a-f]{8,64}$/.test(id) &&
    typeof path === 'string' &&
    Array.isArray(earlierPaths) &&
    earlierPaths.every((earlier) => typeof earlier === 'string') &&
    (folder === undefined || [device, inode, born].every((fact) => typeof fact === 'string'))
  );
}

/** Keeps a damaged registry under another name: a person may mend it. */
function setAside(file: string): Entry[] {
  rename(toFsPath(file), toFsPath(`${file}.damaged-${randomBytes(4).toString('hex')}`));
  return [];
}
