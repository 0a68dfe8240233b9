import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { pack, type Pack } from 'tar-stream';
import { modeToStat, readFileContent, tryParseTime, type Node, type Session } from '../../engine/index.ts';
import type { ArchiveEntry } from './archiveEntries.ts';

const types = { file: 'file', dir: 'directory', symlink: 'symlink' } as const;
/** What the octal fields of a header hold. */
const LARGEST_ID = 0o7777777;
const NANOS_PER_SECOND = 1_000_000_000n;

/**
 * Writes entries as a tar archive (POSIX pax) to a stream, which stays open. Contents are proven before they are written.
 * Throws what reading fails with; what was written until then is no whole archive.
 */
export async function writeTar(
  entries: AsyncIterable<ArchiveEntry>,
  reader: Session['reader'],
  output: Writable,
  signal?: AbortSignal,
): Promise<void> {
  const archive = pack();
  const feed = async () => {
    try {
      for await (const entry of entries) await addEntry(archive, entry, reader, signal);
      archive.finalize();
    } catch (error) {
      archive.destroy(error as Error);
    }
  };
  // Its own streams would end the output. What goes wrong at one end ends the other one, too.
  await Promise.all([pipeline(Readable.from(archive), output, { end: false, ...(signal && { signal }) }), feed()]);
}

async function addEntry(
  archive: Pack,
  entry: ArchiveEntry,
  reader: Session['reader'],
  signal?: AbortSignal,
): Promise<void> {
  const added = Promise.withResolvers<void>();
  const sink = archive.entry(headerOf(entry), (error) => (error ? added.reject(error) : added.resolve()));
  // The callback tells it, too, and is awaited only when all is written.
  sink.on('error', () => {});
  added.promise.catch(() => {});
  if (entry.node.type === 'file') {
    for await (const part of readFileContent(reader, entry, signal)) {
      if (!sink.write(part)) await Promise.race([once(sink, 'drain'), added.promise]);
    }
    sink.end(null);
  }
  await added.promise;
}

function headerOf({ name, node }: ArchiveEntry): Parameters<Pack['entry']>[0] {
  const { type, mode, uid, gid, user = '', group = '', size = 0, linkTarget = '' } = node;
  const nanoseconds = tryParseTime(node.mtime) ?? 0n;
  const isFolder = type === 'dir';
  return {
    name: isFolder ? `${name}/` : name,
    type: types[type as keyof typeof types],
    mode: modeToStat(mode),
    mtime: new Date(Number(nanoseconds / 1_000_000n)),
    uid: Math.min(uid, LARGEST_ID),
    gid: Math.min(gid, LARGEST_ID),
    // Longer ones would not fit, and the numbers are there.
    ...(Buffer.byteLength(user) < 32 && { uname: user }),
    ...(Buffer.byteLength(group) < 32 && { gname: group }),
    ...(type === 'file' && { size: Number(size) }),
    ...(type === 'symlink' && { linkname: linkTarget }),
    pax: extendedFields(node, nanoseconds),
  };
}

function extendedFields({ uid, gid }: Node, nanoseconds: bigint): Record<string, string> {
  const fraction = ((nanoseconds % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
  const seconds = (nanoseconds - fraction) / NANOS_PER_SECOND;
  return {
    mtime: `${seconds}.${String(fraction).padStart(9, '0')}`,
    ...(uid > LARGEST_ID && { uid: String(uid) }),
    ...(gid > LARGEST_ID && { gid: String(gid) }),
  };
}
