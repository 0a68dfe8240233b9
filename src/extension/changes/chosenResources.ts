import * as vscode from 'vscode';
import { parseSnapshotUri } from '../documents/snapshotUri.ts';

/**
 * What a command of a menu of files is for: what is selected, which comes second; else what was clicked; from the
 * Command Palette the file of the active editor. Only what is on the disk; of a document of a snapshot its file.
 */
export function chosenResources(clicked: unknown, selected: unknown): vscode.Uri[] {
  const all: unknown[] = Array.isArray(selected) && selected.length > 0 ? selected : [clicked ?? activeResource()];
  return all.flatMap((uri) => (uri instanceof vscode.Uri ? (onDisk(uri) ?? []) : []));
}

/** The document of the active editor, of whatever kind it is; of a comparison the later side. */
function activeResource(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputTextDiff || input instanceof vscode.TabInputNotebookDiff) return input.modified;
  const isDocument =
    input instanceof vscode.TabInputText ||
    input instanceof vscode.TabInputCustom ||
    input instanceof vscode.TabInputNotebook;
  return isDocument ? input.uri : vscode.window.activeTextEditor?.document.uri;
}

function onDisk(uri: vscode.Uri): vscode.Uri | undefined {
  if (uri.scheme === 'file') return uri;
  const place = parseSnapshotUri(uri);
  return place && vscode.Uri.file(place.path);
}
