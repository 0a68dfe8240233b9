import { CairnError } from '../../base/errors.ts';
import type { TreePath } from '../../base/pathKinds.ts';
import { listFiles, type Node, type PlaceInSnapshot, type Session } from '../../engine/index.ts';

/** A file, a folder or a symbolic link of an archive. */
export interface ArchiveEntry {
  /** With `/` between its parts and none at either end. */
  readonly name: string;
  /** Where it is in the snapshot. */
  readonly path: TreePath;
  readonly node: Node;
}

/** What is not in the archive, and why. */
export interface LeftOut {
  readonly path: TreePath;
  readonly message: string;
}

export interface ArchiveOptions {
  /** The folder of the snapshot at which names begin; its root unless stated. */
  readonly base?: TreePath;
  readonly signal?: AbortSignal;
  readonly onLeftOut: (leftOut: LeftOut) => void;
}

/**
 * What is below a folder of a snapshot, as archives have it: each folder before what is in it. Throws what a damaged
 * folder list fails with, since an archive that lacks a part would look whole.
 */
export async function* archiveEntries(
  session: Session,
  folder: PlaceInSnapshot,
  { base = '/', signal, onLeftOut }: ArchiveOptions,
): AsyncGenerator<ArchiveEntry, void, void> {
  for await (const found of listFiles(session, folder, { recursive: true, ...(signal && { signal }) })) {
    if (found.kind === 'problem') throw new CairnError(found.code, found.message, { details: { path: found.path } });
    const { path, node } = found;
    if (path === folder.path) continue;
    const message = whyNot(path, node);
    if (message === undefined) yield { name: path.slice(base === '/' ? 1 : base.length + 1), path, node };
    else onLeftOut({ path, message });
  }
}

function whyNot(path: TreePath, { type, linkTarget = '' }: Node): string | undefined {
  if (!['file', 'dir', 'symlink'].includes(type))
    return 'It was left out: archives are not for devices, pipes and sockets.';
  if (!path.isWellFormed() || !linkTarget.isWellFormed())
    return 'It was left out: archives hold names in UTF-8, and its name is none. A restore brings it back.';
  return undefined;
}
