import type { PathBelow } from './pathKinds.ts';

/** The path of the folder in which an entry is; empty for what lies in the top folder. */
export function parentOf(path: PathBelow): PathBelow {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

/** The last name of a path. */
export function nameOf(path: PathBelow): PathBelow {
  return path.slice(path.lastIndexOf('/') + 1);
}
