import * as vscode from 'vscode';
import type { Cairn } from '../cairn.ts';
import { lastName, pathOf } from '../diskPaths.ts';
import { readSetting } from '../settings.ts';
import type { AutomaticBackups } from './automaticBackups.ts';

/** A deletion or a renaming never waits longer for the snapshot before it. Milliseconds. */
const LONGEST_WAIT = 2_000;
const QUIET = 1_000;
const LONGEST = 5_000;

/**
 * Has a snapshot made before a person deletes or renames something in the editor, if there are changes that none has yet,
 * and one after it that says what was done.
 */
export function watchEditorMoments(cairn: Pick<Cairn, 'log'>, automatic: AutomaticBackups): vscode.Disposable {
  const before = (uris: readonly vscode.Uri[]) =>
    Promise.all([...byFolder(uris).keys()].map((folder) => automatic.finish(folder, LONGEST_WAIT)));
  const after = (uris: readonly vscode.Uri[], name: string, describe: (what: string) => string) => {
    for (const [folder, paths] of byFolder(uris)) {
      const label = describe(paths.length === 1 ? lastName(paths[0]!) : vscode.l10n.t('{0} entries', paths.length));
      cairn.log.debug(`${label} in ${folder.name}.`);
      for (const path of paths) automatic.note(folder, path);
      const moment = { label, actor: { kind: 'editor', name }, paths } as const;
      automatic.want(folder, { reason: 'editor', quiet: QUIET, longest: LONGEST, moment });
    }
  };
  return vscode.Disposable.from(
    vscode.workspace.onWillDeleteFiles((event) => event.waitUntil(before(event.files))),
    vscode.workspace.onWillRenameFiles((event) => event.waitUntil(before(event.files.map(({ oldUri }) => oldUri)))),
    vscode.workspace.onDidDeleteFiles(({ files }) =>
      after(files, 'delete', (what) => vscode.l10n.t('Deleted {0} in the editor', what)),
    ),
    vscode.workspace.onDidRenameFiles(({ files }) => {
      const uris = files.flatMap(({ oldUri, newUri }) => [oldUri, newUri]);
      const [first] = files;
      const from = files.length === 1 ? lastName(pathOf(first!.oldUri)) : vscode.l10n.t('{0} entries', files.length);
      after(uris, 'rename', () => vscode.l10n.t('Renamed or moved {0} in the editor', from));
    }),
  );
}

/** What is in folders for which the editor's changes make snapshots. */
function byFolder(uris: readonly vscode.Uri[]): Map<vscode.WorkspaceFolder, ReturnType<typeof pathOf>[]> {
  const found = new Map<vscode.WorkspaceFolder, ReturnType<typeof pathOf>[]>();
  for (const uri of uris) {
    const folder = uri.scheme === 'file' ? vscode.workspace.getWorkspaceFolder(uri) : undefined;
    if (!folder || !readSetting<boolean>('automatic.onSave', folder.uri)) continue;
    found.set(folder, [...(found.get(folder) ?? []), pathOf(uri)]);
  }
  return found;
}
