/** Folders of a server: making them, and what is in them. Paths are those of the server. */
import type { Attributes } from 'ssh2/lib/protocol/SFTP.js';
import type { FileInfo } from '../backend.ts';
import { atOnce } from './atOnce.ts';
import { readFolder, statIfThere } from './sftpFiles.ts';
import type { SftpConnection } from './sftpConnection.ts';
import { sftpStatus, statusOf } from './sftpStatus.ts';

/** The kind of a file in its mode, and two of them. */
const KIND = 0o170000;
const FOLDER = 0o040000;
const REGULAR = 0o100000;

/** The folder that a path lies in; that of a bare name is where the server let us in. */
export function parentOf(path: string): string {
  const end = path.lastIndexOf('/');
  return end < 0 ? '.' : path.slice(0, end) || '/';
}

/** Makes a folder and those missing above it. Harmless when it exists. */
export async function makeFolderWithParents(connection: SftpConnection, path: string, mode: number): Promise<void> {
  try {
    await makeFolder(connection, path, mode);
  } catch (error) {
    const parent = parentOf(path);
    if (statusOf(error) !== sftpStatus.noSuchFile || parent === path || path === '.') throw error;
    await makeFolderWithParents(connection, parent, mode);
    await makeFolder(connection, path, mode);
  }
}

/** Makes folders whose parents are there, all at the same time. Harmless for those that exist. */
export async function makeFolders(connection: SftpConnection, paths: readonly string[], mode: number): Promise<void> {
  await atOnce(paths.length, paths, (path) => makeFolder(connection, path, mode));
}

async function makeFolder(connection: SftpConnection, path: string, mode: number): Promise<void> {
  try {
    await connection.call<void>((codec, done) => codec.mkdir(path, { mode }, done));
  } catch (error) {
    // That it exists has no number of its own.
    if (statusOf(error) === undefined || !(await isFolder(connection, path))) throw error;
    return;
  }
  if ((mode & 0o070) === 0) return;
  // The server's umask may have taken the rights of the group away.
  await connection
    .call<void>((codec, done) => codec.setstat(path, { mode }, done))
    .catch((error: unknown) => {
      if (statusOf(error) === undefined) throw error;
    });
}

/** True if there is a folder (or a link to one). */
export async function isFolder(connection: SftpConnection, path: string): Promise<boolean> {
  const there = await statIfThere(connection, path);
  return there !== undefined && (there.mode === undefined || (there.mode & KIND) === FOLDER);
}

/** Whether it is a regular file, as far as the server says what it is. */
export function isRegular({ mode }: Attributes): boolean {
  return mode === undefined || (mode & KIND) === REGULAR;
}

/** The regular files (and links to them) of a folder with such a name, or undefined if the folder is not there. */
export async function filesIn(
  connection: SftpConnection,
  folder: string,
  isWanted: (name: string) => boolean,
): Promise<Required<FileInfo>[] | undefined> {
  const entries = await readFolder(connection, folder);
  const wanted = entries?.filter(({ filename }) => isWanted(filename));
  if (!wanted) return undefined;
  const files: Required<FileInfo>[] = [];
  await atOnce(64, wanted, async ({ filename: name, attrs }) => {
    const { size, mtime = 0 } = (isPlain(attrs) ? attrs : await lookCloser(connection, `${folder}/${name}`)) ?? {};
    if (size !== undefined) files.push({ name, size, modified: mtime * 1000 });
  });
  return files;
}

/** A list says enough of a regular file; of a link it does not say what it leads to. */
function isPlain({ mode, size }: Attributes): boolean {
  return mode !== undefined && (mode & KIND) === REGULAR && size !== undefined;
}

async function lookCloser(connection: SftpConnection, path: string): Promise<Attributes | undefined> {
  const there = await statIfThere(connection, path);
  return there && isRegular(there) ? there : undefined;
}
