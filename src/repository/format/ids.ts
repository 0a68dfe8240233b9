/**
 * Ids are SHA-256 values written as 64 lower-case hex digits (format notes, "Conventions"). Each
 * kind is a type of its own, so that a pack id cannot be passed where a blob id is meant.
 */
declare const kind: unique symbol;
type Id<Kind extends string> = string & { readonly [kind]: Kind };

export type BlobId = Id<'blob'>;
export type PackId = Id<'pack'>;
export type IndexId = Id<'index'>;
export type SnapshotId = Id<'snapshot'>;
export type KeyId = Id<'key'>;
export type LockId = Id<'lock'>;
type AnyId = BlobId | PackId | IndexId | SnapshotId | KeyId | LockId;

/** A blob is a chunk of a file (`data`) or the list of a folder (`tree`); the type is part of its key. */
export type BlobType = 'data' | 'tree';

/** True for 64 lower-case hex digits. */
export function isId(text: string): boolean {
  if (text.length !== 64) return false;
  // Several times as fast as a pattern, and called for every blob of a repository.
  for (let at = 0; at < 64; at++) {
    const code = text.charCodeAt(at);
    if (!((code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66))) return false;
  }
  return true;
}

/** The id in a text that is known to be one: the name of a listed file, a field already checked. */
export function asId<T extends AnyId>(text: string): T {
  return text as T;
}
