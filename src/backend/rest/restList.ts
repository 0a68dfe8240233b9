import type { FileInfo } from '../backend.ts';
import { isFileName } from '../layout.ts';

/** What asks for a list with sizes: version 2 of the protocol. rclone knows no other. */
export const LIST_TYPE = 'application/vnd.x.restic.rest.v2';

/** Bytes: some three million files. */
export const MAX_LIST_LENGTH = 256 * 1024 * 1024;

/** A file as a server lists it; by version 1 without its size. */
export type ListedFile = Pick<FileInfo, 'name'> & Partial<FileInfo>;

/** Reads a list of either version, but for what is no name of a file. Undefined for anything else. */
export function parseList(body: Buffer): ListedFile[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
  // Go writes an empty list so, if nobody sees to it.
  if (value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const files: ListedFile[] = [];
  for (const entry of value as unknown[]) {
    const file = readEntry(entry);
    if (!file) return undefined;
    if (isFileName(file.name)) files.push(file);
  }
  return files;
}

function readEntry(entry: unknown): ListedFile | undefined {
  if (typeof entry === 'string') return { name: entry };
  const { name, size } = (entry ?? {}) as { name?: unknown; size?: unknown };
  if (typeof name !== 'string') return undefined;
  return Number.isSafeInteger(size) && (size as number) >= 0 ? { name, size: size as number } : { name };
}
