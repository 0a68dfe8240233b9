import type { BlobId } from './ids.ts';

export type NodeType = 'file' | 'dir' | 'symlink' | 'dev' | 'chardev' | 'fifo' | 'socket';

/** An unsigned integer of up to 64 bits: a number where it is safe, a bigint above 2^53. */
export type Uint64 = number | bigint;

export interface ExtendedAttribute {
  readonly name: string;
  /** Base64, as in the repository. */
  readonly value: string;
}

/**
 * One entry of a tree (format notes 7.2). Absent optional fields are those that the format omits
 * when empty. Times are kept as the RFC 3339 text with which they stand in the repository, so that
 * a node that is carried over keeps its bytes; `parseTime` makes them comparable.
 */
export interface Node {
  /** Unquoted; bytes that are not UTF-8 as in `base/rawName.ts`. */
  name: string;
  type: NodeType;
  /** Go's file mode: permissions plus the flags of format notes 7.3. */
  mode: number;
  mtime: string;
  atime: string;
  ctime: string;
  uid: number;
  gid: number;
  user?: string;
  group?: string;
  inode?: Uint64;
  deviceId?: Uint64;
  /** Files only: bytes. */
  size?: Uint64;
  links?: number;
  /** Symbolic links only; bytes that are not UTF-8 as in `base/rawName.ts`. */
  linkTarget?: string;
  extendedAttributes?: readonly ExtendedAttribute[];
  /** Windows only; kept as it is in the repository. */
  genericAttributes?: Readonly<Record<string, unknown>>;
  device?: Uint64;
  /** Files: ids of the data blobs in order, empty for an empty file. Others: null. */
  content: readonly BlobId[] | null;
  /** Folders only: id of the tree blob. */
  subtree?: BlobId;
}

/** The content of a tree blob: nodes in ascending order of their raw names, none twice. */
export interface Tree {
  readonly nodes: readonly Node[];
}
