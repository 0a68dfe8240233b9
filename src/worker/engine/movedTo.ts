import type { StoredSnapshot } from '../../engine/index.ts';
import { isSamePlace } from '../../base/samePlace.ts';

/** For `diffWithDisk`: a snapshot of one folder is compared with this one, though that was elsewhere then. */
export function movedTo(
  folder: string,
  { snapshot }: StoredSnapshot,
): { readonly moved?: { readonly from: string; readonly to: string } } {
  const [from, ...more] = snapshot.paths;
  return from === undefined || more.length > 0 || isSamePlace(from, folder) ? {} : { moved: { from, to: folder } };
}
