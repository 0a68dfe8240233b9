import * as vscode from 'vscode';
import type { Location } from '../../base/location.ts';
import type { ProbeReport } from '../../worker/engineProtocol/targets.ts';
import type { Target } from './targetStore.ts';

/** Why a place cannot become a target of this kind, as a sentence; undefined if it can. */
export function refusePlace(kind: Target['kind'], location: string, probe: ProbeReport): string | undefined {
  const place = probe.folder ?? location;
  switch (probe.kind) {
    case 'not-a-folder':
      return vscode.l10n.t('{0} is a file, or a file stands on the way to it. Name a folder.', place);
    case 'unreadable':
      return vscode.l10n.t('{0} cannot be read. Change its permissions, or name another folder.', place);
    case 'other-files':
      return kind === 'repository'
        ? vscode.l10n.t('{0} holds other files and no repository. Name an empty or a new folder.', place)
        : vscode.l10n.t('{0} holds other files. Name an empty or a new folder.', place);
    case 'repository':
      return kind === 'repository'
        ? undefined
        : vscode.l10n.t('{0} is a repository. Add it as one, or name another folder.', place);
    case 'mirror':
      return kind === 'repository'
        ? vscode.l10n.t('{0} holds plain copies and no repository. Name another folder.', place)
        : undefined;
    case 'unreachable':
      return probe.problem?.message;
    case 'missing':
      return probe.parentExists
        ? undefined
        : vscode.l10n.t('The folder in which {0} would be made does not exist. Is its disk there?', place);
    case 'empty':
      return undefined;
  }
}

/** What a person should know before they use a place, as sentences. */
export function warnOfPlace(location: Location, { insideOf, mayVanish, onSameDisk }: ProbeReport): string[] {
  const warnings: string[] = [];
  // The secret of S3 signs, and is not sent; ssh and rclone see to it themselves.
  if (location.kind === 'rest' && isOverheard(location.url)) {
    warnings.push(
      vscode.l10n.t(
        'It is reached by http://: whoever is on the way sees the user and the password of the server. What is stored is encrypted all the same.',
      ),
    );
  }
  if (insideOf !== undefined) {
    const text = vscode.l10n.t('It lies in {0}: whoever deletes that folder deletes the backups, too.', insideOf);
    warnings.push(`${text} ${vscode.l10n.t('It is never backed up itself.')}`);
  }
  if (mayVanish) {
    warnings.push(
      vscode.l10n.t('Its file system lives in memory or in a container: it is gone when that is restarted or rebuilt.'),
    );
  }
  if (onSameDisk && !mayVanish) {
    warnings.push(vscode.l10n.t('It is on the same disk as the workspace: if that disk fails, both are lost.'));
  }
  return warnings;
}

function isOverheard(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(?:localhost|127\..*|\[::1\])$/.test(hostname);
}
