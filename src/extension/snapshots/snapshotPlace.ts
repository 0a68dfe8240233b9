import type { DiskPath } from '../../base/pathKinds.ts';
import type { ChangeRow, EntryRow, SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Target } from '../targets/targetStore.ts';

/** A snapshot, or something in it, that a person chose in a view: what commands get from context menus. */
export interface SnapshotPlace {
  readonly target: Target;
  readonly row: SnapshotRow;
  /** As the snapshot has it on the disk, absolute. Absent: all of the snapshot. */
  readonly path?: DiskPath;
  /** Of what is at `path`. */
  readonly type?: EntryRow['type'];
}

/** A file that a snapshot changed. */
export interface ChangedPlace extends SnapshotPlace {
  readonly change: ChangeRow;
  /** The snapshot with which it was compared, which has the version before; absent if there was none. */
  readonly before?: SnapshotRow | undefined;
}

/** Whether a place is a change that a snapshot made. */
export function isChangedPlace(place: SnapshotPlace): place is ChangedPlace {
  return 'change' in place && 'before' in place;
}

/** Whether an argument of a command is a place: keybindings and other extensions call commands, too. */
export function isSnapshotPlace(value: unknown): value is SnapshotPlace {
  return typeof value === 'object' && value !== null && 'row' in value && 'target' in value;
}

/**
 * What a command of a context menu is for: all that is selected if the row is among it, or else that row.
 * VS Code gives the row first, then the selection. Empty when the command was called without a row.
 */
export function chosenPlaces(node: unknown, selection: unknown): SnapshotPlace[] {
  const all = Array.isArray(selection) && selection.includes(node) ? (selection as unknown[]) : [node];
  return all.filter(isSnapshotPlace);
}
