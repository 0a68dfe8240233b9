import { createHash } from 'node:crypto';
import type { Node } from '../repository/format/node.ts';
import { reportDuplicates, type DuplicatesReport, type UnreadableFile } from './duplicates.ts';
import { listFiles } from './listFiles.ts';
import type { Session } from './session.ts';
import type { PlaceInSnapshot } from './snapshotPath.ts';

export interface SnapshotDuplicatesOptions {
  /** Smaller files are left out. Bytes; 1 if absent. */
  readonly minSize?: number;
  readonly signal?: AbortSignal;
}

interface SameContent {
  readonly size: number;
  readonly paths: Set<string>;
  /** Inode and device of the files with several names that are among the paths. */
  readonly linked: Set<string>;
}

/**
 * Finds duplicates among the files at `places` of snapshots without reading a file: the chunker cuts
 * the same content in the same way, so files with the same list of blobs, and no others, are the same.
 * What is at two of the places counts once. A folder that cannot be read is reported.
 * Throws `aborted`, and what would strike every folder.
 */
export async function findDuplicatesInSnapshot(
  session: Session,
  places: readonly PlaceInSnapshot[],
  options: SnapshotDuplicatesOptions = {},
): Promise<DuplicatesReport> {
  const { minSize = 1, signal } = options;
  const byContent = new Map<string, SameContent>();
  const seen = new Set<string>();
  const unreadable: UnreadableFile[] = [];
  for (const place of places) {
    for await (const found of listFiles(session, place, { recursive: true, ...(signal && { signal }) })) {
      if (found.kind === 'problem') {
        unreadable.push({ path: found.path, code: found.code });
      } else if (found.node.type === 'file' && !seen.has(found.path)) {
        seen.add(found.path);
        if (Number(found.node.size ?? 0) >= minSize) addFile(byContent, found.path, found.node);
      }
    }
  }
  const sets = [...byContent.values()]
    .filter(({ paths }) => paths.size > 1)
    .map(({ size, paths }) => ({ size, paths: [...paths] }));
  return reportDuplicates(sets, seen.size, unreadable);
}

function addFile(byContent: Map<string, SameContent>, path: string, node: Node): void {
  const key = contentKey(node);
  let same = byContent.get(key);
  if (!same) {
    same = { size: Number(node.size ?? 0), paths: new Set(), linked: new Set() };
    byContent.set(key, same);
  }
  if ((node.links ?? 1) > 1) {
    const file = `${node.deviceId ?? 0} ${node.inode ?? 0}`;
    if (same.linked.has(file)) return;
    same.linked.add(file);
  }
  same.paths.add(path);
}

/** The blobs of a file as one short key. */
function contentKey({ content }: Node): string {
  if (content?.length === 1) return content[0]!;
  return createHash('sha256')
    .update((content ?? []).join())
    .digest('base64');
}
