import { SEAL_OVERHEAD } from '../../../repository/format/pack.ts';
import type { Node } from '../../../repository/format/node.ts';
import type { BlobIndex } from '../../../repository/index/blobIndex.ts';
import type { FileBefore } from './changeTally.ts';
import { endingOf, isTextEnding } from './fileKinds.ts';

/** Noise does not become shorter than it is; the shortest text does by this share. */
const ORDERLY = 0.9;

/**
 * What the snapshot before had in the place of a file. How orderly that was, is told by what compressing it gave, so nothing
 * is read; where nothing was compressed, by the name.
 */
export function fileBefore(index: BlobIndex, node: Node | undefined, name: string): FileBefore | undefined {
  if (node?.type !== 'file') return undefined;
  const [first] = node.content ?? [];
  const [place] = first === undefined ? [] : index.locations('data', first);
  const plain = place?.uncompressedLength ?? 0;
  const isOrderly = plain === 0 ? isTextEnding(endingOf(name)) : place!.length - SEAL_OVERHEAD < plain * ORDERLY;
  return { size: Number(node.size ?? 0), isOrderly };
}
