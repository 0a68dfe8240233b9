import { homedir } from 'node:os';
import { listRemotes } from '../backend/rclone/listRemotes.ts';
import { parseSshConfig } from '../backend/sftp/sshHosts.ts';
import type { StorageAccess } from '../base/storageAccess.ts';
import { listNames } from '../disk/folders.ts';
import { toFsPath } from '../disk/fsPath.ts';
import { joinPath, lastName, parentFolder, resolvePath } from '../disk/paths.ts';
import { readSmallFile } from '../disk/smallFile.ts';

/** Names to choose from; `isMissing` without the program that knows them. */
export interface StorageNames {
  readonly names: readonly string[];
  readonly isMissing?: true;
}

/** Files that include each other end somewhere. */
const MAX_DEPTH = 4;

/** Hosts in the user's configuration of ssh, with the files that it includes. */
export function listSshHosts({ environment }: Pick<StorageAccess, 'environment'>): StorageNames {
  const home = environment['HOME'] || environment['USERPROFILE'] || homedir();
  const folder = joinPath(home, '.ssh');
  return { names: [...new Set(hostsOf(joinPath(folder, 'config'), { home, folder }, 0))] };
}

/** Remotes in the configuration of rclone. */
export async function listRcloneRemotes(
  access: Pick<StorageAccess, 'environment' | 'options'>,
  signal?: AbortSignal,
): Promise<StorageNames> {
  const names = await listRemotes(access, signal);
  return names === 'missing' ? { names: [], isMissing: true } : { names: names ?? [] };
}

function hostsOf(file: string, places: { home: string; folder: string }, depth: number): readonly string[] {
  let text: string;
  try {
    text = readSmallFile(file).toString('utf8');
  } catch {
    return [];
  }
  const { hosts, includes } = parseSshConfig(text);
  if (depth === MAX_DEPTH) return hosts;
  const files = includes.flatMap((pattern) => filesLike(resolveInclude(pattern, places)));
  return [...hosts, ...files.flatMap((other) => hostsOf(other, places, depth + 1))];
}

function resolveInclude(pattern: string, { home, folder }: { home: string; folder: string }): string {
  return pattern.startsWith('~/') ? joinPath(home, pattern.slice(2)) : resolvePath(pattern, folder);
}

/** Wildcards in the last name only. */
function filesLike(pattern: string): string[] {
  if (!/[*?]/.test(pattern)) return [pattern];
  const folder = parentFolder(pattern);
  const name = lastName(pattern)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  try {
    return listNames(toFsPath(folder))
      .filter((other) => new RegExp(`^${name}$`).test(other))
      .sort()
      .map((other) => joinPath(folder, other));
  } catch {
    return [];
  }
}
