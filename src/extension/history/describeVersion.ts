import * as vscode from 'vscode';
import { countSnapshots } from '../counts.ts';
import type { ChangeRow, VersionRow } from '../../worker/engineProtocol/snapshots.ts';
import { formatSize } from '../formatSize.ts';
import { actorIcon, makerWords, namedActor } from '../snapshots/describeMaker.ts';

type VersionChange = VersionRow['change'];

const icons: Readonly<Record<VersionChange, string>> = {
  added: 'diff-added',
  modified: 'diff-modified',
  typeChanged: 'diff-renamed',
  deleted: 'diff-removed',
};

/** A codicon. */
export function changeIcon(change: VersionChange): string {
  return icons[change];
}

/** A codicon: who made the version, if that is known to be somebody else than the editor, or else what became of it. */
export function versionIcon({ change, snapshot }: VersionRow): string {
  const actor = namedActor(snapshot);
  return actor ? actorIcon(actor) : icons[change];
}

/** E.g. `modified · 1.2 kB · save · in 3 snapshots`. */
export function versionDescription({ change, size, snapshot, snapshots }: VersionRow, locale: string): string {
  return [
    describeChange(change),
    ...(size === undefined ? [] : [formatSize(size, locale)]),
    ...(snapshot.keep ? [vscode.l10n.t('kept')] : []),
    ...makerWords(snapshot),
    ...[snapshot.label ?? []].flat(),
    ...(snapshots > 1 && change !== 'deleted' ? [vscode.l10n.t('in {0}', countSnapshots(snapshots))] : []),
  ].join(' · ');
}

/** The difference between a version and the one before it, as comparisons have it. */
export function changeOfVersion(version: VersionRow, before: VersionRow | undefined): ChangeRow {
  const kind = version.change === 'deleted' ? 'removed' : before ? 'modified' : 'added';
  return {
    path: version.path,
    kind,
    type: 'file',
    ...(before?.size !== undefined && { sizeBefore: before.size }),
    ...(version.size !== undefined && { sizeAfter: version.size }),
  };
}

/** What became of it, in a word or two. */
export function describeChange(change: VersionChange): string {
  switch (change) {
    case 'added':
      return vscode.l10n.t('added');
    case 'modified':
      return vscode.l10n.t('modified');
    case 'typeChanged':
      return vscode.l10n.t('type changed');
    case 'deleted':
      return vscode.l10n.t('deleted');
  }
}
