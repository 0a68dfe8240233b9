import type { AffectedPath } from '../engine/index.ts';
import { shortId } from './snapshotText.ts';

/** What is lost of a path, in which snapshots, and where another version of it is whole. */
export function affectedLine({ loss, path, type, snapshots, intactIn }: AffectedPath): string {
  const what = type === 'folder' ? `${path.replace(/\/?$/, '/')} with all that is in it` : path;
  const instead = intactIn === undefined ? '' : `; intact in ${shortId(intactIn)}`;
  return `${loss.padEnd(7)}  ${what}  (in ${snapshots.map(shortId).join(', ')}${instead})`;
}
