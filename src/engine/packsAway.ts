import { CairnError } from '../base/errors.ts';
import type { Repository } from '../repository/repository.ts';

/** The index lists packs, and of all packs none is there: their folder is rather not mounted than lost. */
export function packsAwayError({ backend }: Pick<Repository, 'backend'>): CairnError {
  return new CairnError(
    'refused',
    `The index of ${backend.location} lists packs, and not one of them is there. If the drive is not connected completely, connect it. Nothing was changed.`,
  );
}
