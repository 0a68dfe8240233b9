import { throwIfAborted } from '../base/abort.ts';
import { CairnError } from '../base/errors.ts';
import { displayPath } from '../base/rawName.ts';
import type { BlobId, BlobType } from '../repository/format/ids.ts';
import type { Node } from '../repository/format/node.ts';
import type { PlaceInSnapshot } from './snapshotPath.ts';

/** Loads the plain content of a blob, proven by its hash; `BlobReader` does. */
export interface BlobLoader {
  load(type: BlobType, id: BlobId): Promise<Buffer>;
}

/**
 * The content of a file of a snapshot, blob by blob, each proven before it is handed out.
 * Throws `refused` for what is not a file, and what a missing or damaged blob fails with.
 */
export async function* readFileContent(
  reader: BlobLoader,
  place: Pick<PlaceInSnapshot, 'path' | 'node'>,
  signal?: AbortSignal,
): AsyncGenerator<Buffer, void, void> {
  const { path, node } = place;
  if (node?.type !== 'file') throw notAFile(path, node);
  if (!node.content) {
    throw new CairnError('repository-damaged', `The file "${displayPath(path)}" has no list of its content.`);
  }
  for (const id of node.content) {
    throwIfAborted(signal);
    yield await reader.load('data', id);
  }
}

function notAFile(path: string, node: Node | undefined): CairnError {
  const shown = displayPath(path);
  const message =
    node?.type === 'symlink'
      ? `"${shown}" is a symbolic link to "${displayPath(node.linkTarget ?? '')}". Name the file itself.`
      : !node || node.type === 'dir'
        ? `"${shown}" is a folder. Name a file in it, or restore the folder.`
        : `"${shown}" is a device or a pipe; it has no content.`;
  return new CairnError('refused', message, { details: { path: shown } });
}
