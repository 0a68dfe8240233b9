import * as vscode from 'vscode';
import { countChanges } from '../counts.ts';
import { isGitData } from '../../base/gitData.ts';
import type { ChangeRow } from '../../worker/engineProtocol/snapshots.ts';
import type { Cairn } from '../cairn.ts';
import { bothSidesOf, sidesOf, type Comparison } from './comparison.ts';
import { describeChange } from './describeState.ts';
import { openDocument, toUri } from './openDocument.ts';
import { offerCopy } from './saveCopy.ts';
import { MAX_FILE_BYTES } from './snapshotFileSystem.ts';
import { nameToUri } from './snapshotUri.ts';

/** More are too many for one editor. */
const MAX_IN_ONE_EDITOR = 500;

/** What the editor shows by a viewer of its own, which has nothing to show for an empty document. */
const media =
  /\.(png|jpe|jpe?g|gif|bmp|ico|webp|avif|tiff?|pdf|mp[34]|m4a|m4v|mov|wav|ogg|oga|ogv|flac|aac|webm|ttf|otf|woff2?)$/i;

/**
 * Opens what became of a file: a diff of its two states, an empty document standing for the one that is not
 * there. Of what is no file there is nothing to show, which is said; of very large files a copy is offered.
 */
export async function openChange(
  cairn: Cairn,
  change: ChangeRow,
  comparison: Comparison,
  options: vscode.TextDocumentShowOptions = {},
): Promise<void> {
  const { before, after } = sidesOf(change, comparison);
  const title = describeChange(change, comparison);
  const tooLarge = isTooLarge(change);
  const snapshotSide = before ?? after;
  if (tooLarge && snapshotSide) return offerCopy(cairn, toUri(snapshotSide));
  if (!before && !after) return tellNothingToShow(change);
  const only = before && after ? undefined : (before ?? after);
  if (only && media.test(change.path)) {
    return openDocument(cairn, only, title, options);
  }
  const sides = bothSidesOf(change, comparison);
  await vscode.commands.executeCommand('vscode.diff', toUri(sides.before), toUri(sides.after), title, options);
}

/**
 * Opens all changes in one editor, or lets one be chosen where the editor has none for several. Leaves out
 * what cannot be shown as text side by side, which is said, and what is git's own.
 */
export async function openAllChanges(
  cairn: Cairn,
  title: string,
  all: readonly ChangeRow[],
  comparison: Comparison,
): Promise<void> {
  const own = all.filter(({ path }) => !isGitData(path));
  if (own.length === 0 && all.length > 0) return tellOnlyGit();
  await openOwnChanges(cairn, title, own, comparison);
}

function tellOnlyGit(): void {
  const text = vscode.l10n.t('Only the data of git differ, in .git: there is nothing to read.');
  void vscode.window.showInformationMessage(`Cairn: ${text}`);
}

async function openOwnChanges(
  cairn: Cairn,
  title: string,
  changes: readonly ChangeRow[],
  comparison: Comparison,
): Promise<void> {
  const shown = changes
    .filter((change) => !isTooLarge(change))
    .map((change) => ({ change, ...sidesOf(change, comparison) }))
    .filter(({ before, after }) => before ?? after)
    .slice(0, MAX_IN_ONE_EDITOR);
  if (changes.length === 1) return openChange(cairn, changes[0]!, comparison);
  if (shown.length > 0) {
    const resources = shown.map(({ before, after }) => [
      toUri((after ?? before)!),
      before && toUri(before),
      after && toUri(after),
    ]);
    try {
      await vscode.commands.executeCommand('vscode.changes', title, resources);
    } catch (error) {
      // The command is not part of the editor's promises.
      cairn.log.warn('The changes could not be opened in one editor.', error);
      await pickChange(cairn, title, changes, comparison);
    }
  }
  const rest = changes.length - shown.length;
  if (rest > 0) {
    const text = vscode.l10n.t(
      'Not shown: {0} of {1}, since they are too many, too large, or no files.',
      rest,
      countChanges(changes.length),
    );
    void vscode.window.showInformationMessage(`Cairn: ${text}`);
  }
}

function isTooLarge({ sizeBefore = 0, sizeAfter = 0 }: ChangeRow): boolean {
  return Math.max(sizeBefore, sizeAfter) > MAX_FILE_BYTES;
}

function tellNothingToShow({ path }: ChangeRow): void {
  const text = vscode.l10n.t('{0} is no file and no link; there is no content to compare.', nameToUri(path));
  void vscode.window.showInformationMessage(`Cairn: ${text}`);
}

async function pickChange(
  cairn: Cairn,
  title: string,
  changes: readonly ChangeRow[],
  comparison: Comparison,
): Promise<void> {
  const items = changes.map((change) => ({
    label: describeChange(change, comparison),
    description: nameToUri(change.path),
    change,
  }));
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  if (chosen) await openChange(cairn, chosen.change, comparison);
}
