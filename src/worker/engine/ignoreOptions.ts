import type { IgnoreOptions } from '../../engine/index.ts';
import type { SourceRules } from '../engineProtocol.ts';
import { locksFolder } from './workspaces.ts';

/** The rules of the engine for what the settings say. */
export function ignoreOptions({
  exclude,
  alwaysInclude,
  useIgnoreFiles,
  gitFolders,
  never,
}: SourceRules): IgnoreOptions {
  return {
    excludeGlobs: [...exclude, ...(gitFolders ? [] : ['**/.git'])],
    alwaysInclude,
    useIgnoreFiles,
    useCairnIgnore: true,
    useCacheDirTag: true,
    never: [...never, locksFolder()],
  };
}
