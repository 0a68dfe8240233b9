import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** A tree that can be backed up, and how it changes. */
export interface Source {
  readonly folder: string;
  /** A folder in it to be listed, from the root of the source. */
  readonly listedFolder: string;
  /** Goes up with each change. */
  readonly version: number;
  readonly change: () => void;
}

/** An input: what it is, and how it is made. */
export interface Input {
  readonly title: string;
  /** What {@link Source.change} does, for the reader. */
  readonly changeTitle: string;
  /** Writes the tree into a folder that does not exist yet. */
  readonly make: (folder: string) => Source | Promise<Source>;
}

/** A source that `change` changes; it is told how often that was done before. */
export function createSource(folder: string, listedFolder: string, change: (version: number) => void): Source {
  let version = 0;
  return {
    folder,
    listedFolder,
    get version() {
      return version;
    },
    change: () => change(version++),
  };
}

/** Files below a folder and the bytes in them. */
export function countTree(folder: string): { files: number; bytes: number } {
  const sum = { files: 0, bytes: 0 };
  const count = (path: string) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory()) count(join(path, entry.name));
      else if (entry.isFile()) {
        sum.files++;
        sum.bytes += lstatSync(join(path, entry.name)).size;
      }
    }
  };
  count(folder);
  return sum;
}
