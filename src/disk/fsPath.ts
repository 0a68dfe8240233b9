import { decodeRaw, encodeRaw } from '../base/rawName.ts';
import { isWindows } from './system.ts';

/** What Node's file functions take. */
export type FsPath = string | Buffer;

/**
 * What Node's file functions take for this path: the string itself, or bytes where it is not UTF-8. On
 * Windows names are UTF-16, and what stands for such a byte is in none of them (`names.ts` refuses it).
 */
export function toFsPath(path: string): FsPath {
  return isWindows || path.isWellFormed() ? path : encodeRaw(path);
}

/** A path with a name after it, which may be longer than either could be as a string. */
export function appendToFsPath(folder: FsPath, name: string, separator: string): FsPath {
  if (typeof folder === 'string') {
    const start = folder.endsWith(separator) ? folder : folder + separator;
    return toFsPath(start + name);
  }
  return Buffer.concat([folder, Buffer.from(separator), encodeRaw(name)]);
}

/** A name or path as the system gave it. */
export function fromSystem(bytes: Uint8Array): string {
  return decodeRaw(bytes);
}
