import * as vscode from 'vscode';
import { CairnError } from '../../base/errors.ts';
import type { Target, TargetStore } from '../targets/targetStore.ts';

/** The repository that a replica follows. Throws `source-not-found` if it is not among the targets. */
export function requireSource(targets: Pick<TargetStore, 'sourceOf'>, replica: Target): Target {
  const source = targets.sourceOf(replica);
  if (source) return source;
  const message = vscode.l10n.t(
    'The repository whose replica {0} is, is not among the targets any more.',
    replica.name,
  );
  throw new CairnError('source-not-found', message);
}
