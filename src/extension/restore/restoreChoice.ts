/**
 * What of a restore a person chooses: files, folders with all that is below them, and git's own data. Rows and ticks
 * alone, without the box that shows them.
 */
import { isGitEntry } from '../../base/gitData.ts';
import type { DiskPath, PathBelow } from '../../base/pathKinds.ts';
import type { RestoreLine } from '../../worker/engineProtocol/restore.ts';
import { joinPath, namesBelow, pathOf } from '../diskPaths.ts';
import type { PlannedPart } from './orderPlan.ts';
import type { RestorePart } from './restoreOrder.ts';

/** A row that can be ticked. */
export interface ChoiceRow {
  readonly part: RestorePart;
  /** From the workspace folder on; empty for what git keeps for itself. */
  readonly way: PathBelow;
  /** What the restore would do with it; absent for a folder that only holds others, and for git's data. */
  readonly line?: RestoreLine;
  /** What the engine is told if it is chosen. */
  readonly paths: readonly DiskPath[];
  /** The rows of what is below it, however deep, but for those of folders that hold others. */
  readonly below: readonly ChoiceRow[];
}

type Ticks = ReadonlySet<ChoiceRow>;

/** The rows of a plan, each folder before what is in it. */
export function choiceRows(parts: readonly PlannedPart[]): ChoiceRow[] {
  return parts.flatMap(({ part, preview: { lines } }) => {
    const folder = pathOf(part.folder.uri);
    const top: Place = { way: '', below: new Map() };
    for (const line of lines) if (!isGitEntry(line)) placeIn(top, namesBelow(folder, line.path)).line = line;
    const rows = [...top.below.values()].flatMap((place) => rowsOf(part, place));
    const paths = gitFolders(folder, lines.filter(isGitEntry));
    return paths.length > 0 ? [...rows, { part, way: '', paths, below: [] }] : rows;
  });
}

/**
 * What is ticked after a person ticked or unticked some: a folder takes along all that is below it, and is ticked as
 * long as all of that is.
 */
export function followTicks(rows: readonly ChoiceRow[], before: Ticks, shown: Ticks): Set<ChoiceRow> {
  const ticked = new Set(shown);
  const toggle = (row: ChoiceRow, isTicked: boolean) => (isTicked ? ticked.add(row) : ticked.delete(row));
  for (const row of rows) {
    if (before.has(row) !== shown.has(row)) for (const each of row.below) toggle(each, shown.has(row));
  }
  for (const row of rows)
    if (row.below.length > 0)
      toggle(
        row,
        row.below.every((each) => ticked.has(each)),
      );
  return ticked;
}

/** The parts of an order with exactly what is ticked; without those of which nothing is. */
export function chosenParts(rows: readonly ChoiceRow[], ticked: Ticks): RestorePart[] {
  const chosen = new Map<RestorePart, DiskPath[]>();
  const taken = new Set<ChoiceRow>();
  for (const row of rows) {
    const { part, line, paths, below } = row;
    // A folder that comes is one thing; of any other, there is more in it than would change.
    const isOne = below.length === 0 || (line !== undefined && line.change !== 'metadata');
    const isTaken = below.length === 0 ? taken.has(row) : below.every((each) => taken.has(each));
    if (!isOne || isTaken || !ticked.has(row)) continue;
    for (const each of below) taken.add(each);
    const known = chosen.get(part);
    if (known) known.push(...paths);
    else chosen.set(part, [...paths]);
  }
  return [...chosen].map(([part, paths]) => ({ ...part, paths }));
}

/** Something that would change, or a folder on the way there. */
interface Place {
  readonly way: PathBelow;
  readonly below: Map<PathBelow, Place>;
  line?: RestoreLine;
}

function placeIn(top: Place, names: readonly PathBelow[]): Place {
  let place = top;
  for (const name of names) {
    let next = place.below.get(name);
    const way = place.way === '' ? name : `${place.way}/${name}`;
    if (!next) place.below.set(name, (next = { way, below: new Map() }));
    place = next;
  }
  return place;
}

function rowsOf(part: RestorePart, { way, line, below: places }: Place): ChoiceRow[] {
  // A folder that goes, goes whole: of one that the snapshot does not have, it says nothing of what is in it.
  const isWhole = line?.isFolder && line.change === 'delete';
  const inside = isWhole ? [] : [...places.values()].flatMap((place) => rowsOf(part, place));
  const below = inside.filter((row) => row.below.length === 0);
  const paths = [line?.path ?? joinPath(pathOf(part.folder.uri), way)];
  return [{ part, way, paths, below, ...(line && { line }) }, ...inside];
}

function gitFolders(folder: DiskPath, lines: readonly RestoreLine[]): DiskPath[] {
  const ways = lines.map(({ path }) => {
    const names = namesBelow(folder, path);
    return names.slice(0, names.indexOf('.git') + 1).join('/');
  });
  return [...new Set(ways)].map((way) => joinPath(folder, way));
}
