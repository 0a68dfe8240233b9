import type { Repository } from '../../repository/repository.ts';
import type { ReadData } from '../verify/readPacks.ts';
import { changeLedger, type Ledger } from './ledger.ts';
import { folderPlace, recordOf, repositoryPlace, withRecord } from './placeOf.ts';
import type { Depth, PlaceName, PlaceRecord, ProofRecord } from './placeRecord.ts';

/** How deep it is looked by what is read of the data. */
export function depthOf(readData: ReadData | undefined): Depth {
  if (!readData) return 'structure';
  return readData === true ? 'data' : 'part';
}

/** Writes down what the verification of a repository found. Throws nothing. */
export function noteVerified(
  ledger: Ledger,
  { backend, config }: Repository,
  depth: Depth,
  isGood: boolean,
): Promise<void> {
  return noteProof(ledger, repositoryPlace(backend, config.id), depth, isGood);
}

/** Writes down what the verification of a mirror, or of dated copies, found: that reads all of it. Throws nothing. */
export function noteMirrorVerified(ledger: Ledger, folder: string, isGood: boolean): Promise<void> {
  return noteProof(ledger, folderPlace(folder), 'data', isGood);
}

export async function noteProof(ledger: Ledger, name: PlaceName, depth: Depth, isGood: boolean): Promise<void> {
  const proof = { time: new Date().toISOString(), isGood };
  await changeLedger(ledger, (places) => afterProof(places, name, depth, proof));
}

/** The ledger after a proof. */
export function afterProof(
  places: readonly PlaceRecord[],
  name: PlaceName,
  depth: Depth,
  proof: ProofRecord,
): readonly PlaceRecord[] {
  const record = recordOf(places, name, proof.time);
  return withRecord(places, { ...record, proofs: { ...record.proofs, [depth]: proof } });
}

/** The newest proof that found nothing wrong; `withData`: that read every byte. */
export function lastProof(
  { proofs }: Pick<PlaceRecord, 'proofs'>,
  withData = false,
): { readonly depth: Depth; readonly time: string } | undefined {
  const depths: readonly Depth[] = withData ? ['data'] : ['structure', 'part', 'data'];
  const good = depths.flatMap((depth) => (proofs[depth]?.isGood ? [{ depth, time: proofs[depth].time }] : []));
  return good.reduce<(typeof good)[number] | undefined>(
    (best, each) => (best && best.time > each.time ? best : each),
    undefined,
  );
}

/** The damage that was found and that no later look as deep has found to be gone. */
export function knownDamage({
  proofs,
}: Pick<PlaceRecord, 'proofs'>): { readonly depth: Depth; readonly time: string } | undefined {
  // What one tenth has, another does not show.
  const clearedBy: Readonly<Record<Depth, readonly Depth[]>> = {
    structure: ['part', 'data'],
    part: ['data'],
    data: [],
  };
  for (const depth of ['data', 'part', 'structure'] as const) {
    const proof = proofs[depth];
    if (!proof || proof.isGood) continue;
    const isGone = clearedBy[depth].some((deeper) => proofs[deeper]?.isGood && proofs[deeper].time > proof.time);
    if (!isGone) return { depth, time: proof.time };
  }
  return undefined;
}
