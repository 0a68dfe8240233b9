/**
 * The ledger of the copies: one file for each place, in the user's data folder. Who loses it loses what Cairn knows
 * without looking, which comes back with the next runs; no backup depends on it.
 */
import envPaths from 'env-paths';
import type { DiskPath } from '../../base/pathKinds.ts';
import { systemCode } from '../../base/systemCode.ts';
import { unlink } from '../../disk/changes.ts';
import { makeFolder, syncFolder, writeDurably } from '../../disk/durableWrite.ts';
import { listNames } from '../../disk/folders.ts';
import { toFsPath } from '../../disk/fsPath.ts';
import { joinName } from '../../disk/paths.ts';
import { readSmallFile } from '../../disk/smallFile.ts';
import { sha256Hex } from '../../repository/hash.ts';
import { withLockFile } from '../withLockFile.ts';
import { parsePlace, placeKeyOf, placeToJson, type PlaceRecord } from './placeRecord.ts';

/** Where the ledger is, and who hears that something could not be written down. */
export interface Ledger {
  readonly folder: DiskPath;
  /** Hears a sentence. */
  readonly onTrouble: (message: string) => void;
}

/** What the ledger says. */
export interface LedgerContent {
  readonly places: readonly PlaceRecord[];
  /** Files of it that cannot be read, or are of a later Cairn. */
  readonly damaged: readonly DiskPath[];
}

/** A file of the ledger is named after its place. */
const fileName = /^[0-9a-f]{64}\.json$/;
const LOCK_NAME = 'lock';
/** Milliseconds. */
const LONGEST_WAIT = 10_000;

/** In the user's data folder. Whoever does not say where troubles go hears of none. */
export function usualLedger(onTrouble: Ledger['onTrouble'] = () => {}): Ledger {
  return { folder: joinName(envPaths('cairn', { suffix: '' }).data, 'standing'), onTrouble };
}

/** Reads all of it. Throws what the file system throws, but for files that are damaged. */
export function readLedger(folder: DiskPath): LedgerContent {
  const places: PlaceRecord[] = [];
  const damaged: DiskPath[] = [];
  for (const name of listIfThere(folder)) {
    if (!fileName.test(name)) continue;
    const file = joinName(folder, name);
    try {
      places.push(parsePlace(readSmallFile(file).toString('utf8')));
    } catch (error) {
      // Somebody else removed it since it was listed.
      if (systemCode(error) !== 'ENOENT') damaged.push(file);
    }
  }
  return { places, damaged };
}

function listIfThere(folder: DiskPath): readonly string[] {
  try {
    return listNames(toFsPath(folder));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Writes down what `change` makes of the ledger; nothing if that is what it says already. Processes that do so at once
 * come one after the other. Throws nothing: what fails goes to `onTrouble`.
 */
export async function changeLedger(
  { folder, onTrouble }: Ledger,
  change: (places: readonly PlaceRecord[]) => readonly PlaceRecord[],
): Promise<void> {
  try {
    if (!differs(readLedger(folder).places, change)) return;
    await makeFolder(folder, 0o700);
    await withLockFile(
      joinName(folder, LOCK_NAME),
      async () => {
        const { places } = readLedger(folder);
        await writeChanges(folder, places, change(places));
      },
      { longestWait: LONGEST_WAIT },
    );
  } catch (error) {
    const { message } = error as Error;
    onTrouble(
      `What "cairn status" says may be out of date: the folder ${folder} cannot be written to (${message}). Nothing else is wrong.`,
    );
  }
}

function differs(
  places: readonly PlaceRecord[],
  change: (places: readonly PlaceRecord[]) => readonly PlaceRecord[],
): boolean {
  const changed = change(places);
  return changed.length !== places.length || changed.some((place, at) => place !== places[at]);
}

async function writeChanges(
  folder: DiskPath,
  before: readonly PlaceRecord[],
  after: readonly PlaceRecord[],
): Promise<void> {
  const known = new Set(before);
  for (const place of after) {
    if (known.has(place)) continue;
    const content = [Buffer.from(placeToJson(place))];
    await writeDurably(fileOf(folder, place), content, { mode: 0o600, canReplace: true });
  }
  const stays = new Set(after.map(placeKeyOf));
  const gone = before.filter((place) => !stays.has(placeKeyOf(place)));
  for (const place of gone) unlink(toFsPath(fileOf(folder, place)));
  if (gone.length > 0) await syncFolder(folder);
}

function fileOf(folder: DiskPath, place: PlaceRecord): DiskPath {
  return joinName(folder, `${sha256Hex(placeKeyOf(place))}.json`);
}
