import type { Backend, CallOptions } from '../../backend/backend.ts';

/** What a replica takes over as it is. The config goes once, at the beginning; locks never go. */
export type CopiedType = 'key' | 'snapshot' | 'index' | 'pack';

/** What is needed comes before what needs it, so that each snapshot is whole at any instant. */
export const copyOrder = ['pack', 'index', 'snapshot', 'key'] as const satisfies readonly CopiedType[];

/** What needs something goes before what it needs. */
export const removalOrder = ['snapshot', 'index', 'pack', 'key'] as const satisfies readonly CopiedType[];

/** One file of a repository. */
export interface StoredFile {
  readonly type: CopiedType;
  readonly name: string;
  /** Bytes. */
  readonly size: number;
}

/** The files of a repository: sizes by name. */
export type RepositoryFiles = Readonly<Record<CopiedType, ReadonlyMap<string, number>>>;

/** The files of a place where nothing is yet. */
export function noFiles(): RepositoryFiles {
  return { key: new Map(), snapshot: new Map(), index: new Map(), pack: new Map() };
}

/**
 * The files of a repository that others may add to meanwhile. Snapshots are listed before index files, and these before
 * packs: whoever stores does it the other way round, so what a listed file needs is listed.
 */
export async function listGrowing(backend: Backend, options: CallOptions): Promise<RepositoryFiles> {
  const [key, snapshot] = await Promise.all([list(backend, 'key', options), list(backend, 'snapshot', options)]);
  const index = await list(backend, 'index', options);
  return { key, snapshot, index, pack: await list(backend, 'pack', options) };
}

/** The files of a repository, asked for at once. */
export async function listAtOnce(backend: Backend, options: CallOptions): Promise<RepositoryFiles> {
  const types = ['key', 'snapshot', 'index', 'pack'] as const;
  const [key, snapshot, index, pack] = await Promise.all(types.map((type) => list(backend, type, options)));
  return { key: key!, snapshot: snapshot!, index: index!, pack: pack! };
}

async function list(backend: Backend, type: CopiedType, options: CallOptions): Promise<Map<string, number>> {
  return new Map((await backend.list(type, options)).map(({ name, size }) => [name, size]));
}

/** How many files of each type. */
export type FileCounts = Readonly<Record<CopiedType, number>>;

/** Counts files by their type. */
export function countByType(files: Iterable<StoredFile>): Record<CopiedType, number> {
  const counts = { key: 0, snapshot: 0, index: 0, pack: 0 };
  for (const { type } of files) counts[type]++;
  return counts;
}

/** Bytes of all of them. */
export function bytesOf(files: readonly StoredFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
