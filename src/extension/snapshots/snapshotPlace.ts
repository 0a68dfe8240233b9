import type { DiskPath } from '../../base/pathKinds.ts';
import type { EntryRow, SnapshotRow } from '../../worker/engineProtocol/snapshots.ts';
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
