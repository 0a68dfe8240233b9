import type { PlaceInSnapshot } from './snapshotPath.ts';
import type { Session } from './session.ts';
import { treesAhead } from './treesAhead.ts';
import { walkTree, type WalkedEntry } from './walkTree.ts';

export interface ListOptions {
  /** Also what is in the folders below. */
  readonly recursive: boolean;
  readonly signal?: AbortSignal;
}

/**
 * The entries at a place of a snapshot: the entry itself (the root has none), then, of a folder, its
 * content as {@link walkTree} walks it.
 */
export async function* listFiles(
  session: Session,
  place: PlaceInSnapshot,
  options: ListOptions,
): AsyncGenerator<WalkedEntry, void, void> {
  const { path, node, tree } = place;
  if (node) yield { kind: 'entry', path, node };
  if (tree === undefined) return;
  const reader = options.recursive ? treesAhead(session, [tree], options) : session.reader;
  yield* walkTree(reader, tree, {
    path,
    enter: () => options.recursive,
    ...(options.signal && { signal: options.signal }),
  });
}
