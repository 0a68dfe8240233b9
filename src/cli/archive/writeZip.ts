import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { modeToStat, readFileContent, tryParseTime, type Session } from '../../engine/index.ts';
import type { ArchiveEntry, LeftOut } from './archiveEntries.ts';

/** Types of files, in the modes of POSIX. */
const REGULAR_FILE = 0o100000;
const SYMBOLIC_LINK = 0o120000;
const FOLDER = 0o040000;

/**
 * Writes entries as a zip archive to a stream, which stays open. Names that a zip archive cannot hold are left out. Contents
 * are proven before they are written. Throws what reading fails with; what was written until then is no whole archive.
 */
export async function writeZip(
  entries: AsyncIterable<ArchiveEntry>,
  reader: Session['reader'],
  output: Writable,
  { signal, onLeftOut }: { readonly signal?: AbortSignal; readonly onLeftOut: (leftOut: LeftOut) => void },
): Promise<void> {
  const archive = new ZipFile();
  const source = archive.outputStream as Readable;
  archive.on('error', (error: Error) => source.destroy(error));
  const feed = async () => {
    try {
      for await (const entry of entries) {
        // As `yazl` refuses them: other systems take it for what is between folders.
        if (entry.name.includes('\\'))
          onLeftOut({ path: entry.path, message: 'It was left out: a zip archive holds no name with a backslash.' });
        else addEntry(archive, entry, reader, signal);
      }
      archive.end();
    } catch (error) {
      source.destroy(error as Error);
    }
  };
  // What goes wrong at one end ends the other one, too.
  await Promise.all([pipeline(source, output, { end: false, ...(signal && { signal }) }), feed()]);
}

function addEntry(archive: ZipFile, entry: ArchiveEntry, reader: Session['reader'], signal?: AbortSignal): void {
  const { name, node } = entry;
  const permissions = modeToStat(node.mode);
  const mtime = new Date(Number((tryParseTime(node.mtime) ?? 0n) / 1_000_000n));
  if (node.type === 'dir') return archive.addEmptyDirectory(`${name}/`, { mtime, mode: FOLDER | permissions });
  if (node.type === 'symlink') {
    const target = Buffer.from(node.linkTarget ?? '');
    return archive.addBuffer(target, name, { mtime, mode: SYMBOLIC_LINK | permissions, compress: false });
  }
  archive.addReadStreamLazy(name, { mtime, mode: REGULAR_FILE | permissions, size: Number(node.size ?? 0) }, (take) => {
    const content = Readable.from(readFileContent(reader, entry, signal), { objectMode: false });
    content.on('error', (error) => archive.emit('error', error));
    take(undefined, content);
  });
}
