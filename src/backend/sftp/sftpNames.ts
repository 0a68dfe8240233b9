/** How a complete file gets its name on a server. */
import { removeQuietly, statIfThere } from './sftpFiles.ts';
import type { SftpConnection } from './sftpConnection.ts';
import { sftpStatus, statusOf, unless } from './sftpStatus.ts';

const { unsupported, permissionDenied } = sftpStatus;

/**
 * Gives a file its name, in place of what has it. Where the server cannot do that in one step, what is there stays if it
 * has the same length, since it has the same content then; the name is never without a whole file that it had.
 * @param size bytes of the file.
 */
export async function giveName(connection: SftpConnection, from: string, to: string, size: number): Promise<void> {
  const replacing = connection.call<void>((codec, done) => codec.ext_openssh_rename(from, to, done));
  // A server may forbid just this request.
  if ((await unless(replacing, [unsupported, permissionDenied], 'refused' as const)) !== 'refused') return;
  try {
    await rename(connection, from, to);
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    const there = await statIfThere(connection, to);
    if (!there) throw error;
    if (there.size === size) return removeQuietly(connection, from);
    await connection.call<void>((codec, done) => codec.unlink(to, done));
    await rename(connection, from, to);
  }
}

/** Gives a file its name unless something has it; false if so. */
export async function giveNameOnce(connection: SftpConnection, from: string, to: string): Promise<boolean> {
  try {
    await connection.call<void>((codec, done) => codec.ext_openssh_hardlink(from, to, done));
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    if (await statIfThere(connection, to)) return false;
    // Without hard links nothing is as safe on all servers; that of OpenSSH replaces nothing here.
    return rename(connection, from, to).then(
      () => true,
      async (refusal: unknown) => {
        if (statusOf(refusal) !== undefined && (await statIfThere(connection, to))) return false;
        throw refusal;
      },
    );
  }
  await removeQuietly(connection, from);
  return true;
}

function rename(connection: SftpConnection, from: string, to: string): Promise<void> {
  return connection.call<void>((codec, done) => codec.rename(from, to, done));
}
