import type { FileHandle, FileType } from './backend.ts';
import { CairnError } from '../base/errors.ts';

const folders = { key: 'keys', lock: 'locks', snapshot: 'snapshots', index: 'index', pack: 'data' } as const;

/** The 256 folders below `data`, named after the first two digits of the packs in them. */
export const packFolders: readonly string[] = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** The folder of a type, below that of the repository (format notes 1). Packs rest one level deeper. */
export function folderOf(type: Exclude<FileType, 'config'>): string {
  return folders[type];
}

/** All folders of an empty repository, each after the one it lies in. */
export function allFolders(): string[] {
  return [...Object.values(folders), ...packFolders.map((name) => `${folders.pack}/${name}`)];
}

/** The folders in which files are written, below that of the repository, and of which type these are. */
export function writtenFolders(): [FileType, string][] {
  const types = Object.entries(folders) as [keyof typeof folders, string][];
  return [
    ['config', ''],
    ...types.filter(([type]) => type !== 'pack'),
    ...packFolders.map((name): [FileType, string] => ['pack', `${folders.pack}/${name}`]),
  ];
}

/**
 * Where a file rests below the folder of the repository, with `/` between the parts (format notes 1).
 * Throws `unsafe-name` for a name that is not 64 hex digits: it would lead somewhere else.
 */
export function relativePath(handle: FileHandle): string {
  const { type, name } = handle;
  if (type === 'config') {
    if (name === '') return 'config';
  } else if (isFileName(name)) {
    return type === 'pack' ? `${folders.pack}/${name.slice(0, 2)}/${name}` : `${folders[type]}/${name}`;
  }
  throw new CairnError('unsafe-name', `"${name.slice(0, 80)}" is not a name that a ${type} file can have.`);
}

/** True for 64 lower-case hex digits; everything else in the folders of a repository is ignored. */
export function isFileName(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name);
}

/**
 * True for the name under which Cairn, or restic, writes a file before it gets its own: `config-tmp-…`, `<64 digits>-tmp-…`.
 */
export function isTemporaryName(name: string): boolean {
  return /^(?:config|[0-9a-f]{64})-tmp-[0-9a-f]+$/.test(name);
}
