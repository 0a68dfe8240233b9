import type { DiskPath } from '../../base/pathKinds.ts';
import { CairnError } from '../../base/errors.ts';
import { isSamePlace } from '../../base/samePlace.ts';
import { parseLocation } from '../../base/location.ts';
import { isInside } from '../../disk/paths.ts';
import { countCopies, type Copies } from './judge.ts';
import { changeLedger, readLedger, type Ledger, type LedgerContent } from './ledger.ts';
import { lookAround, type Surroundings } from './lookAround.ts';
import { knownDamage, lastProof } from './noteProof.ts';
import { locationPlace } from './placeOf.ts';
import type { Depth, PlaceRecord, Time } from './placeRecord.ts';
import { judgePromises, type PromiseStanding, type Promised } from './promises.ts';

/** The copies, and what becomes of what was promised. */
export interface Standing extends Copies {
  readonly promises: readonly PromiseStanding[];
  /** All of them are kept, and there is something to keep. */
  readonly isKept: boolean;
  /** Files of the ledger that cannot be read. */
  readonly damaged: readonly DiskPath[];
}

export interface StandingOptions {
  readonly promised: Promised;
  /** Only these folders; all unless stated. */
  readonly folders?: readonly DiskPath[];
  /** Only the repository at this location, and its copies. */
  readonly location?: string;
  /** Only a proof that read every byte counts. */
  readonly withData?: boolean;
}

/** Says how the copies stand by what the ledger knows, and a look at folders of this machine. Throws `storage-error`. */
export function readStanding(folder: DiskPath, options: StandingOptions): Standing {
  let content: LedgerContent;
  try {
    content = readLedger(folder);
  } catch (cause) {
    const message = `The folder ${folder}, in which Cairn notes how the copies stand, cannot be read: ${(cause as Error).message}.`;
    throw new CairnError('storage-error', message, { cause });
  }
  return judgeStanding(content, lookAround(content.places, options.folders), options, Date.now());
}

/** What is known of a place by its last verification. */
export interface KnownProof {
  readonly time: Time;
  /** No damage was found that is not known to be gone. */
  readonly isGood: boolean;
  readonly depth: Depth;
}

/**
 * What is known of what lies at each of some locations: a repository, or a folder of mirrors. Of several the one that
 * says the worst. Throws nothing.
 */
export function readProofs(folder: DiskPath, locations: readonly string[]): readonly (KnownProof | undefined)[] {
  let places: readonly PlaceRecord[];
  try {
    ({ places } = readLedger(folder));
  } catch {
    return locations.map(() => undefined);
  }
  return locations.map((location) => {
    const isNamed = namedBy(location);
    const { folder: named } = locationPlace(parseLocation(location));
    const isInIt = (place: PlaceRecord) =>
      named !== undefined && place.repository === undefined && isInside(place.folder ?? '', named);
    return worst(places.filter((place) => isNamed(place) || isInIt(place)).map(proofOf));
  });
}

function proofOf(place: PlaceRecord): KnownProof | undefined {
  const damage = knownDamage(place);
  if (damage) return { ...damage, isGood: false };
  const proof = lastProof(place);
  return proof && { ...proof, isGood: true };
}

function worst(proofs: readonly (KnownProof | undefined)[]): KnownProof | undefined {
  const known = proofs.filter((proof) => proof !== undefined);
  return known.find(({ isGood }) => !isGood) ?? known.toSorted((a, b) => (a.time < b.time ? -1 : 1))[0];
}

/** Pure; `now` in milliseconds. */
export function judgeStanding(
  { places, damaged }: LedgerContent,
  surroundings: Surroundings,
  { promised, folders, location, withData }: StandingOptions,
  now: number,
): Standing {
  const own = location === undefined ? places : familyOf(places, location);
  const copies = countCopies(own, surroundings, { ...(folders && { folders }), ...(withData && { withData }) });
  const promises = judgePromises(copies, promised, now);
  const isKept = copies.folders.length > 0 && promises.every((promise) => promise.isKept);
  return { ...copies, promises, isKept, damaged };
}

/** The repository at a location, and all that is copied from it. */
function familyOf(places: readonly PlaceRecord[], location: string): readonly PlaceRecord[] {
  const isNamed = namedBy(location);
  const family = new Set(places.filter(isNamed));
  const ids = new Set([...family].flatMap(({ repository }) => repository ?? []));
  for (let size = -1; size !== family.size;) {
    size = family.size;
    for (const place of places) {
      if (!place.copies.some(({ repository }) => ids.has(repository))) continue;
      family.add(place);
      if (place.repository !== undefined) ids.add(place.repository);
    }
  }
  return [...family];
}

function namedBy(location: string): (place: PlaceRecord) => boolean {
  const named = locationPlace(parseLocation(location));
  return (place) =>
    place.folder === undefined || named.folder === undefined
      ? place.location === named.location
      : isSamePlace(place.folder, named.folder);
}

/**
 * Takes places out of the ledger, or folders that are backed up no more. What is stored stays, and comes back into the
 * ledger with the next backup. `name`: a location, or an absolute path. False if nothing of that name is known.
 */
export async function forgetStanding(ledger: Ledger, name: string): Promise<boolean> {
  const isNamed = namedBy(name);
  const { folder } = locationPlace(parseLocation(name));
  const isPath = (each: { readonly path: DiskPath }) => folder !== undefined && isSamePlace(each.path, folder);
  const knows = ({ backups, copies }: PlaceRecord) =>
    backups.some(isPath) || copies.some(({ folders }) => folders.some(isPath));
  let isKnown = false;
  await changeLedger(ledger, (places) => {
    isKnown = places.some((place) => isNamed(place) || knows(place));
    return places
      .filter((place) => !isNamed(place))
      .map((place) => (knows(place) ? withoutPath(place, isPath) : place));
  });
  return isKnown;
}

function withoutPath(place: PlaceRecord, isPath: (each: { readonly path: DiskPath }) => boolean): PlaceRecord {
  return {
    ...place,
    backups: place.backups.filter((backup) => !isPath(backup)),
    copies: place.copies.map((copy) => ({ ...copy, folders: copy.folders.filter((folder) => !isPath(folder)) })),
  };
}

/** Writes down what a person says of a place: that it is away, or here. False if there is no such place. */
export async function markPlace(ledger: Ledger, location: string, mark: PlaceRecord['mark']): Promise<boolean> {
  const isNamed = namedBy(location);
  let isKnown = false;
  await changeLedger(ledger, (places) => {
    isKnown = places.some(isNamed);
    return places.map((place) => (isNamed(place) && place.mark !== mark ? { ...place, ...(mark && { mark }) } : place));
  });
  return isKnown;
}
