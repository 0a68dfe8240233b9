/** Files of a server as a whole, by many requests at the same time. Paths are those of the server. */
import type { Attributes, Entry } from 'ssh2/lib/protocol/SFTP.js';
import { throwIfAborted } from '../../base/abort.ts';
import { atOnce } from './atOnce.ts';
import type { SftpConnection } from './sftpConnection.ts';
import { sftpStatus, statusOf, unless } from './sftpStatus.ts';

/** How a file is opened (draft-ietf-secsh-filexfer-02, section 6.3). */
const openFlags = { read: 1, write: 2, create: 8, exclusive: 32 } as const;

/** A file is not as long as it has to be; the message says how long it is. */
export class WrongLength extends Error {}

/** What is written under a name that nobody has. */
export interface NewFile {
  readonly path: string;
  readonly parts: readonly Uint8Array[];
  /** Of the complete file. */
  readonly mode: number;
  readonly signal?: AbortSignal | undefined;
  readonly onTaken?: (() => void) | undefined;
}

/**
 * Writes a new file and makes its content durable where the server can. Fails if the path exists. Whatever goes wrong
 * after it was made, it is removed, also when the signal fires.
 */
export async function writeNewFile(connection: SftpConnection, file: NewFile): Promise<void> {
  const { path, parts, signal, onTaken } = file;
  const flags = openFlags.write | openFlags.create | openFlags.exclusive;
  const handle = await connection.call<Buffer>((codec, done) => codec.open(path, flags, { mode: 0o600 }, done));
  const { size, atOnce: limit } = connection.pieces;
  let completing: Promise<void> | undefined;
  const pieces = function* () {
    let position = 0;
    for (const piece of piecesOf(parts, size)) {
      throwIfAborted(signal);
      yield { piece, position };
      position += piece.length;
    }
    onTaken?.();
    // Sent behind the pieces without waiting for their answers; the server keeps the order.
    completing = complete(connection, handle, position, file.mode);
    completing.catch(() => {});
  };
  try {
    await atOnce(limit, pieces(), async ({ piece, position }) => {
      await connection.call((codec, done) => codec.write(handle, piece, 0, piece.length, position, done));
    });
    await completing;
    throwIfAborted(signal);
  } catch (error) {
    if (!completing) closeQuietly(connection, handle);
    await removeQuietly(connection, path);
    throw error;
  }
}

/** All at once: the server works on the requests for one file in their order. */
async function complete(connection: SftpConnection, handle: Buffer, length: number, mode: number): Promise<void> {
  const { unsupported, permissionDenied } = sftpStatus;
  const synced = connection.call<void>((codec, done) => codec.ext_openssh_fsync(handle, done));
  const seen = connection.call<Attributes>((codec, done) => codec.fstat(handle, done));
  const chmod = connection.call<void>((codec, done) => codec.fsetstat(handle, { mode }, done));
  const closed = connection.call<void>((codec, done) => codec.close(handle, done));
  const [, attributes] = await Promise.all([
    unless(synced, [unsupported, permissionDenied], undefined),
    seen,
    // Not all servers have modes; the repository is as good without.
    chmod.catch((error: unknown) => {
      if (statusOf(error) === undefined) throw error;
    }),
    closed,
  ]);
  if (attributes.size !== undefined && attributes.size !== length)
    throw new Error(`${length} bytes were written, but the file has ${attributes.size}`);
}

/** The parts one after the other, cut and joined to pieces of that size. What is yielded may be a view of a part. */
function* piecesOf(parts: readonly Uint8Array[], size: number): Generator<Buffer> {
  let joined: Buffer | undefined;
  let filled = 0;
  for (const part of parts) {
    const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
    for (let at = 0; at < bytes.length;) {
      const taken = bytes.subarray(at, at + size - filled);
      at += taken.length;
      if (taken.length === size) {
        yield taken;
        continue;
      }
      joined ??= Buffer.allocUnsafe(size);
      filled += taken.copy(joined, filled);
      if (filled < size) continue;
      yield joined;
      filled = 0;
    }
  }
  if (joined && filled > 0) yield joined.subarray(0, filled);
}

