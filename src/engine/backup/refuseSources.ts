import { CairnError } from '../../base/errors.ts';
import { displayPath } from '../../base/rawName.ts';
import { pathInside } from '../../disk/paths.ts';

/**
 * Throws `refused` if one of the sources is the repository's folder or lies in it: such a backup
 * would feed on itself. Links are followed on both sides. All paths are absolute.
 */
export function refuseSourcesInRepository(sources: readonly string[], repositoryFolder: string): void {
  const inside = sources.find((source) => pathInside(repositoryFolder, source) !== undefined);
  if (inside === undefined) return;
  throw new CairnError(
    'refused',
    `${displayPath(inside)} lies in the repository ${displayPath(repositoryFolder)} itself. Back up to another repository.`,
    { details: { source: displayPath(inside) } },
  );
}
