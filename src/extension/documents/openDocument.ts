import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { offerCopy } from './saveCopy.ts';
import { MAX_FILE_BYTES } from './snapshotFileSystem.ts';
import type { UriParts } from './snapshotUri.ts';

/** Opens a document of a snapshot by the editor that fits it; of a very large file a copy is offered. */
export async function openDocument(
  cairn: Cairn,
  document: UriParts,
  title: string,
  options: vscode.TextDocumentShowOptions = {},
): Promise<void> {
  const uri = toUri(document);
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > MAX_FILE_BYTES) return offerCopy(cairn, uri);
  await vscode.commands.executeCommand('vscode.open', uri, options, title);
}

/** The editor's own form of an address. */
export function toUri(parts: UriParts): vscode.Uri {
  return parts.scheme === 'file' ? vscode.Uri.file(parts.path) : vscode.Uri.from(parts);
}