/** Which part of a file to read, once its size is known; throws if there is no such part. */
export type Choose = (attributes: Attributes) => { readonly offset: number; readonly target: Buffer };

/** What is likely to be chosen, so that it is asked for along with the size. */
export interface Guess {
  readonly offset: number;
  /** Absent: to the end. */
  readonly length?: number | undefined;
}

/** Reads a part of a file into memory that `choose` names. Nothing is put there any more after the call. */
export async function readFile(
  connection: SftpConnection,
  path: string,
  guess: Guess,
  choose: Choose,
  signal?: AbortSignal,
): Promise<Buffer> {
  const handle = await connection.call<Buffer>((codec, done) => codec.open(path, openFlags.read, {}, done));
  try {
    const { size, atOnce: limit } = connection.pieces;
    const begin = Buffer.allocUnsafe(Math.min(guess.length ?? size, size));
    const beginning = readPiece(connection, handle, begin, guess.offset);
    beginning.catch(() => {});
    const attributes = await connection.call<Attributes>((codec, done) => codec.fstat(handle, done));
    throwIfAborted(signal);
    const { offset, target } = choose(attributes);
    const have = Math.min(await beginning, target.length);
    throwIfAborted(signal);
    begin.copy(target, 0, 0, have);
    const spare: Buffer[] = [];
    const rest = function* () {
      for (let at = have; at < target.length; at += size) yield at;
    };
    await atOnce(limit, rest(), async (at) => {
      throwIfAborted(signal);
      // Not read right into the target, which belongs to somebody else once this was aborted.
      const piece = spare.pop() ?? Buffer.allocUnsafeSlow(size);
      const wanted = Math.min(size, target.length - at);
      const count = await readPiece(connection, handle, piece.subarray(0, wanted), offset + at);
      throwIfAborted(signal);
      if (count < wanted) throw new WrongLength(`it ends at byte ${offset + at + count}`);
      piece.copy(target, at, 0, wanted);
      spare.push(piece);
    });
    return target;
  } finally {
    closeQuietly(connection, handle);
  }
}

/** Fills the buffer as far as the file goes, and returns how far that was. */
async function readPiece(connection: SftpConnection, handle: Buffer, buffer: Buffer, from: number): Promise<number> {
  let done = 0;
  while (done < buffer.length) {
    const rest = buffer.length - done;
    const reading = connection.call<number>((codec, answer) =>
      codec.read(handle, buffer, done, rest, from + done, answer),
    );
    const count = await unless(reading, [sftpStatus.endOfFile], 0);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** The entries of a folder without `.` and `..`, or undefined if it is not there. */
export async function readFolder(connection: SftpConnection, path: string): Promise<Entry[] | undefined> {
  const opening = connection.call<Buffer>((codec, done) => codec.opendir(path, done));
  const handle = await unless(opening, [sftpStatus.noSuchFile], undefined);
  if (!handle) return undefined;
  const readPage = () =>
    unless(
      connection.call<Entry[]>((codec, done) => codec.readdir(handle, done)),
      [sftpStatus.endOfFile],
      undefined,
    );
  const entries: Entry[] = [];
  try {
    for (;;) {
      // Most folders come in one answer; the second says then that it was the last.
      const pages = await Promise.all([readPage(), readPage()]);
      for (const page of pages) for (const entry of page ?? []) entries.push(entry);
      if (pages.includes(undefined)) return entries;
    }
  } finally {
    closeQuietly(connection, handle);
  }
}

/** What the server says of a path, links followed, or undefined if there is nothing. */
export function statIfThere(connection: SftpConnection, path: string): Promise<Attributes | undefined> {
  const answer = connection.call<Attributes>((codec, done) => codec.stat(path, done));
  return unless(answer, [sftpStatus.noSuchFile], undefined);
}

/** Removes a file, if it can. */
export async function removeQuietly(connection: SftpConnection, path: string): Promise<void> {
  await connection.call<void>((codec, done) => codec.unlink(path, done)).catch(() => {});
}

function closeQuietly(connection: SftpConnection, handle: Buffer): void {
  connection.call<void>((codec, done) => codec.close(handle, done)).catch(() => {});
}
