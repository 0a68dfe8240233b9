/**
 * Sockets that only this user can reach: in a folder that nobody else may enter. Windows has pipes instead, whose names are
 * random and stand in such a folder.
 */
import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { DiskPath } from '../base/pathKinds.ts';
import { CairnError } from '../base/errors.ts';
import { joinName } from './paths.ts';
import { isWindows } from './system.ts';

/** A place at which somebody listens, or did. */
export interface PrivateSocket {
  /** What `node:net` takes. */
  readonly address: string;
  /** What stands for it in the folder. */
  readonly file: DiskPath;
}

/** The path of a socket has no more bytes, with one that ends it, on macOS; Linux takes 108. */
const LONGEST_PATH = 103;
const nameOfSocket = /^[0-9a-f]{24}$/;
const ID_BYTES = 12;

/** Makes a name for a socket, and the folder that it is in. Throws `refused` if that folder is another user's. */
export function newPrivateSocket(data: DiskPath): PrivateSocket {
  const folder = socketFolder(data);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!isOwn(folder)) throw new CairnError('refused', `${folder} is another user's, so nothing is put there.`);
  if (!isWindows) chmodSync(folder, 0o700);
  const socket = socketIn(folder, randomBytes(ID_BYTES).toString('hex'));
  if (isWindows) writeFileSync(socket.file, '');
  return socket;
}

/** The sockets of this user. None where others could have put them there. Throws nothing. */
export function privateSockets(data: DiskPath): PrivateSocket[] {
  const folder = socketFolder(data);
  try {
    if (!isOwn(folder) || (!isWindows && (lstatSync(folder).mode & 0o077) !== 0)) return [];
    const sockets = readdirSync(folder).flatMap((name) => (nameOfSocket.test(name) ? socketIn(folder, name) : []));
    return sockets.filter(({ file }) => isWindows || (lstatSync(file).isSocket() && isOwn(file)));
  } catch {
    return [];
  }
}

/** Takes away what stands for a socket. Throws nothing. */
export function removePrivateSocket({ file }: PrivateSocket): void {
  try {
    unlinkSync(file);
  } catch {
    // It is gone already.
  }
}

/** In the data folder, or where that has too long a path, in a folder of the system named after it. */
export function socketFolder(data: DiskPath): DiskPath {
  const folder = joinName(data, 'engines');
  const path = socketIn(folder, '0'.repeat(2 * ID_BYTES)).file;
  if (isWindows || Buffer.byteLength(path) <= LONGEST_PATH) return folder;
  const name = createHash('sha256').update(data).digest('hex').slice(0, 16);
  return joinName(shortTemporaryFolder(), `cairn-${process.getuid!()}-${name}`);
}

function shortTemporaryFolder(): DiskPath {
  const folder = tmpdir();
  // macOS has a long one for each user, and one that is short.
  return Buffer.byteLength(folder) > 40 ? '/tmp' : folder;
}

function socketIn(folder: DiskPath, name: string): PrivateSocket {
  const file = joinName(folder, name);
  return { file, address: isWindows ? `\\\\.\\pipe\\cairn-${name}` : file };
}

function isOwn(path: DiskPath): boolean {
  return isWindows || lstatSync(path).uid === process.getuid!();
}
