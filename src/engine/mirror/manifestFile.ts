import { syncFolder } from '../../disk/durableWrite.ts';
import { systemCode } from '../../base/systemCode.ts';
import { createGiveWay } from '../../base/giveWay.ts';
import { withReachablePath } from '../../disk/reachablePath.ts';
import type { DestinationFolders } from '../../disk/enteredFolders.ts';
import { joinPath } from '../../disk/paths.ts';
import { createTemporary, removeTemporary, renameTemporary } from '../../disk/temporaryName.ts';
import { writeAll } from '../../disk/writeWithHoles.ts';
import {
  damaged,
  isManifestLink,
  LONGEST_LINE,
  MANIFEST_NAME,
  ManifestParser,
  manifestToLines,
  parseHeader,
  type ManifestEntry,
  type ManifestHeader,
} from './manifestFormat.ts';
import { fstat } from '../../disk/stats.ts';
import { closeFile, readAt, openForReading, openNew, syncFile } from '../../disk/openFile.ts';

export interface Manifest {
  readonly header: ManifestHeader;
  readonly entries: ReadonlyMap<string, ManifestEntry>;
}

/** Whoever may read the manifest learns the names of all files. */
const MANIFEST_MODE = 0o600;
/** More than forty million files. Bytes. */
const LARGEST_MANIFEST = 8 * 1024 ** 3;
const CHUNK = 1024 * 1024;

/**
 * Reads the manifest of a folder; nothing if there is none. Throws `repository-damaged` if what is there
 * cannot be believed, `aborted`, and what the file system throws.
 */
export async function readManifest(folder: string, signal?: AbortSignal): Promise<Manifest | undefined> {
  const fd = openManifest(folder);
  if (fd === undefined) return undefined;
  const giveWay = createGiveWay(signal);
  try {
    const parser = new ManifestParser();
    const chunk = Buffer.allocUnsafe(CHUNK);
    const readNext = () => readAt(fd, chunk, 0, CHUNK, null);
    let rest = Buffer.alloc(0);
    for (let count = readNext(); count > 0; count = readNext()) {
      const data = Buffer.concat([rest, chunk.subarray(0, count)]);
      let start = 0;
      for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
        parser.addLine(data.subarray(start, end));
        start = end + 1;
      }
      rest = data.subarray(start);
      if (rest.length > LONGEST_LINE) throw damaged('a line of it is too long');
      await giveWay();
    }
    if (rest.length > 0) throw damaged('its end is missing');
    return { header: parser.finish(), entries: parser.entries };
  } finally {
    closeFile(fd);
  }
}

/** A manifest of another source: what it says of the files there, tells nothing of those here. */
export function withoutStamps({ header, entries }: Manifest): Manifest {
  const strip = ([path, entry]: [string, ManifestEntry]): [string, ManifestEntry] => {
    if (isManifestLink(entry)) return [path, entry];
    return [path, { path, size: entry.size, mtime: entry.mtime, sha256: entry.sha256 }];
  };
  return { header, entries: new Map([...entries].map(strip)) };
}

/** Reads only the first line of a manifest; nothing if there is none that is ours. */
export function readManifestHeader(folder: string): ManifestHeader | undefined {
  let fd: number | undefined;
  try {
    fd = openManifest(folder);
    if (fd === undefined) return undefined;
    const start = Buffer.allocUnsafe(LONGEST_LINE);
    const line = start.subarray(0, readAt(fd, start, 0, LONGEST_LINE, 0));
    return parseHeader(line.toString('utf8', 0, Math.max(line.indexOf(10), 0)));
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeFile(fd);
  }
}

function openManifest(folder: string): number | undefined {
  let fd: number;
  try {
    fd = withReachablePath(joinPath(folder, MANIFEST_NAME), openForReading);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    if (systemCode(error) === 'ELOOP') throw damaged('it is a symbolic link');
    throw error;
  }
  const stats = fstat(fd);
  if (stats.isFile() && stats.size <= LARGEST_MANIFEST) return fd;
  closeFile(fd);
  throw damaged('it is no file of a possible size');
}

/** Writes the manifest of a folder durably in place of the one before. Throws what the file system throws. */
export async function writeManifest(
  reach: DestinationFolders,
  folder: string,
  header: ManifestHeader,
  entries: Iterable<ManifestEntry>,
): Promise<void> {
  const giveWay = createGiveWay();
  const root = { root: folder, path: '' };
  const { temporary, created: fd } = createTemporary(reach.enter(root), MANIFEST_NAME, (path) =>
    openNew(path, MANIFEST_MODE),
  );
  try {
    try {
      let position = 0;
      let text = '';
      for (const line of manifestToLines(header, entries)) {
        text += line;
        if (text.length < CHUNK) continue;
        position = writeAll(fd, Buffer.from(text), position);
        text = '';
        await giveWay();
      }
      writeAll(fd, Buffer.from(text), position);
      await syncFile(fd);
    } finally {
      closeFile(fd);
    }
    renameTemporary(reach.enter(root), temporary, MANIFEST_NAME, 'overwrite');
  } catch (error) {
    removeTemporary(reach.enter(root), temporary);
    throw error;
  }
  await syncFolder(folder);
}
