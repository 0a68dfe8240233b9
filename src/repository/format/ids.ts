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

const ID_BYTES = 32;
const decoded = Buffer.alloc(ID_BYTES);

/** True for 64 lower-case hex digits. */
export function isId(text: string): boolean {
  // Twice as fast as a pattern or a loop, and asked of every blob of a repository.
  return text.length === 2 * ID_BYTES && decoded.write(text, 'hex') === ID_BYTES && decoded.toString('hex') === text;
}

/** The id in a text that is known to be one: the name of a listed file, a field already checked. */
export function asId<T extends AnyId>(text: string): T {
  return text as T;
}
