import { copyOrder, type RepositoryFiles, type StoredFile } from './replicaFiles.ts';

/** A file that the replica lacks, or has otherwise. */
export interface FileToCopy extends StoredFile {
  /** Bytes of the file of the same name there, which cannot be right. */
  readonly replaces?: number;
}

/** How two repositories differ, by names and sizes: what has the same name has the same content. */
export interface ReplicaPlan {
  /** In the order in which they are stored: packs, index files, snapshots, keys. */
  readonly copy: readonly FileToCopy[];
  /** What only the replica has. */
  readonly surplus: readonly StoredFile[];
}

/** Holds the files of a repository against those of its replica. */
export function planReplica(source: RepositoryFiles, replica: RepositoryFiles): ReplicaPlan {
  const copy: FileToCopy[] = [];
  const surplus: StoredFile[] = [];
  for (const type of copyOrder) {
    for (const [name, size] of source[type]) {
      const there = replica[type].get(name);
      if (there !== size) copy.push({ type, name, size, ...(there !== undefined && { replaces: there }) });
    }
    for (const [name, size] of replica[type]) if (!source[type].has(name)) surplus.push({ type, name, size });
  }
  return { copy, surplus };
}

/** Why nothing is removed by what a source lacks, as a sentence; undefined if it may be believed. */
export function doubtSource(source: RepositoryFiles, replica: RepositoryFiles): string | undefined {
  const nothing = 'Nothing is removed from the replica.';
  if (source.snapshot.size === 0 && replica.snapshot.size > 0) {
    return `The repository has no snapshot any more, and its replica has ${replica.snapshot.size}. ${nothing} If all were forgotten on purpose, begin a new replica elsewhere.`;
  }
  if (source.snapshot.size === 0) return undefined;
  for (const [type, what] of [
    ['index', 'index file'],
    ['pack', 'pack'],
    ['key', 'key'],
  ] as const) {
    if (source[type].size === 0 && replica[type].size > 0)
      return `The repository has snapshots, but no ${what}: its storage may not be there as a whole. ${nothing}`;
  }
  return undefined;
}
