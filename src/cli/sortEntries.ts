import { parseTime, type Node } from '../engine/index.ts';

/** An entry of a list. */
interface ListedEntry {
  readonly path: string;
  readonly node: Node;
}

const keys: Readonly<Record<string, (entry: ListedEntry) => string | number | bigint>> = {
  name: ({ path }) => path,
  size: ({ node }) => node.size ?? 0,
  time: ({ node }) => parseTime(node.mtime),
  mtime: ({ node }) => parseTime(node.mtime),
  atime: ({ node }) => parseTime(node.atime),
  ctime: ({ node }) => parseTime(node.ctime),
  extension: ({ path }) => extensionOf(path),
};

/** What `ls --sort` takes, as restic's. */
export const sortModes = Object.keys(keys);

/** Sorts by one of the modes, and what is equal by that by its path. */
export function sortEntries<Entry extends ListedEntry>(
  entries: readonly Entry[],
  mode: string,
  reverse: boolean,
): Entry[] {
  const key = keys[mode]!;
  const sorted = entries
    .map((entry) => ({ entry, value: key(entry) }))
    .sort((a, b) => compare(a.value, b.value) || compare(a.entry.path, b.entry.path))
    .map(({ entry }) => entry);
  return reverse ? sorted.reverse() : sorted;
}

function compare(a: string | number | bigint, b: string | number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** From the last dot of the name on: for Go, `.profile` has one, too. */
function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot < 0 ? '' : name.slice(dot);
}
