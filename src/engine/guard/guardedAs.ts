import type { DiskPath } from '../../base/pathKinds.ts';
import { resolvePath } from '../../disk/paths.ts';
import type { Repository } from '../../repository/repository.ts';
import type { GuardAbout } from './aboutFile.ts';

/** How a guard knows a repository; nothing if that lies elsewhere. */
export function guardedAs(
  { backend, config }: Pick<Repository, 'backend' | 'config'>,
  passwordFile?: DiskPath,
): GuardAbout | undefined {
  const { location } = backend.settings;
  if (location.kind !== 'local') return undefined;
  return {
    id: config.id,
    repository: resolvePath(location.folder),
    ...(passwordFile !== undefined && { passwordFile }),
  };
}
