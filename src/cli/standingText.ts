import type { FolderStanding, PlaceStanding, PromiseStanding, Standing } from '../engine/index.ts';
import { count, formatLocalTime, table } from './format.ts';
import type { JsonLine } from './jsonLine.ts';
import type { Output } from './output.ts';

const HOUR = 3_600_000;

/** A length of time as a person says it: `24 hours`, `7 days`. Milliseconds. */
function formatSpan(span: number): string {
  const hours = Math.round(span / HOUR);
  return hours % 24 === 0 && hours > 24 ? count(hours / 24, 'day') : count(hours, 'hour');
}

/** Prints how the copies stand. */
export function reportStanding(output: Output, standing: Standing): void {
  if (output.json) for (const line of standingToData(standing)) output.data(line);
  else for (const line of standingLines(standing, output.verbosity)) output.line(line);
}

function* standingToData(standing: Standing): Generator<JsonLine> {
  for (const place of standing.places) yield placeToData(place);
  for (const { path, isThere, copies, disks, away, lastBackup, oldestNotAway } of standing.folders) {
    const times = { last_backup: lastBackup, oldest_not_away: oldestNotAway };
    yield { message_type: 'folder', path, exists: isThere, copies, disks, away, ...times };
  }
  for (const { name, isKept, wanted, found, since, folders, places } of standing.promises) {
    const isNumber = found !== undefined;
    const limit = isNumber ? { wanted, found } : { wanted_seconds: wanted / 1000, since };
    yield { message_type: 'promise', name, kept: isKept, ...limit, folders, places };
  }
  const { isKept, copies, disks, away, oldestNotAway, folders, promises } = standing;
  yield {
    message_type: 'summary',
    kept: isKept,
    copies,
    disks,
    away,
    oldest_not_away: oldestNotAway,
    folders: folders.length,
    broken: promises.filter((promise) => !promise.isKept).map(({ name }) => name),
  };
}

function placeToData(place: PlaceStanding): JsonLine {
  return {
    message_type: 'place',
    location: place.location,
    kind: place.kind,
    repository_id: place.repository,
    state: place.state.replace('-', '_'),
    away: place.isAway,
    counted: place.isCounted,
    folders: place.folders,
    last_used: place.lastUsed,
    waiting_since: place.waitingSince,
    last_proof: place.proof?.time,
    proof_depth: place.proof?.depth,
    damage_found: place.damage,
  };
}

/** With `verbosity` below zero only what is wrong. */
function* standingLines(standing: Standing, verbosity: number): Generator<string> {
  const { folders, places, promises } = standing;
  if (folders.length === 0) {
    yield 'Nothing is backed up from this computer, as far as Cairn knows. "cairn backup PATH" begins, and the next backup of a folder makes it known.';
    return;
  }
  if (verbosity >= 0) {
    yield numbersOf(standing);
    yield '';
  }
  for (const promise of promises) {
    if (verbosity >= 0 || !promise.isKept) yield promiseLine(promise);
  }
  if (verbosity >= 0 || !standing.isKept) yield* places.filter(({ isCounted }) => !isCounted).map(notThere);
  if (verbosity < 0) return;
  yield '';
  yield* table([['Folder', 'Copies', 'Disks', 'Away', 'Last backup', 'Waits to be away'], ...folders.map(folderRow)]);
  yield '';
  yield* table([['Place', 'Kind', 'State', 'Lacks changes', 'Last proof'], ...places.map(placeRow)]);
}

function numbersOf({ copies, disks, away }: Pick<Standing, 'copies' | 'disks' | 'away'>): string {
  return `${count(copies, 'copy', 'copies')} on ${count(disks, 'disk')}, ${away} away`;
}

/** Whether a promise is kept, and what to do if it is not. */
function promiseLine(promise: PromiseStanding): string {
  const word = promise.isKept ? 'kept' : 'BROKEN';
  return `${word.padEnd(6)}  ${promise.name.padEnd(6)}  ${promise.isKept ? keptText(promise) : brokenText(promise)}`;
}

function keptText({ name, wanted, found = 0, since }: PromiseStanding): string {
  const span = formatSpan(wanted);
  const time = since === undefined ? '' : ` (${formatLocalTime(since)})`;
  switch (name) {
    case 'copies':
    case 'disks':
    case 'away':
      return `${found} (${wanted} promised)`;
    case 'age':
      return `every folder was backed up within ${span}${time}`;
    case 'behind':
      return since === undefined
        ? 'all that was backed up is away'
        : `no change waits longer than ${span} to be away${time}`;
    case 'proof':
      return `every place was verified within ${span}, or is newer${time}`;
    case 'damage':
      return 'none was found';
  }
}

function brokenText({ name, wanted, found = 0, folders, places, since }: PromiseStanding): string {
  const span = formatSpan(wanted);
  const where = nameSome(places.length > 0 ? places : folders);
  switch (name) {
    case 'copies':
      return `${found} of ${wanted}: ${where}. "cairn replicate --to LOCATION" makes another copy.`;
    case 'disks':
      return `${found} of ${wanted}: ${where}. Keep a copy on another disk: "cairn replicate --to FOLDER".`;
    case 'away':
      return `${found} of ${wanted}: ${where}. Keep a copy elsewhere: "cairn replicate --to sftp:USER@HOST:FOLDER".`;
    case 'age':
      return `not backed up within ${span}: ${where}. "cairn backup" does it; if it is not to be backed up any more, "cairn status --forget FOLDER".`;
    case 'behind':
      return `changes of more than ${span} are not away${since === undefined ? '' : ` (since ${formatLocalTime(since)})`}: ${where}. "cairn replicate" or "cairn copy" brings them there.`;
    case 'proof':
      return `not verified for more than ${span}: ${where}. Run "cairn verify -r LOCATION", and --read-data now and then.`;
    case 'damage':
      return `damage was found: ${where}. "cairn verify -r LOCATION --read-data" says what is affected, and what to do.`;
  }
}

function nameSome(names: readonly string[]): string {
  const [first = '', ...others] = names;
  return others.length === 0 ? first : `${first} and ${others.length} more`;
}

function folderRow({ path, isThere, copies, disks, away, lastBackup, oldestNotAway }: FolderStanding): string[] {
  return [
    isThere ? path : `${path} (gone)`,
    ...[copies, disks, away].map(String),
    lastBackup === undefined ? 'never' : formatLocalTime(lastBackup),
    oldestNotAway === undefined ? 'nothing' : `since ${formatLocalTime(oldestNotAway)}`,
  ];
}

function notThere({ location, state }: PlaceStanding): string {
  const what = state === 'gone' ? 'is gone from its disk' : 'is not there, and nobody knows where it was';
  return `note    place   ${location} ${what}, so it does not count. If that is for good, "cairn status --forget" it.`;
}

const states: Readonly<Record<PlaceStanding['state'], string>> = {
  there: 'there',
  gone: 'GONE',
  'not-connected': 'not connected',
  unknown: 'not there',
  far: 'away',
};

function placeRow({ location, kind, state, isAway, waitingSince, proof, damage }: PlaceStanding): string[] {
  const depths = { structure: 'structure', part: 'part of the data', data: 'all data' };
  const proven = proof === undefined ? 'never' : `${formatLocalTime(proof.time)}, ${depths[proof.depth]}`;
  return [
    location,
    kind,
    state === 'far' && !isAway ? 'here' : state !== 'far' && isAway ? `${states[state]}, away` : states[state],
    waitingSince === undefined ? 'none' : `since ${formatLocalTime(waitingSince)}`,
    damage === undefined ? proven : `DAMAGE found ${formatLocalTime(damage)}`,
  ];
}
