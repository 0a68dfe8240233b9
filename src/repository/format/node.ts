import type { BlobId } from './ids.ts';

/** `irregular` stands for every type that is none of the others: nothing of that kind can be made from it. */
export type NodeType = 'file' | 'dir' | 'symlink' | 'dev' | 'chardev' | 'fifo' | 'socket' | 'irregular';

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
  /** Irregular ones only: all fields as they stand in the repository, so that they can be written again. */
  foreign?: Readonly<Record<string, unknown>>;
  /** The name in the repository, where another entry of the folder has that one, too. */
  nameBefore?: string;
}

/**
 * The content of a tree blob: nodes in ascending order of their raw names, none twice. In the repository a name
 * may stand twice; then the later ones have names of their own here, and `nameBefore`.
 */
export interface Tree {
  readonly nodes: readonly Node[];
}
