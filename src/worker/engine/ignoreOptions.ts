import { defaultRepositoryPaths, ownFolders, usualGuards, type IgnoreOptions } from '../../engine/index.ts';
import type { RepositoryRef, SourceRules } from '../engineProtocol/refs.ts';
import { repositoryFolder } from './openRepositoryRef.ts';

/**
 * The rules of the engine for what the settings say. No repository is ever part of anything: not the one at
 * hand, and not the default one, wherever backups go. Nor is what each backup itself changes, nor what guards them.
 */
export function ignoreOptions(
  { exclude, alwaysInclude, useIgnoreFiles, gitFolders, never, inFull }: SourceRules,
  repository?: RepositoryRef,
): IgnoreOptions {
  const own = repository && repositoryFolder(repository);
  const ours = [...never, defaultRepositoryPaths().repository, ...ownFolders(usualGuards().folder, own)];
  if (inFull) return { ...inFull, never: [...(inFull.never ?? []), ...ours] };
  return {
    excludeGlobs: [...exclude, ...(gitFolders ? [] : ['**/.git'])],
    alwaysInclude,
    useIgnoreFiles,
    useCairnIgnore: true,
    useCacheDirTag: true,
    never: ours,
  };
}
