import { defaultRepositoryPaths, readProofs, readStanding, usualPromises } from '../../engine/index.ts';
import type { Handlers } from './handler.ts';

const HOUR = 3_600_000;

/** How the copies of all places together stand. Asks nothing of storage elsewhere. */
export const standingHandlers: Handlers<'standing'> = {
  async standing(engine, { folders, maxAgeHours, targets }) {
    const trouble = await engine.settleNotes();
    const { folder } = engine.ledger;
    const promised = { ...usualPromises, maxAge: maxAgeHours * HOUR };
    const standing = readStanding(folder, { promised, ...(folders.length > 0 && { folders }) });
    const locations = targets.map(({ location }) => location ?? defaultRepositoryPaths().repository);
    const proofs = readProofs(folder, locations).flatMap((proof, at) =>
      proof ? [[targets[at]!.id, proof] as const] : [],
    );
    return { ...standing, proofs: Object.fromEntries(proofs), ...(trouble !== undefined && { trouble }) };
  },
};
