import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BlobId, SnapshotId } from '../../src/repository/format/ids.ts';
import type { BlobLocation } from '../../src/repository/index/blobIndex.ts';
import type { Repository } from '../../src/repository/repository.ts';
import { loadSnapshot } from '../../src/repository/snapshots.ts';
import { writeTree, type TreeEntry } from './fileTree.ts';
import { backUp, createLocalRepository, repositoryFile, testCodecs, unlockedSession } from './localRepository.ts';
import { tempFolder } from './tempFolder.ts';

/** A repository on the disk, and the folder whose content it holds. */
export interface Stage {
  readonly folder: string;
  readonly source: string;
  readonly repository: Repository;
  readonly ids: SnapshotId[];
}

/** One snapshot for each tree, of the content of one folder; what is in two trees in a row is left alone. */
export async function createStage(...trees: Record<string, TreeEntry>[]): Promise<Stage> {
  const root = tempFolder();
  const folder = join(root, 'repository');
  const stage = { folder, source: join(root, 'source'), repository: await createLocalRepository(folder), ids: [] };
  let before: Record<string, TreeEntry> = {};
  for (const tree of trees) {
    for (const path of Object.keys(before)) if (!(path in tree)) rmSync(join(stage.source, path));
    writeTree(stage.source, Object.fromEntries(Object.entries(tree).filter(([path, entry]) => before[path] !== entry)));
    await addSnapshot(stage);
    before = tree;
  }
  return stage;
}

/** Backs up the source as it is now. */
export async function addSnapshot({ repository, source, ids }: Stage): Promise<SnapshotId> {
  // One thread: each that starts takes longer than there is to do.
  const { snapshotId } = await backUp(repository, ['.'], { workingFolder: source }, testCodecs(1));
  ids.push(snapshotId!);
  return snapshotId!;
}

/** Where the first blob of a file, or the list of a folder, lies; the root is ''. */
export async function placeOf(
  { repository }: Stage,
  id: SnapshotId,
  path: string,
): Promise<BlobLocation & { blob: BlobId }> {
  const session = await unlockedSession(repository);
  let tree = (await loadSnapshot(repository, id)).tree;
  for (const name of path.split('/').filter((part) => part !== '')) {
    const node = (await session.reader.loadTree(tree)).nodes.find((entry) => entry.name === name)!;
    if (node.content) return { ...session.index.locations('data', node.content[0]!)[0]!, blob: node.content[0]! };
    tree = node.subtree!;
  }
  return { ...session.index.locations('tree', tree)[0]!, blob: tree };
}

/** The path of the pack in which a place lies. */
export function packFile(stage: Stage, { packId }: Pick<BlobLocation, 'packId'>): string {
  return repositoryFile(stage.folder, 'data', packId);
}

/** Replaces a file of a repository, which is read-only. */
export function editFile(path: string, change: (content: Buffer) => Buffer): void {
  const content = change(readFileSync(path));
  rmSync(path);
  writeFileSync(path, content);
}

/** Flips one bit; a negative position counts from the end. */
export function flipBit(path: string, at: number): void {
  editFile(path, (content) => {
    const position = at < 0 ? content.length + at : at;
    content[position]! ^= 0x10;
    return content;
  });
}
