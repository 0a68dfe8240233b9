import * as vscode from 'vscode';
import type { ChangeRow } from '../../worker/engineProtocol/snapshots.ts';
import { pathToUri } from '../documents/snapshotUri.ts';

/** Of the addresses of rows that say what became of a file. Nothing can be opened there. */
const SCHEME = 'cairn-change';

type Kind = ChangeRow['kind'];

/** Letters and colours as of git in the editor. */
const decorations: Readonly<Record<Kind, { readonly letter: string; readonly color: string }>> = {
  added: { letter: 'A', color: 'gitDecoration.addedResourceForeground' },
  modified: { letter: 'M', color: 'gitDecoration.modifiedResourceForeground' },
  metadata: { letter: 'M', color: 'gitDecoration.modifiedResourceForeground' },
  typeChanged: { letter: 'T', color: 'gitDecoration.modifiedResourceForeground' },
  renamed: { letter: 'R', color: 'gitDecoration.renamedResourceForeground' },
  removed: { letter: 'D', color: 'gitDecoration.deletedResourceForeground' },
};

/** The address of the row of a change, by which it gets its icon, letter and colour. */
export function changeUri({ path, kind }: Pick<ChangeRow, 'path' | 'kind'>, place: string): vscode.Uri {
  // Without an authority, an address could not have the path of a file on a share.
  return vscode.Uri.from({ scheme: SCHEME, authority: place, path: pathToUri(path), query: kind });
}

/** Puts the letters A, M, D, R and T to the rows of changes. */
export function registerChangeDecorations(): vscode.Disposable {
  return vscode.window.registerFileDecorationProvider({
    provideFileDecoration({ scheme, query }) {
      if (scheme !== SCHEME || !(query in decorations)) return undefined;
      const { letter, color } = decorations[query as Kind];
      // The row says it itself; a tooltip of the letter would be said a second time.
      return { badge: letter, color: new vscode.ThemeColor(color) };
    },
  });
}

/** What became of it, in a word or two. */
export function describeKind(kind: Kind): string {
  switch (kind) {
    case 'added':
      return vscode.l10n.t('Added');
    case 'modified':
      return vscode.l10n.t('Modified');
    case 'metadata':
      return vscode.l10n.t('Only mode or times modified');
    case 'typeChanged':
      return vscode.l10n.t('Type changed');
    case 'renamed':
      return vscode.l10n.t('Renamed');
    case 'removed':
      return vscode.l10n.t('Deleted');
  }
}
