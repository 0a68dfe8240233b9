import type * as vscode from 'vscode';
import type { DeletedRow } from '../../worker/engineProtocol/past.ts';
import type { Target } from '../targets/targetStore.ts';

/** A deleted file of a folder of the workspace, and from where it can come back. */
export interface DeletedPlace {
  readonly folder: vscode.WorkspaceFolder;
  readonly target: Target;
  readonly file: DeletedRow;
}

/** A row of the view Deleted, as menus give it to commands: a file, or all in a folder. */
interface DeletedPlaces {
  readonly deleted: readonly DeletedPlace[];
}

/** What is selected if the row is among it, or else what the row is of; each file once. */
export function chosenDeleted(node: unknown, selection: unknown): DeletedPlace[] {
  const all: unknown[] = Array.isArray(selection) && selection.includes(node) ? selection : [node];
  const places = all.filter(isDeletedPlaces).flatMap(({ deleted }) => deleted);
  return [...new Map(places.map((place) => [place.file.path, place])).values()];
}

function isDeletedPlaces(value: unknown): value is DeletedPlaces {
  return typeof value === 'object' && value !== null && 'deleted' in value && Array.isArray(value.deleted);
}
